/**
 * Objects in S3, each record in one of them and no more. A batch is not stable: Lambda bisects it, gives it again in part, and two environments may have
 * it at once. So what is about to be written is said first, and S3 decides what was:
 *
 * ```
 *   state the intent ─▶ look for intents of others with our records ─▶ none: put the part, unless something is there
 *                            └▶ is their part there?  yes: those records are done
 *                                                     no: a fence takes its place, and it will never be
 * ```
 */
import type { CommandSender } from "../../aws/command-sender.ts";
import { givenPrefix } from "../../aws/given.ts";
import { digestOf, s3Limits } from "../../aws/store-limits.ts";
import type { BatchRecord } from "../../consumer/options.ts";
import type { Refusal } from "../../handler/put-all.ts";
import { randomHex } from "../../time/random.ts";
import { whenReady } from "../../values/ready.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  prepare,
  type Sending,
  type Sink,
  type SinkOptions,
  sendingOf,
} from "../sink.ts";
import { type Bucket, s3Bucket } from "./bucket.ts";
import type { Format } from "./formats.ts";
import { type Intents, s3Intents } from "./intents.ts";
import {
  checkedPrefix,
  cutParts,
  type Part,
  type Row,
  rowName,
  rowPosition,
  shardFolder,
} from "./part.ts";

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
  const bucketUntil = s3Bucket(options.client, options.bucket);
  const intents = s3Intents(ledgerOf(options), async () => ({
    ...format,
    body: await format.encode([]),
  }));
  const toRow = rowOf(options);
  const sendingIn = sendingOf(options, "s3Sink");

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const prepared = await prepare(records, toRow, refused);
    const rows = prepared.map(({ made, place }): Row => ({ ...made, place }));
    const sending = sendingIn(context);
    const bucket = bucketUntil(sending.signal);
    // All records of a batch are of one shard; who calls this with others gets an object for each.
    const shards = Map.groupBy(rows, ({ place }) => shardFolder(records[place]!.record));
    for (const [folder, rows] of shards) {
      const failures = await writeAll({ bucket, intents, format, folder, sending }, rows);
      for (const [place, refusal] of failures) refused.set(place, refusal);
    }
    return failuresOf(records, refused);
  };
}

/** So many times others may be found before the records are left to a later invocation. */
const mostRounds = 20;

interface Writing {
  readonly bucket: Bucket;
  readonly intents: Intents;
  readonly format: Format<never>;
  readonly folder: string;
  readonly sending: Sending;
}

/** Resolves to the records that are in no object, by their place. */
async function writeAll(
  { bucket, folder, format, intents, sending }: Writing,
  all: readonly Row[],
): Promise<Map<number, Refusal>> {
  const { clock, maxAttempts, random, remainingMs, signal } = sending;
  let left = all;
  let failures = new Map<number, Refusal>();
  const refuse = (rows: readonly Row[], error: unknown) =>
    new Map(rows.map(({ place }): [number, Refusal] => [place, { error, kind: "retry" }]));

  /** A round in which others were found is no try: it has written nothing. */
  let tries = 0;
  for (let round = 1; left.length > 0; round++) {
    if (signal.aborted) return refuse(left, signal.reason);
    // A first part is named by its records alone; one after it has a token, since the first will never be written.
    const token = round === 1 ? "" : randomHex(random, 8);
    const before = tries++;
    try {
      const { id, parts } = cutParts(left, folder, format.extension, token);
      const isOurs = await intents.state(bucket, folder, left, parts, id);
      const done = await intents.doneElsewhere(bucket, folder, left, isOurs ? parts : []);
      if (isOurs && done.size === 0) {
        const outcomes = await Promise.all(parts.map((part) => write(part, bucket, format)));
        failures = new Map(
          outcomes.flatMap((error, at) => (error ? [...refuse(parts[at]!.rows, error)] : [])),
        );
      } else {
        tries = before;
        if (isOurs) intents.abandon(parts);
        failures = refuse(left, new Error("s3Sink: others have written at the same time."));
        for (const { name, place } of left) if (done.has(name)) failures.delete(place);
      }
    } catch (error) {
      failures = refuse(left, error);
    }
    left = left.filter(({ place }) => failures.has(place));
    const wait = 100 * 2 ** tries * random();
    const isEnough = tries >= maxAttempts || round >= mostRounds;
    if (left.length === 0 || isEnough || remainingMs() <= wait) break;
    await clock.sleep(wait, signal).catch(() => {});
  }
  return failures;
}

/** Undefined: it is there. */
async function write({ key, rows }: Part, bucket: Bucket, format: Format<never>): Promise<unknown> {
  try {
    const { contentEncoding, contentType } = format;
    const body = await format.encode(rows.map(({ prepared }) => prepared));
    if (await bucket.putNew(key, { body, contentType, contentEncoding })) return undefined;
    // Of ours, the reply was lost; or somebody has fenced it.
    if ((await bucket.look(key)) === "part") return undefined;
    return new Error(`s3Sink: another environment has claimed the records of ${key}.`);
  } catch (error) {
    return error;
  }
}

function rowOf<T, R>({ format, prefix = "", row }: S3SinkOptions<T, R>) {
  return ({ idempotencyKey, record, value }: BatchRecord<T>) => {
    const own = {
      name: rowName(idempotencyKey),
      position: rowPosition(record),
    };
    return whenReady(
      typeof prefix === "function" ? prefix(value, record, idempotencyKey) : prefix,
      (prefix) =>
        whenReady(row ? row(value, record, idempotencyKey) : (value as never as R), (row: R) => ({
          ...own,
          prefix: checkedPrefix(prefix),
          prepared: format.prepare(row),
        })),
    );
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
