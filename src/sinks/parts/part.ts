/** A part: the records that go in together, and its key. Both are made of the records alone. */
import { fitsKey, s3Limits } from "../../aws/store-limits.ts";
import { hash } from "../../kpl/hash.ts";
import { NonRetryableError } from "../../record/errors.ts";
import type { UserRecord } from "../../record/user-record.ts";

/** A record on its way into a part. */
export interface Row {
  readonly place: number;
  /** What it is known by: the same on every delivery. */
  readonly name: string;
  /** Text that sorts as the shard's positions do. */
  readonly position: string;
  /** What stands before the key of its part. */
  readonly prefix: string;
  /** As its format has prepared it. */
  readonly prepared: unknown;
}

export interface Part {
  readonly key: string;
  readonly rows: readonly Row[];
}

/** 16 bytes of what a record's idempotency key comes to. Half a surrogate pair has no UTF-8 of its own. */
export const rowName = (idempotencyKey: string): string =>
  hash(
    "sha256",
    idempotencyKey.isWellFormed() ? idempotencyKey : JSON.stringify(idempotencyKey),
  ).slice(0, 32);

/** A sequence number has 56 digits at most, an aggregate fewer than 10⁶ records. */
export const rowPosition = ({ sequenceNumber, subSequenceNumber }: UserRecord): string =>
  `${sequenceNumber.padStart(56, "0")}.${String(subSequenceNumber).padStart(6, "0")}`;

/** `orders/shardId-000000000000/`: whose parts they are. */
export function shardFolder({ shardId, streamArn }: UserRecord): string {
  return `${streamArn.slice(streamArn.indexOf("/") + 1)}/${shardId}/`;
}

/** Room for the folder, two positions, a count, a digest, a token and the extension. */
const room = 128 + 32 + 2 * 63 + 64;

/** A prefix that a record gives: it must leave room in the key. */
export function checkedPrefix(prefix: unknown): string {
  if (typeof prefix === "string" && fitsKey(prefix, s3Limits.key - room)) return prefix;
  const shown = typeof prefix === "string" ? JSON.stringify(prefix.slice(0, 100)) : String(prefix);
  throw new NonRetryableError(
    `s3Sink: prefix must be text of at most ${s3Limits.key - room} bytes of UTF-8; it is ${shown}.`,
  );
}

/**
 * A part for each prefix, and a text that stands for all of them. Their keys have the digest of the whole batch: two batches that share a part's records have
 * two keys for it, so a key is of one intent alone. `token` tells parts of the same records apart, where an earlier one can no longer be written.
 */
export function cutParts(
  rows: readonly Row[],
  folder: string,
  extension: string,
  token: string,
): { readonly parts: Part[]; readonly id: string } {
  const digest = hash("sha256", rows.map(({ name }) => name).join()).slice(0, 12);
  const idOf = (some: readonly Row[]) => {
    const { first, last } = endsOf(some);
    return `${first}-${last}-${some.length}-${digest}${token && `-${token}`}`;
  };
  const parts = [...Map.groupBy(rows, ({ prefix }) => prefix)].map(([prefix, rows]) => ({
    key: `${prefix}${folder}${idOf(rows)}${extension}`,
    rows,
  }));
  return { parts, id: idOf(rows) };
}

/** Records of a batch come in lane order, and not always in that of the shard. */
export function endsOf(rows: readonly Row[]): { readonly first: string; readonly last: string } {
  let [first, last] = [rows[0]!.position, rows[0]!.position];
  for (const { position } of rows) {
    if (position > last) last = position;
    else if (position < first) first = position;
  }
  return { first, last };
}
