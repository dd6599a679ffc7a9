/**
 * The bulk API of OpenSearch: what a document's lines are, and what the answer says of each.
 * https://docs.opensearch.org/latest/api-reference/document-apis/bulk/
 */

/** What is done with one document. */
export interface BulkAction {
  readonly action: "create" | "index" | "delete";
  readonly index: string;
  /** OpenSearch makes one up where there is none. */
  readonly id?: string | undefined;
  /** Compared with the document's own: what is not newer is refused with 409. */
  readonly version?: bigint | undefined;
  /** As JSON; none of a deletion. */
  readonly source?: string | undefined;
}

/** What the answer says of one action. */
export interface BulkItem {
  readonly status: number;
  readonly error?: { readonly type: string; readonly reason: string } | undefined;
}

export const bulkLimits = {
  /** Of an `_id`. One that is longer fails the whole request. */
  idBytes: 512,
  indexBytes: 255,
  /** A version is a signed 64-bit integer. One that is larger fails the whole request. */
  version: 2n ** 63n - 1n,
} as const;

/** One or two lines of a bulk request, each with its end. */
export function bulkLines({ action, id, index, source, version }: BulkAction): string {
  const members = [
    `"_index":${JSON.stringify(index)}`,
    ...(id === undefined ? [] : [`"_id":${JSON.stringify(id)}`]),
    // Of 63 bits: more than a number holds.
    ...(version === undefined ? [] : [`"version":${version},"version_type":"external"`]),
  ];
  return `{"${action}":{${members.join(",")}}}\n${source === undefined ? "" : `${source}\n`}`;
}

/** What the answer says of each action, in order. Throws where it is no answer to a bulk request. */
export function bulkItems(answer: string): BulkItem[] {
  const { items } = JSON.parse(answer);
  if (!Array.isArray(items)) throw new TypeError("The response of the bulk API has no items.");
  return items.map((item: Readonly<Record<string, { status?: unknown; error?: unknown }>>) => {
    const { error, status } = Object.values(item ?? {})[0] ?? {};
    return { status: Number(status), error: error === undefined ? undefined : reasonIn(error) };
  });
}

/** What an error of OpenSearch's says, without the value that it quotes. */
export function reasonIn(error: unknown): { readonly type: string; readonly reason: string } {
  const { reason = "", type = "error" } = (typeof error === "object" && error) as {
    reason?: unknown;
    type?: unknown;
  };
  return {
    type: String(type),
    reason: String(reason || (typeof error === "string" ? error : "")).replace(
      /\s*Preview of field's value:.*$/s,
      "",
    ),
  };
}

/** What is wrong with the name of an index; undefined: nothing. */
export function indexMistake(name: string): string | undefined {
  if (name === "" || name === "." || name === "..") return "is no name";
  if (name !== name.toLowerCase()) return "must be in lower case";
  if (/^[-_+]/.test(name)) return `begins with ${name[0]}`;
  const wrong = /[\\/*?"<>| ,#:]/.exec(name)?.[0];
  if (wrong !== undefined) return `has "${wrong}" in it`;
  return Buffer.byteLength(name) > bulkLimits.indexBytes
    ? `has more than ${bulkLimits.indexBytes} bytes`
    : undefined;
}
