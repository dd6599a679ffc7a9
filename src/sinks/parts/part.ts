/** A part: the records that go in together, and its key. Both are made of the records alone. */
import { fitsKey, s3Limits } from "../../aws/store-limits.ts";
import { hash } from "../../kpl/hash.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { comparePositions, type Position } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { namesText } from "./names.ts";

/** A record on its way into a part; or a part on its way into a file. */
export interface Row {
  readonly place: number;
  /** What it is known by, the same on every delivery. */
  readonly name: string;
  readonly record: Position;
  /** What stands before the key of its part. */
  readonly prefix: string;
  /** As its format has prepared it. */
  readonly prepared: unknown;
}

export interface Part {
  readonly key: string;
  readonly rows: readonly Row[];
  /** Those of its rows, as an intent has them. */
  readonly names: string;
}

/** Text that sorts as the shard's positions do: a sequence number has 56 digits at most, an aggregate fewer than 10⁶ records. */
export const rowPosition = ({ sequenceNumber, subSequenceNumber }: Position): string =>
  `${sequenceNumber.padStart(56, "0")}.${String(subSequenceNumber).padStart(6, "0")}`;

/** All records of a batch are of one shard; who calls a sink with others gets parts for each. */
export function byShard(
  rows: readonly Row[],
  records: readonly { readonly record: UserRecord }[],
): ReadonlyMap<string, readonly Row[]> {
  const [first] = records;
  if (!first) return new Map();
  const { shardId, streamArn } = first.record;
  const isOne = records.every(
    ({ record }) => record.shardId === shardId && record.streamArn === streamArn,
  );
  if (isOne) return rows.length > 0 ? new Map([[shardFolder(first.record), rows]]) : new Map();
  return Map.groupBy(rows, ({ place }) => shardFolder(records[place]!.record));
}

/** `orders/shardId-000000000000/`: whose parts they are. */
function shardFolder({ shardId, streamArn }: UserRecord): string {
  return `${streamArn.slice(streamArn.indexOf("/") + 1)}/${shardId}/`;
}

/** Room for the folder, two positions, a count, a digest, a token and the extension; and for where parts wait to become a file. */
const room = 128 + 32 + 2 * 63 + 64 + 32;

/**
 * A prefix that a record gives: it must leave room in the key, and be one that every client of S3 can read back.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
 */
export function checkedPrefix(prefix: unknown): string {
  if (typeof prefix === "string" && fitsKey(prefix, s3Limits.key - room)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that XML does not take.
    const [, odd] = /((?<![^/])\.\.?(?![^/])|[\u0000-\u001f\u007f])/.exec(prefix) ?? [];
    if (odd === undefined) return prefix;
    throw new NonRetryableError(
      `s3Sink: prefix must have no control characters, and no "." or ".." between slashes; it is ${JSON.stringify(prefix.slice(0, 100))}.`,
    );
  }
  const shown = typeof prefix === "string" ? JSON.stringify(prefix.slice(0, 100)) : String(prefix);
  throw new NonRetryableError(
    `s3Sink: prefix must be text of at most ${s3Limits.key - room} bytes of UTF-8; it is ${shown}.`,
  );
}

/** What a batch is cut into. */
export interface Cut {
  readonly parts: readonly Part[];
  /** Stands for all of them. */
  readonly id: string;
  readonly ends: Ends;
}

/**
 * A part for each prefix. Their keys have the digest of the whole batch: two batches that share a part's records have two keys for it, so a key is of
 * one intent alone. `token` tells parts of the same records apart, where an earlier one can no longer be written.
 */
export function cutParts(
  rows: readonly Row[],
  folder: string,
  keyOf: (prefix: string, folder: string, id: string) => string,
  token: string,
): Cut {
  const names = namesOf(rows);
  const ends = endsOf(rows);
  const digest = hash("sha256", names).slice(0, 12);
  const idOf = ({ first, last }: Ends, count: number) =>
    `${first}-${last}-${count}-${digest}${token && `-${token}`}`;
  const id = idOf(ends, rows.length);
  const [{ prefix }] = rows as readonly [Row];
  if (rows.every((row) => row.prefix === prefix)) {
    return { id, ends, parts: [{ key: keyOf(prefix, folder, id), rows, names }] };
  }
  const parts = [...Map.groupBy(rows, (row) => row.prefix)].map(([prefix, rows]) => ({
    key: keyOf(prefix, folder, idOf(endsOf(rows), rows.length)),
    rows,
    names: namesOf(rows),
  }));
  return { id, ends, parts };
}

/** The first and the last of some positions. */
export interface Ends {
  readonly first: string;
  readonly last: string;
}

const namesOf = (rows: readonly Row[]): string => namesText(rows.map(({ name }) => name));

/** Records of a batch come in lane order, and not always in that of the shard. */
function endsOf(rows: readonly Row[]): Ends {
  let [first, last] = [rows[0]!.record, rows[0]!.record];
  for (const { record } of rows) {
    if (comparePositions(last, record) < 0) last = record;
    else if (comparePositions(record, first) < 0) first = record;
  }
  return { first: rowPosition(first), last: rowPosition(last) };
}
