/** Objects in S3, each record in one of them and no more: S3 decides, by conditional writes, what was written. */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenPrefix } from "../../aws/given.ts";
import { digestOf, s3Limits } from "../../aws/store-limits.ts";
import type { BatchRecord } from "../../consumer/options.ts";
import type { Refusal } from "../../handler/put-all.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { whenReady } from "../../values/ready.ts";
import { type Bucket, s3Bucket } from "../parts/bucket.ts";
import { type Outcome, s3Intents } from "../parts/intents.ts";
import { byShard, checkedPrefix, type Row, rowName } from "../parts/part.ts";
import { type PartStore, writeParts } from "../parts/write-parts.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  madeOf,
  type Sink,
  type SinkOptions,
  sendingOf,
} from "../sink.ts";
import type { Format } from "./formats.ts";

/** What `s3Sink` takes: where to, and in which format. */
export interface S3SinkOptions<T, R = T> extends SinkOptions {
  readonly bucket: string | undefined;
  /**
   * Stands before every key: text, or what a record says. Of its own time, and not of now: a retry must give the same. A batch is one object for each
   * prefix. @default ""
   */
  readonly prefix?: string | FromRecord<T, string>;
  /** How files are written: `ndjson()`, `csv({ columns })`, or your own. */
  readonly format: Format<R>;
  /** The row of a record. @default the decoded value */
  readonly row?: FromRecord<T, R>;
  /**
   * What this sink is called in the ledger. Two sinks of one consumer that write into one bucket need two names; under another name everything is
   * written again. Must be given where `prefix` is a function. @default the prefix
   */
  readonly name?: string;
  /** Stands before the keys of the intents. A lifecycle rule should remove what lies there once the stream's retention is over. @default "_shardmill/" */
  readonly ledgerPrefix?: string;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/**
 * Writes the records of a batch into one object for each prefix: each record into one object, exactly once, whatever is delivered again, bisected, late, or to two environments at
 * once. Objects are named by the positions of what they hold, and the same records are the same bytes.
 *
 * A batch costs two PUTs and a LIST, so make batches large: `maxItems: 10000`, and a batching window. The bucket must keep conditional writes
 * (`If-None-Match`), as S3 does. The role needs s3:PutObject and s3:GetObject on the bucket's objects, and s3:ListBucket on the bucket.
 *
 * @example
 * kinesisConsumer({ consumer: "archive", decode: json(), maxItems: 10_000, processBatch: s3Sink({ bucket: process.env.ARCHIVE, prefix: "orders/", format: ndjson() }) });
 */
export function s3Sink<T, R = T>(options: S3SinkOptions<T, R>): Sink<T> {
  const { format } = options;
  checkFormat(format);
  checkFunction("s3Sink: row", options.row);
  const bucketUntil = s3Bucket(options.client, options.bucket, "s3Sink");
  const intentsOf = s3Intents(ledgerOf(options));
  const toRow = rowOf(options);
  const sendingIn = sendingOf(options, "s3Sink");

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const rows = await madeOf(records, toRow, refused);
    const sending = sendingIn(context);
    const bucket = bucketUntil(sending.signal);
    for (const [folder, own] of byShard(rows)) {
      const intents = intentsOf(folder);
      const store = objectsIn(bucket, format);
      const failures = await writeParts(
        { who: "s3Sink", bucket, intents, store, folder, sending },
        own,
      );
      for (const [place, refusal] of failures) refused.set(place, refusal);
    }
    return failuresOf(records, refused);
  };
}

