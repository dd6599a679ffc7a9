/** Reads a shard by GetRecords, from a place to its end or for ever. */
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  type KinesisClient,
  type ShardIteratorType,
} from "@aws-sdk/client-kinesis";
import type { Clock } from "../../../../src/time/clock.ts";
import type { StreamId } from "./list-shards.ts";

export interface ShardRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly arrival: number;
}

/** Where reading begins. */
export interface ShardPosition {
  readonly type: ShardIteratorType;
  readonly sequenceNumber?: string;
  /** Epoch milliseconds. */
  readonly time?: number;
}

export interface ShardPage {
  readonly records: readonly ShardRecord[];
  /** How far behind the end of the shard it is. */
  readonly millisBehindLatest: number;
}

export interface ReadShardOptions {
  readonly client: Pick<KinesisClient, "send">;
  readonly stream: StreamId;
  readonly shardId: string;
  readonly from: ShardPosition;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long it waits after a page without records, at the end of the shard and before. */
  readonly pauseMs: { readonly atEnd: number; readonly before: number };
}

/** Pages, until the shard is closed and read to its end, or the signal comes. */
export async function* readShard(options: ReadShardOptions): AsyncGenerator<ShardPage> {
  const { client, stream, shardId, clock, signal, pauseMs } = options;
  let from = options.from;
  let iterator = await iteratorAt(options, from);
  while (iterator !== undefined && !signal.aborted) {
    const page = await client
      .send(new GetRecordsCommand({ ...arnOf(stream), ShardIterator: iterator }))
      .catch((error: Error) => {
        // It lives for five minutes; a paused process is older.
        if (error.name === "ExpiredIteratorException") return undefined;
        throw error;
      });
    if (!page) {
      iterator = await iteratorAt(options, from);
      continue;
    }
    const records = (page.Records ?? []).map((record) => ({
      shardId,
      sequenceNumber: record.SequenceNumber!,
      partitionKey: record.PartitionKey!,
      data: record.Data!,
      arrival: record.ApproximateArrivalTimestamp?.getTime() ?? 0,
    }));
    const last = records.at(-1);
    if (last) from = { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: last.sequenceNumber };
    const millisBehindLatest = page.MillisBehindLatest ?? 0;
    yield { records, millisBehindLatest };
    iterator = page.NextShardIterator;
    if (records.length > 0 || iterator === undefined) continue;
    const pause = millisBehindLatest === 0 ? pauseMs.atEnd : pauseMs.before;
    await clock.sleep(pause, signal).catch(() => {});
  }
}

async function iteratorAt(
  { client, stream, shardId }: ReadShardOptions,
  { type, sequenceNumber, time }: ShardPosition,
): Promise<string | undefined> {
  const { ShardIterator } = await client.send(
    new GetShardIteratorCommand({
      ...stream,
      ShardId: shardId,
      ShardIteratorType: type,
      ...(sequenceNumber === undefined ? {} : { StartingSequenceNumber: sequenceNumber }),
      ...(time === undefined ? {} : { Timestamp: new Date(time) }),
    }),
  );
  return ShardIterator;
}

/** A stream of another account is named with each call. */
const arnOf = (stream: StreamId) => ("StreamARN" in stream ? { StreamARN: stream.StreamARN } : {});
