/** Which keys a listing shows: in the order of their bytes, rolled up at a delimiter, page by page. */

export interface ListOptions {
  /** @default "" */
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are shown once, as the common prefix up to it. */
  readonly delimiter?: string | undefined;
  /** Begins after this key. */
  readonly after?: string | undefined;
  /** Begins after this common prefix: all that begins with it was shown. */
  readonly afterPrefix?: string | undefined;
  /** @default 1000, which is also the most */
  readonly max?: number | undefined;
}

export interface Page {
  readonly keys: readonly string[];
  readonly commonPrefixes: readonly string[];
  readonly isTruncated: boolean;
  /** What the next page begins after. */
  readonly last: { readonly after: string } | { readonly afterPrefix: string } | undefined;
}

export const mostKeys = 1000;

/** @param sorted in the order of their bytes: see `inOrder` */
export function pageOf(sorted: readonly string[], options: ListOptions): Page {
  const { prefix = "", delimiter, after, afterPrefix } = options;
  const max = Math.min(options.max ?? mostKeys, mostKeys);
  const keys: string[] = [];
  const commonPrefixes: string[] = [];
  let last: Page["last"];
  let rolledUp = afterPrefix;
  let isTruncated = false;
  for (const key of sorted) {
    if (!key.startsWith(prefix)) continue;
    if (after !== undefined && !isBefore(after, key)) continue;
    if (rolledUp !== undefined && (key.startsWith(rolledUp) || !isBefore(rolledUp, key))) continue;
    if (keys.length + commonPrefixes.length === max) {
      isTruncated = max > 0;
      break;
    }
    const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
    if (end < 0) {
      keys.push(key);
      last = { after: key };
      rolledUp = undefined;
    } else {
      rolledUp = key.slice(0, end + delimiter!.length);
      commonPrefixes.push(rolledUp);
      last = { afterPrefix: rolledUp };
    }
  }
  return { keys, commonPrefixes, isTruncated, last: isTruncated ? last : undefined };
}

/** By their bytes in UTF-8, which is not how JavaScript compares. */
export function inOrder(keys: Iterable<string>): string[] {
  return [...keys]
    .map((key) => ({ key, bytes: Buffer.from(key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ key }) => key);
}

const isBefore = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