/** Parts as objects of a bucket, which decides by conditional writes. */
function objectsIn(bucket: Bucket, format: Format<never>): PartStore {
  const { contentEncoding, contentType, extension } = format;
  const objectOf = async (prepared: readonly unknown[]) => ({
    ...{ contentType, contentEncoding },
    body: await format.encode(prepared),
  });

  async function outcomeOf(key: string): Promise<Outcome> {
    const settled = await bucket.look(key);
    if (settled) return settled;
    // Either the fence is first, or the part: S3 decides, whoever is still alive.
    const isFenced = await bucket.putNew(key, { ...(await objectOf([])), isFence: true });
    const there = isFenced ? "fence" : await bucket.look(key);
    if (there) return there;
    throw new Error(`s3Sink: ${key} was there, and is gone: its records are tried again.`);
  }

  return {
    extension,
    async put({ key, rows }) {
      try {
        const object = await objectOf(rows.map(({ prepared }) => prepared));
        if (await bucket.putNew(key, object)) return undefined;
        // Of ours, the reply was lost; or somebody has fenced it.
        if ((await bucket.look(key)) === "part") return undefined;
        const error = new Error(`s3Sink: another environment has claimed the records of ${key}.`);
        return { error };
      } catch (error) {
        return { error };
      }
    },
    async settle(keys) {
      const outcomes = new Map<string, Outcome>();
      for (const key of keys) outcomes.set(key, await outcomeOf(key));
      return outcomes;
    },
  };
}

function rowOf<T, R>({
  format,
  ledgerPrefix = "_shardmill/",
  prefix = "",
  row,
}: S3SinkOptions<T, R>) {
  /** The last one that was looked at. */
  let fitting = typeof prefix === "string" ? prefix : undefined;
  const checked = (prefix: unknown): string => {
    if (prefix === fitting) return fitting as string;
    const text = checkedPrefix(prefix);
    if (ledgerPrefix !== "" && text.startsWith(ledgerPrefix)) {
      throw new NonRetryableError(
        `s3Sink: prefix must not begin with ${ledgerPrefix}, where the intents are removed after a time; it is ${JSON.stringify(text.slice(0, 100))}.`,
      );
    }
    fitting = text;
    return text;
  };
  const rowFrom = (
    { idempotencyKey, record }: BatchRecord<T>,
    place: number,
    prefix: unknown,
    row: R,
  ): Row => ({
    place,
    name: rowName(idempotencyKey),
    record,
    prefix: checked(prefix),
    prepared: format.prepare(row),
  });
  return (batched: BatchRecord<T>, place: number): Row | Promise<Row> => {
    const { idempotencyKey, record, value } = batched;
    const its = typeof prefix === "function" ? prefix(value, record, idempotencyKey) : prefix;
    return whenReady(its, (prefix) => {
      const made = row ? row(value, record, idempotencyKey) : (value as never as R);
      return row
        ? whenReady(made, (made: R) => rowFrom(batched, place, prefix, made))
        : rowFrom(batched, place, prefix, made as R);
    });
  };
}

/** Where the intents of this sink lie. */
function ledgerOf<T, R>({
  format,
  ledgerPrefix = "_shardmill/",
  name,
  prefix = "",
}: S3SinkOptions<T, R>): string {
  givenPrefix(ledgerPrefix, s3Limits.key - 512, "s3Sink: ledgerPrefix");
  if (typeof prefix === "function") checkFunction("s3Sink: prefix", prefix);
  else checkedPrefix(prefix);
  if (name === undefined && typeof prefix === "function") {
    throw new TypeError(
      "s3Sink: a prefix that is a function needs a name: by it the sink finds what it has written.",
    );
  }
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new TypeError("s3Sink: name must be text.");
  }
  const identity = JSON.stringify(name === undefined ? [prefix, format.extension] : [name]);
  return `${ledgerPrefix}${digestOf(identity).slice(0, 16)}/`;
}

function checkFormat(format: unknown): void {
  const { encode, extension, prepare } = (format ?? {}) as Partial<Format<never>>;
  if (typeof encode === "function" && typeof prepare === "function" && extension) return;
  throw new TypeError(
    "s3Sink: format must be one such as ndjson(), csv({ columns }), called; or an object with extension, contentType, prepare and encode.",
  );
}
