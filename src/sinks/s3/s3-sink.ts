/** Objects in S3, each record in one of them and no more: S3 decides, by conditional writes, what was written. */
import type { BatchRecord } from "../../consumer/options.ts";
import type { Refusal } from "../../handler/put-all.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { whenReady } from "../../values/ready.ts";
import { s3Bucket } from "../parts/bucket.ts";
import { s3Intents } from "../parts/intents.ts";
import { byShard, checkedPrefix, type Row } from "../parts/part.ts";
import { writeParts } from "../parts/write-parts.ts";
import { checkFunction, failuresOf, madeOf, type Sink, sendingOf } from "../sink.ts";
import { checkedBuffer, waitingParts } from "./buffer.ts";
import { fileOf, objectsIn } from "./objects.ts";
import {
  placesOf,
  type S3SinkOptions,
  standardBufferPrefix,
  standardLedgerPrefix,
} from "./options.ts";

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
  const { files, ledger, waiting } = placesOf(options, "s3Sink");
  checkFunction("s3Sink: row", options.row);
  if (options.buffer !== undefined) checkedBuffer(options.buffer, "s3Sink");
  const bucketUntil = s3Bucket(options.client, options.bucket, "s3Sink");
  const intentsOf = s3Intents(ledger);
  const filesOf = s3Intents(files);
  const file = fileOf(options.format);
  const toRow = rowOf(options);
  const sendingIn = sendingOf(options, "s3Sink");

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const rows = await madeOf(records, toRow, refused);
    const sending = sendingIn(context);
    const bucket = bucketUntil(sending.signal);
    const filed = objectsIn(bucket, file);
    const store = options.buffer ? waitingParts(bucket, waiting, filesOf, filed) : filed;
    for (const [folder, own] of byShard(rows, records)) {
      const intents = intentsOf(folder);
      const failures = await writeParts(
        { who: "s3Sink", bucket, intents, store, folder, sending },
        own,
      );
      for (const [place, refusal] of failures) refused.set(place, refusal);
    }
    return failuresOf(records, refused);
  };
}

function rowOf<T, R>({
  format,
  bufferPrefix = standardBufferPrefix,
  ledgerPrefix = standardLedgerPrefix,
  prefix = "",
  row,
}: S3SinkOptions<T, R>): (batched: BatchRecord<T>, place: number) => Row | Promise<Row> {
  /** The last one that was looked at. */
  let fitting = typeof prefix === "string" ? prefix : undefined;
  const checked = (prefix: unknown): string => {
    if (prefix === fitting) return fitting as string;
    const text = checkedPrefix(prefix);
    const own = [ledgerPrefix, bufferPrefix].find((own) => own !== "" && text.startsWith(own));
    if (own !== undefined) {
      throw new NonRetryableError(
        `s3Sink: prefix must not begin with ${own}, which is the sink's own; it is ${JSON.stringify(text.slice(0, 100))}.`,
      );
    }
    fitting = text;
    return text;
  };
  const finished = (
    { idempotencyKey, record }: BatchRecord<T>,
    place: number,
    prefix: string,
    row: R,
  ): Row => ({ place, name: idempotencyKey, record, prefix, prepared: format.prepare(row) });
  const under = (batched: BatchRecord<T>, place: number, given: unknown): Row | Promise<Row> => {
    const prefix = checked(given);
    const { idempotencyKey, record, value } = batched;
    if (!row) return finished(batched, place, prefix, value as never);
    return whenReady(row(value, record, idempotencyKey), (row) =>
      finished(batched, place, prefix, row),
    );
  };
  if (typeof prefix !== "function") return (batched, place) => under(batched, place, prefix);
  return (batched, place) => {
    const { idempotencyKey, record, value } = batched;
    return whenReady(prefix(value, record, idempotencyKey), (prefix) =>
      under(batched, place, prefix),
    );
  };
}
