import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient } from "../aws/given.ts";
import type { Overflow, OverflowContext, OverflowRecord, Refused } from "./overflow.ts";
import { putAll } from "./put-all.ts";
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

/** What a source takes, and how it is put there. */
interface Source {
  readonly maxRecordBytes: number;
  readonly maxBytes: number;
  readonly bytesOf: (entry: Wrapped) => number;
  readonly put: (entries: readonly Wrapped[]) => Promise<readonly (string | undefined)[]>;
}

const maxEntries = 500;
const kibibyte = 1024;

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
  const clients: Clients = {
    firehose: givenClient(firehose, "reingest: firehose", "FirehoseClient"),
    kinesis: givenClient(kinesis, "reingest: kinesis", "KinesisClient"),
  };

  return {
    async take(records, context) {
      const source = await sourceOf(context, clients);
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
      const { bytesOf, maxBytes, put } = source;
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
      for (const [place, error] of failures) {
        refused.push(refuse(entries[place]!.record, `It could not be put back: ${error}.`));
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

function whyNot(entry: Wrapped, source: Source, maxRounds: number): string | undefined {
  if (entry.record.rounds >= maxRounds) {
    return `It was put back ${entry.record.rounds} times already.`;
  }
  const bytes = source.bytesOf(entry);
  return bytes > source.maxRecordBytes
    ? `Wrapped it takes ${bytes} bytes, and its source takes ${source.maxRecordBytes}.`
    : undefined;
}

interface Clients {
  firehose: CommandSender | undefined;
  kinesis: CommandSender | undefined;
}

/** A delivery stream that reads a Kinesis stream takes no puts of its own: what reads it again is the stream. */
async function sourceOf(
  { deliveryStreamName, source }: OverflowContext,
  clients: Clients,
): Promise<Source | undefined> {
  if (source.type === "kinesis") return kinesisSource(source.streamArn, clients);
  return source.type === "direct" ? firehoseSource(deliveryStreamName, clients) : undefined;
}

/** https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html */
async function firehoseSource(DeliveryStreamName: string, clients: Clients): Promise<Source> {
  const { FirehoseClient, PutRecordBatchCommand } = await import("@aws-sdk/client-firehose");
  clients.firehose ??= new FirehoseClient({});
  const client = clients.firehose;
  return {
    maxRecordBytes: 1000 * kibibyte,
    maxBytes: 4 * kibibyte * kibibyte,
    bytesOf: ({ data }) => data.length,
    async put(entries) {
      const Records = entries.map(({ data }) => ({ Data: data }));
      const answer = await client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records }));
      return errorsIn(answer.FailedPutCount, answer.RequestResponses, entries.length);
    },
  };
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html */
async function kinesisSource(StreamARN: string, clients: Clients): Promise<Source> {
  const { KinesisClient, PutRecordsCommand } = await import("@aws-sdk/client-kinesis");
  clients.kinesis ??= new KinesisClient({});
  const client = clients.kinesis;
  return {
    maxRecordBytes: kibibyte * kibibyte,
    maxBytes: 5 * kibibyte * kibibyte,
    bytesOf: ({ data, partitionKey }) => data.length + Buffer.byteLength(partitionKey),
    async put(entries) {
      const Records = entries.map(({ data, partitionKey }) => ({
        Data: data,
        PartitionKey: partitionKey,
      }));
      const answer = await client.send(new PutRecordsCommand({ StreamARN, Records }));
      return errorsIn(answer.FailedRecordCount, answer.Records, entries.length);
    },
  };
}

interface EntryAnswer {
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** A call that succeeded may have failed for some entries; each has its answer at its own index. */
function errorsIn(
  failed: number | undefined,
  answers: readonly EntryAnswer[] | undefined,
  entries: number,
): (string | undefined)[] {
  if (failed === 0) return Array.from({ length: entries }, () => undefined);
  return (answers ?? []).map(({ ErrorCode, ErrorMessage }) =>
    ErrorCode ? `${ErrorCode}: ${ErrorMessage ?? ""}` : undefined,
  );
}
