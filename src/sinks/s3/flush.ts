/** Makes files out of the parts that `s3Sink` has written with `buffer`. */
import { type InvocationContext, startDeadline } from "../../handler/deadline.ts";
import { runtimeOf } from "../../handler/runtime.ts";
import { type Bucket, s3Bucket } from "../parts/bucket.ts";
import { s3Intents } from "../parts/intents.ts";
import { writeParts } from "../parts/write-parts.ts";
import { type Sending, sendingOf } from "../sink.ts";
import { checkedBuffer, dueFiles, rowOf, rowsIn, type Waiting, waitingIn } from "./buffer.ts";
import { fileOf, objectsIn } from "./objects.ts";
import { placesOf, type S3SinkOptions } from "./options.ts";

/** What a flush has done. */
export interface Flushed {
  /** Files that were written. */
  readonly files: number;
  /** Parts that are in a file now. */
  readonly parts: number;
  /** Parts that wait still: for more, until they are old enough, or since time was up. */
  readonly waiting: number;
}

const who = "s3Flush";

/**
 * The function that makes files out of what `s3Sink` has buffered; give it the same options. Let a schedule invoke it each minute. Each record is in one file,
 * and once, also where flushes overlap, die, or come late. A file is made where `buffer.bytes` are together or the first of them has waited `buffer.seconds`; no other
 * reader should look at `bufferPrefix`. Rejects where a file could not be written, once all others are: what is in it waits for the next flush.
 *
 * The role needs what that of `s3Sink` does, and s3:DeleteObject below `bufferPrefix`.
 *
 * @example
 * const archive = { bucket: process.env.ARCHIVE, prefix: "orders/", format: ndjson({ gzip: true }), buffer: { bytes: 64 * 1024 * 1024, seconds: 900 } };
 * export const handler = kinesisConsumer({ consumer: "archive", decode: json(), processBatch: s3Sink(archive) });
 * export const flush = s3Flush(archive);
 */
export function s3Flush<T, R = T>(
  options: S3SinkOptions<T, R>,
): (event?: unknown, context?: InvocationContext) => Promise<Flushed> {
  if (!options.buffer) throw new TypeError(`${who}: buffer must be given, as to s3Sink.`);
  const buffer = checkedBuffer(options.buffer, who);
  const { files: ledger, waiting } = placesOf(options, who);
  const bucketUntil = s3Bucket(options.client, options.bucket, who);
  const intentsOf = s3Intents(ledger);
  const sendingIn = sendingOf(options, who);
  const { clock } = runtimeOf(undefined, options.runtime);

  /** Resolves to the parts that are in a file; why the others are not is in `errors`. */
  async function write(file: Waiting, bucket: Bucket, sending: Sending, errors: unknown[]) {
    const { folder, parts, prefix } = file;
    const rows = parts.map(({ key }, place) => rowOf(key, place, prefix));
    const { encode, ...its } = fileOf(options.format);
    const store = objectsIn(bucket, {
      ...its,
      encode: async (keys) => encode(await rowsOf(keys as readonly string[], bucket)),
    });
    const intents = intentsOf(folder);
    const refused = await writeParts({ who, bucket, intents, store, folder, sending }, rows);
    errors.push(...new Set([...refused.values()].map(({ error }) => error)));
    const moved = parts.filter((_, place) => !refused.has(place));
    for (const { key } of moved) await bucket.remove(key).catch((error) => errors.push(error));
    return moved.length;
  }

  return async (_event, context) => {
    const deadline = startDeadline(context, clock, undefined);
    const { signal } = deadline;
    try {
      const sending = sendingIn({ remainingMs: deadline.remainingMs(), signal });
      const bucket = bucketUntil(signal);
      const all = waitingIn(await bucket.list(waiting), waiting);
      const due = all.flatMap((group) => dueFiles(group, buffer, clock.now()));
      let [files, parts] = [0, 0];
      const errors: unknown[] = [];
      for (const file of due) {
        if (!deadline.hasTime()) break;
        const moved = await write(file, bucket, sending, errors);
        parts += moved;
        if (moved > 0) files++;
      }
      // Time that was enough for some files is for the others the next time; otherwise nothing would ever be written, and nobody told.
      if (errors.length > 0 && (files === 0 || !signal.aborted)) {
        throw new AggregateError(errors, `${who}: ${(errors[0] as Error).message}`);
      }
      const found = all.flatMap((group) => group.parts).length;
      return { files, parts, waiting: found - parts };
    } finally {
      deadline.end();
    }
  };
}

/** The rows of some parts, in their order. */
async function rowsOf(keys: readonly string[], bucket: Bucket): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (const key of keys) {
    const bytes = await bucket.bytes(key);
    if (!bytes?.length) throw new Error(`${who}: ${key} is gone: it is in a file already.`);
    for (const row of rowsIn(bytes)) rows.push(row);
  }
  return rows;
}
