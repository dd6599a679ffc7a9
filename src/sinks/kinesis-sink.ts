/** Another Kinesis stream, through the producer, which keeps the order of a key whatever is refused. */
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenText } from "../aws/given.ts";
import type { BatchRecord } from "../consumer/options.ts";
import type { Refusal } from "../handler/put-all.ts";
import { runtimeOf } from "../handler/runtime.ts";
import type { PutError } from "../producer/errors.ts";
import { producerOn } from "../producer/kinesis-producer.ts";
import type { KinesisProducerOptions, ProducerRecord } from "../producer/options.ts";
import { settingsOf } from "../producer/settings.ts";
import { hashKeyIn, partitionKeys, type ShardMap } from "../producer/shard-map.ts";
import { openStream, type Stream } from "../producer/stream.ts";
import { NonRetryableError } from "../record/errors.ts";
import type { UserRecord } from "../record/user-record.ts";
import { withoutBehind } from "./behind.ts";
import { payloadOf } from "./payload.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  prepare,
  type Sink,
  type SinkOptions,
} from "./sink.ts";

/** What `kinesisSink` takes: which stream, under which key, and what. */
export interface KinesisSinkOptions<T> extends Pick<SinkOptions, "runtime"> {
  /** The stream's name or its ARN. */
  readonly streamName: string | undefined;
  /** What is put of a record. @default its payload as it came */
  readonly data?: FromRecord<T, Uint8Array | string>;
  /** @default the record's own */
  readonly partitionKey?: (value: T, record: UserRecord) => string;
  /**
   * `"partitionKey"`: the records of a key arrive in the order of the batch, whatever is refused meanwhile, and none behind one that could not
   * be put. `"none"`: what was refused arrives later. @default "partitionKey"
   */
  readonly order?: "partitionKey" | "none";
  /** Whether records are packed into KPL aggregates, up to which size and count: for readers that take them apart. @default false */
  readonly aggregation?: KinesisProducerOptions["aggregation"];
  /** How long a record is tried in one invocation, in milliseconds, where there is time; minimum: 100. After that Lambda delivers it again. @default 30000 */
  readonly ttlMs?: number;
  /** The largest record, data and key, in bytes: what the stream's MaxRecordSizeInKiB says. At most 10 MiB. @default 1048576 */
  readonly maxRecordBytes?: number;
  /** Your own client. One that tries again by itself hides refusals: give it `maxAttempts: 1`. @default one from the environment */
  readonly client?: CommandSender;
}

const who = "kinesisSink";

/**
 * Puts records into another Kinesis stream, at least once, under their own partition keys or others, and in the order of each key. The role needs
 * kinesis:PutRecords, and kinesis:ListShards to send to several shards at once.
 *
 * @example
 * kinesisConsumer({ consumer: "by-customer", decode: json(), processBatch: kinesisSink({ streamName: "by-customer", partitionKey: ({ customer }) => customer }) });
 */
export function kinesisSink<T = Uint8Array>(options: KinesisSinkOptions<T>): Sink<T> {
  const { aggregation = false, maxRecordBytes, order, partitionKey, ttlMs } = options;
  const name = givenText(options.streamName, "streamName", who);
  const client = givenClient(options.client, `${who}: client`, "KinesisClient");
  checkFunction(`${who}: partitionKey`, partitionKey);
  const payload = payloadOf(who, options.data);
  const runtime = runtimeOf(undefined, options.runtime);
  const ofProducer: KinesisProducerOptions = {
    ...{ stream: name, aggregation, maxBufferedMs: 0, afterGivenUp: "failKey", runtime },
    ...(order !== undefined && { order }),
    ...(ttlMs !== undefined && { ttlMs }),
    ...(maxRecordBytes !== undefined && { maxRecordBytes }),
  };
  const settings = settingsOf(ofProducer, who);
  const opened = openStream(name, client, runtime.clock, settings.requestTimeoutMs);
  const keyOf = partitionKeys();
  let known: ShardMap | undefined;

  /** What is known of the shards goes from call to call; a producer that doubts it asks anew. */
  function streamOfCall(): Stream {
    let believed = known;
    return {
      ...opened,
      async openShards() {
        known = believed ?? (await opened.openShards());
        believed = undefined;
        return known;
      },
      // The connections stay with the environment.
      close() {},
    };
  }

  const toRecord = (given: BatchRecord<T>) =>
    payload(given, (data): ProducerRecord => {
      const { record, value } = given;
      const ofRecord = {
        partitionKey: record.partitionKey,
        ...(record.explicitHashKey !== undefined && { explicitHashKey: record.explicitHashKey }),
      };
      const key = partitionKey ? { partitionKey: partitionKey(value, record) } : ofRecord;
      const size = data.length + bytesOfKey(key);
      if (size <= settings.maxRecordBytes) return { data, ...key };
      throw new NonRetryableError(
        `${who}: the record has ${size} bytes with its partition key, and the stream takes ${settings.maxRecordBytes}.`,
      );
    });

  function bytesOfKey(key: Pick<ProducerRecord, "partitionKey" | "explicitHashKey">): number {
    try {
      if (key.explicitHashKey !== undefined) hashKeyIn(key.explicitHashKey);
      return keyOf(key.partitionKey).bytes;
    } catch (error) {
      throw new NonRetryableError(`${who}: ${(error as Error).message}`);
    }
  }

  return async (records, { signal }) => {
    const refused = new Map<number, Refusal>();
    const prepared = await prepare(records, toRecord, refused);
    const ready = settings.isOrdered ? withoutBehind(who, prepared, records, refused) : prepared;
    // One for each call: what is not in when its time is over is not put later, behind what has come since.
    const producer = producerOn(streamOfCall(), ofProducer, settings);
    const stop = () => void producer.close({ withinMs: 0 });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const puts = ready.map(({ made }) => producer.put(made));
    await producer.close();
    signal.removeEventListener("abort", stop);
    const outcomes = await Promise.allSettled(puts);
    outcomes.forEach((outcome, at) => {
      if (outcome.status === "fulfilled") return;
      const { attempts } = outcome.reason as PutError;
      // What was refused has failed, and says by what; what had no turn is given back.
      const error = signal.aborted && attempts.length === 0 ? signal.reason : outcome.reason;
      refused.set(ready[at]!.place, { error, kind: "retry" });
    });
    return failuresOf(records, refused);
  };
}
