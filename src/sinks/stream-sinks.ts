/** Other streams: a delivery stream of Firehose, or a Kinesis stream. */
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenText } from "../aws/given.ts";
import {
  dataStream,
  deliveryStream,
  type StreamEntry,
  type StreamTarget,
} from "../aws/put-batches.ts";
import type { BatchRecord } from "../consumer/options.ts";
import { putAll, type Refusal } from "../handler/put-all.ts";
import { NonRetryableError } from "../record/errors.ts";
import type { UserRecord } from "../record/user-record.ts";
import { isBytes } from "../values/kinds.ts";
import { whenReady } from "../values/ready.ts";
import {
  checkFunction,
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

/** What `kinesisSink` takes: which stream, under which key, and what. */
export interface KinesisSinkOptions<T> extends SinkOptions {
  readonly streamName: string | undefined;
  /** What is put of a record. @default its payload as it came */
  readonly data?: FromRecord<T, Uint8Array | string>;
  /** @default the record's own */
  readonly partitionKey?: (value: T, record: UserRecord) => string;
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
  const client = givenClient(options.client, `${who}: client`, "FirehoseClient");
  return streamSink(who, deliveryStream(name, client), options, ({ partitionKey }) => ({
    partitionKey,
  }));
}

/**
 * Puts records into another Kinesis stream, at least once, under their own partition keys or others. An entry that is refused is put again after
 * its neighbours, so the order of a key is kept only while nothing is. The role needs kinesis:PutRecords.
 *
 * @example
 * kinesisConsumer({ consumer: "by-customer", decode: json(), processBatch: kinesisSink({ streamName: "by-customer", partitionKey: ({ customer }) => customer }) });
 */
export function kinesisSink<T = Uint8Array>(options: KinesisSinkOptions<T>): Sink<T> {
  const who = "kinesisSink";
  const { partitionKey } = options;
  const StreamName = givenText(options.streamName, "streamName", who);
  const client = givenClient(options.client, `${who}: client`, "KinesisClient");
  checkFunction(`${who}: partitionKey`, partitionKey);
  return streamSink(who, dataStream({ StreamName }, client), options, (record, value) => {
    if (!partitionKey) {
      const { explicitHashKey, partitionKey } = record;
      return { explicitHashKey, partitionKey };
    }
    const key = partitionKey(value, record);
    // Of characters, says AWS; it counts code points.
    if (typeof key === "string" && key !== "" && [...key].length <= 256) {
      return { partitionKey: key };
    }
    throw new NonRetryableError(`${who}: partitionKey must be text of 1 to 256 characters.`);
  });
}

function streamSink<T>(
  who: string,
  target: StreamTarget,
  options: Pick<FirehoseSinkOptions<T>, "data" | keyof SinkOptions>,
  keyOf: (record: UserRecord, value: T) => Omit<StreamEntry, "data">,
): Sink<T> {
  const { data } = options;
  checkFunction(`${who}: data`, data);
  const sendingIn = sendingOf(options, who);

  const toEntry = ({ idempotencyKey, record, value }: BatchRecord<T>) =>
    whenReady(data ? data(value, record, idempotencyKey) : record.data, (made): StreamEntry => {
      if (!isBytes(made) && typeof made !== "string") {
        throw new TypeError(`${who}: data must return text or bytes; it returned ${typeof made}.`);
      }
      const bytes = typeof made === "string" ? Buffer.from(made) : made;
      const entry = { data: bytes, ...keyOf(record, value) };
      const size = target.bytesOf(entry);
      if (size <= target.maxRecordBytes) return entry;
      throw new NonRetryableError(
        `${who}: the record has ${size} bytes, and the stream takes ${target.maxRecordBytes}.`,
      );
    });

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const entries = await prepare(records, toEntry, refused);
    const failures = await putAll({
      ...sendingIn(context),
      entries,
      bytesOf: ({ made }) => target.bytesOf(made),
      maxEntries: target.maxEntries,
      maxBytes: target.maxBytes,
      // No such stream, no right to it: no record's fault.
      refusalOf: (error) => ({ error, kind: "retry" }),
      put: async (some) =>
        (await target.put(some.map(({ made }) => made))).map((error) =>
          error ? { error, kind: "retry" } : undefined,
        ),
    });
    for (const [at, refusal] of failures) refused.set(entries[at]!.place, refusal);
    return failuresOf(records, refused);
  };
}
