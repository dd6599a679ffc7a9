import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient } from "../aws/given.ts";
import { dataStream, deliveryStream, type StreamTarget } from "../aws/put-batches.ts";
import { putAll } from "../handler/put-all.ts";
import { describeError } from "../observe/log.ts";
import type { Overflow, OverflowContext, OverflowRecord, Refused } from "./overflow.ts";
import { wrapReingested } from "./reingested.ts";

/** What `reingest` takes: how often it tries, and with which clients. */
export interface ReingestOptions {
  /** How often a record may be put back before it is left to the next overflow, or fails. Minimum: 1. @default 3 */
  readonly maxRounds?: number;
  /** How often a put is tried that the source did not take. Minimum: 1. @default 5 */
  readonly maxAttempts?: number;
  /** Your own client, for delivery streams that are put to directly. @default one from the environment */
  readonly firehose?: CommandSender;
  /** Your own client, for delivery streams that read a Kinesis stream. @default one from the environment */
  readonly kinesis?: CommandSender;
}

/** An entry for the source, and the record it is made of. */
interface Wrapped {
  readonly record: OverflowRecord;
  readonly data: Buffer;
  readonly partitionKey: string;
}

/**
 * Puts records that have no room in the answer back into the source, wrapped so that they are known when they come
 * again: into the delivery stream itself, or into the Kinesis stream that it reads, under their partition key. They come
 * later than their neighbours, are paid for twice, and may be delivered twice. Whoever else reads the Kinesis
 * stream sees them again, wrapped: use a bucket there.
 *
 * Does not take what was put back `maxRounds` times, what is too large for the source once it is wrapped, and what came from
 * Amazon MSK. The role needs firehose:PutRecordBatch or kinesis:PutRecords; the client is loaded when it is needed.
 *
 * @example
 * firehoseTransform({ decode: json(), transform, overflow: [reingest(), s3Overflow({ bucket })] });
 */
export function reingest({
  maxRounds = 3,
  maxAttempts = 5,
  firehose,
  kinesis,
}: ReingestOptions = {}): Overflow {
  for (const [name, value] of Object.entries({ maxRounds, maxAttempts })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new TypeError(`reingest: ${name} must be a whole number from 1; it is ${value}.`);
    }
  }
  const direct = givenClient(firehose, "reingest: firehose", "FirehoseClient");
  const ofStream = givenClient(kinesis, "reingest: kinesis", "KinesisClient");
  /** A client is made once, and not in every invocation. */
  const sources = new Map<string, StreamTarget>();

  /** A delivery stream that reads a Kinesis stream takes no puts of its own: what reads it again is the stream. */
  function sourceOf({ deliveryStreamName, source }: OverflowContext): StreamTarget | undefined {
    if (source.type === "msk") return undefined;
    const isDirect = source.type === "direct";
    const name = isDirect ? deliveryStreamName : source.streamArn;
    const made =
      sources.get(name) ??
      (isDirect ? deliveryStream(name, direct) : dataStream({ StreamARN: name }, ofStream));
    sources.set(name, made);
    return made;
  }

  return {
    async take(records, context) {
      const source = sourceOf(context);
      if (!source) return records.map((record) => refuse(record, "Nothing can be put into MSK."));
      const refused: Refused[] = [];
      const entries: Wrapped[] = [];
      for (const record of records) {
        const entry = wrap(record, context);
        const reason = whyNot(entry, source, maxRounds);
        if (reason) refused.push(refuse(record, reason));
        else entries.push(entry);
      }
      const { clock, random } = context.runtime;
      const { bytesOf, maxBytes, maxEntries } = source;
      const put = async (entries: readonly Wrapped[]) =>
        (await source.put(entries)).map((error) => error && ({ error, kind: "retry" } as const));
      const { remainingMs } = context;
      const failures = await putAll({
        entries,
        bytesOf,
        maxEntries,
        maxBytes,
        put,
        maxAttempts,
        remainingMs,
        clock,
        random,
      });
      for (const [place, { error }] of failures) {
        const reason = `It could not be put back: ${reasonFor(error)}.`;
        refused.push(refuse(entries[place]!.record, reason));
      }
      return refused;
    },
  };
}

const refuse = (record: OverflowRecord, reason: string): Refused => ({ record, reason });

function wrap(record: OverflowRecord, { arrival }: OverflowContext): Wrapped {
  const { approximateArrivalTimestamp: own, data, partitionKey, recordId, rounds } = record;
  const arrivedAt = Math.trunc(Number.isNaN(own) ? arrival : own);
  return {
    record,
    data: wrapReingested(data, rounds + 1, arrivedAt),
    // A Kinesis stream takes nothing without one; what came without spreads over the shards.
    partitionKey: partitionKey || recordId.slice(0, 256),
  };
}

function whyNot(entry: Wrapped, source: StreamTarget, maxRounds: number): string | undefined {
  if (entry.record.rounds >= maxRounds) {
    return `It was put back ${entry.record.rounds} times already.`;
  }
  const bytes = source.bytesOf(entry);
  return bytes > source.maxRecordBytes
    ? `Wrapped it takes ${bytes} bytes, and its source takes ${source.maxRecordBytes}.`
    : undefined;
}

/** The name of an error of ours says nothing. */
function reasonFor(error: unknown): string {
  const { name, message } = describeError(error, false);
  return name === "Error" ? message.replace(/\.$/, "") : `${name}: ${message}`;
}
