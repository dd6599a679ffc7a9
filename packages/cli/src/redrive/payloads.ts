/** What is not where the record was parked: from another store, or from the stream once more. */
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import type { S3Client } from "@aws-sdk/client-s3";
import { deaggregate } from "../../../../src/kpl.ts";
import { hexNameOf } from "../../../../src/park/entry-names.ts";
import { innerNameIn } from "../../../../src/park/parking.ts";
import { compareSequenceNumbers } from "../../../../src/record/position.ts";
import type { UserRecord } from "../../../../src/record/user-record.ts";
import type { Clock } from "../../../../src/time/clock.ts";
import { readShard, type ShardRecord } from "../aws/read-shard.ts";
import type { FailedBatch } from "../input/index.ts";
import type { ParkedItem } from "./found.ts";

/** The stream does not have it any more. */
export class ExpiredError extends Error {}

/** What is told of a payload that could not be had. */
export const refusalOf = (error: unknown): "expired" | "refused" =>
  error instanceof ExpiredError ? "expired" : "refused";

export interface Reading {
  readonly kinesis: KinesisClient;
  readonly s3: () => Promise<S3Client>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What comes back of a record: with its keys where only the stream has them. */
export interface LoadedPayload {
  readonly data: Uint8Array;
  readonly partitionKey?: string;
  readonly explicitHashKey?: string | undefined;
}

/** Throws ExpiredError. */
export async function payloadOf(item: ParkedItem, reading: Reading): Promise<LoadedPayload> {
  const { payload } = item;
  if ("data" in payload) return payload;
  if ("read" in payload) return { data: await payload.read() };
  if ("payloadLocation" in payload) {
    return { data: await storedPayload(payload.payloadLocation, reading) };
  }
  const { streamArn, shardId, sequenceNumber } = item;
  const [record] = await rangeOf(streamArn, shardId, sequenceNumber, sequenceNumber, reading);
  if (!record) throw new ExpiredError(gone(item));
  const found = recordOf(item, record);
  if (!found) throw new Error(`${sequenceNumber} of ${shardId} has no such record in it.`);
  return found;
}

const gone = ({ sequenceNumber, shardId }: ParkedItem) =>
  `its payload was too large to be parked, and the stream does not have ${sequenceNumber} of ${shardId} any more: its retention is over.`;

/** One of those that an aggregate holds, or all of it. */
function recordOf(
  item: ParkedItem,
  { data, sequenceNumber, partitionKey }: ShardRecord,
): LoadedPayload | undefined {
  const records = deaggregate(data);
  if (!records) return { data, partitionKey };
  const inner = innerNameIn(item.id);
  if (inner === undefined) return records[item.subSequenceNumber];
  const equals = new Map<string, number>();
  return records.find((record) => {
    const asRecord = { ...record, sequenceNumber } as unknown as UserRecord;
    const name = hexNameOf(asRecord, undefined, 0);
    const ordinal = equals.get(name) ?? 0;
    equals.set(name, ordinal + 1);
    return hexNameOf(asRecord, undefined, ordinal) === inner;
  });
}

async function storedPayload(location: string, { s3 }: Reading): Promise<Uint8Array> {
  const [, Bucket, Key] = /^s3:\/\/(arn:[^/]*\/[^/]+|[^/]+)\/(.*)$/s.exec(location) ?? [];
  if (Bucket === undefined || Key === undefined) {
    throw new Error(`its payload is at ${location}, which is no place in S3.`);
  }
  const { GetObjectCommand } = await import("@aws-sdk/client-s3");
  const client = await s3();
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (cause) {
    throw new Error(`its payload at ${location} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  } finally {
    client.destroy();
  }
}

/**
 * The records of a batch of which the failure document has the positions alone, as Lambda delivered them:
 * before a fan-out consumer it takes aggregates apart. Throws ExpiredError.
 */
export async function batchRecords(
  { streamArn, shardId, range, batchSize, firstArrival }: FailedBatch,
  reading: Reading,
): Promise<ShardRecord[]> {
  if (!range) return [];
  const [arn = "", fanOut] = streamArn.split("/consumer/");
  const stored = await rangeOf(arn, shardId, range.first, range.last, reading);
  const records = fanOut === undefined ? stored : stored.flatMap(takenApart);
  const isWhole = records[0]?.sequenceNumber === range.first && records.length >= batchSize;
  if (isWhole) return records;
  const since =
    firstArrival === undefined ? "" : `, which arrived at ${new Date(firstArrival).toISOString()}`;
  throw new ExpiredError(
    `the stream does not have all of ${shardId} from ${range.first}${since}, any more: its retention is over. It has ${records.length} of ${batchSize} records.`,
  );
}

const takenApart = (record: ShardRecord): ShardRecord[] =>
  (deaggregate(record.data) ?? [record]).map(({ partitionKey, data }) => ({
    ...record,
    ...{ partitionKey, data },
  }));

/** What the stream has of the range, both ends included. */
async function rangeOf(
  streamArn: string,
  shardId: string,
  first: string,
  last: string,
  { kinesis, clock, signal }: Reading,
): Promise<ShardRecord[]> {
  const found: ShardRecord[] = [];
  const from = { type: "AT_SEQUENCE_NUMBER", sequenceNumber: first } as const;
  const pauseMs = { atEnd: 200, before: 200 };
  const stream = { StreamARN: streamArn };
  const pages = readShard({ client: kinesis, stream, shardId, from, clock, signal, pauseMs });
  try {
    for await (const { records, millisBehindLatest } of pages) {
      for (const record of records) {
        if (compareSequenceNumbers(record.sequenceNumber, last) > 0) return found;
        found.push(record);
      }
      const isThere = found.at(-1)?.sequenceNumber === last;
      if (isThere || (records.length === 0 && millisBehindLatest === 0)) return found;
    }
  } catch (error) {
    // A shard that is closed goes with its last record.
    if ((error as Error).name !== "ResourceNotFoundException") throw error;
    if (/shard/i.test((error as Error).message)) return found;
    throw error;
  }
  return found;
}
