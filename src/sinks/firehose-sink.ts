/** A delivery stream of Firehose. */
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenText } from "../aws/given.ts";
import { deliveryStream, type StreamEntry } from "../aws/put-batches.ts";
import type { BatchRecord } from "../consumer/options.ts";
import { putAll, type Refusal } from "../handler/put-all.ts";
import { NonRetryableError } from "../record/errors.ts";
import { payloadOf } from "./payload.ts";
import {
  type FromRecord,
  failuresOf,
  prepare,
  type Sink,
  type SinkOptions,
  sendingOf,
} from "./sink.ts";

/** What `firehoseSink` takes: which delivery stream, and what. */
export interface FirehoseSinkOptions<T> extends SinkOptions {
  readonly deliveryStreamName: string | undefined;
  /** What is put of a record. Firehose puts nothing between two records. @default its payload as it came */
  readonly data?: FromRecord<T, Uint8Array | string>;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/**
 * Puts records into a delivery stream of Amazon Data Firehose, at least once: each entry's answer is read, and only what was refused is put again.
 * The role needs firehose:PutRecordBatch.
 *
 * @example
 * kinesisConsumer({ consumer: "archive", processBatch: firehoseSink({ deliveryStreamName: process.env.ARCHIVE, data: (bytes) => `${bytes}\n` }) });
 */
export function firehoseSink<T = Uint8Array>(options: FirehoseSinkOptions<T>): Sink<T> {
  const who = "firehoseSink";
  const name = givenText(options.deliveryStreamName, "deliveryStreamName", who);
  const target = deliveryStream(
    name,
    givenClient(options.client, `${who}: client`, "FirehoseClient"),
  );
  const payload = payloadOf(who, options.data);
  const sendingIn = sendingOf(options, who);

  const toEntry = (record: BatchRecord<T>) =>
    payload(record, (data): StreamEntry => {
      const entry = { data, partitionKey: record.record.partitionKey };
      const size = target.bytesOf(entry);
      if (size <= target.maxRecordBytes) return entry;
      throw new NonRetryableError(
        `${who}: the record has ${size} bytes, and the stream takes ${target.maxRecordBytes}.`,
      );
    });

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const entries = await prepare(records, toEntry, refused);
    const sending = sendingIn(context);
    const failures = await putAll({
      ...sending,
      entries,
      bytesOf: ({ made }) => target.bytesOf(made),
      maxEntries: target.maxEntries,
      maxBytes: target.maxBytes,
      // No such stream, no right to it: no record's fault.
      refusalOf: (error) => ({ error, kind: "retry" }),
      async put(some) {
        const errors = await target.put(
          some.map(({ made }) => made),
          sending.signal,
        );
        return errors.map((error) => error && { error, kind: "retry" });
      },
    });
    for (const [at, refusal] of failures) refused.set(entries[at]!.place, refusal);
    return failuresOf(records, refused);
  };
}
