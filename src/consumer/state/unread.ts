/** What stands in a stream that nobody has counted: as far as it, and no further, may time go on. */
import { firstRecords, type StoredRecord } from "../../aws/first-records.ts";
import { listShards } from "../../aws/list-shards.ts";
import type { Runtime } from "../../handler/runtime.ts";
import type { Position } from "../../record/position.ts";
import { unpack } from "../../record/unpack.ts";
import type { Invocation } from "../invocation.ts";
import type { Plan } from "../plan.ts";

export interface Shard {
  readonly streamArn: string;
  readonly shardId: string;
  /** The first that it may have: it says when the shard was created. */
  readonly startingSequenceNumber: string;
  /** What it was split into, or merged into. */
  readonly children: readonly Shard[];
}

export async function shardsOf(
  streamArn: string,
  { shardsOf }: Runtime,
): Promise<readonly Shard[]> {
  const shards =
    (await shardsOf?.(streamArn)) ??
    (await listShards(streamArn)).map(
      ({ AdjacentParentShardId, ParentShardId, SequenceNumberRange, ShardId }) => ({
        shardId: ShardId!,
        startingSequenceNumber: SequenceNumberRange!.StartingSequenceNumber!,
        parents: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined),
      }),
    );
  const made = new Map<string, Shard>();
  const shardOf = ({ shardId, startingSequenceNumber }: (typeof shards)[number]): Shard => {
    const known = made.get(shardId);
    if (known) return known;
    const children = shards.filter(({ parents }) => parents.includes(shardId)).map(shardOf);
    const shard = { shardId, startingSequenceNumber, streamArn, children };
    made.set(shardId, shard);
    return shard;
  };
  return shards.map(shardOf);
}

/** When the first record arrived that nobody has counted, in the shard or in what has become of it: behind `through`, where some were. */
export async function arrivalOfUnread<T>(
  shard: Shard,
  through: Position | undefined,
  plan: Plan<T>,
  invocation: Invocation,
): Promise<number> {
  let unread = await arrivalIn(shard, through, plan, invocation);
  const descendants = new Set(shard.children);
  // No child has counted anything: else it would have the state.
  for (const child of descendants) {
    unread = Math.min(unread, await arrivalIn(child, undefined, plan, invocation));
    for (const each of child.children) descendants.add(each);
  }
  return unread;
}

async function arrivalIn<T>(
  { shardId, startingSequenceNumber, streamArn }: Shard,
  through: Position | undefined,
  plan: Plan<T>,
  invocation: Invocation,
): Promise<number> {
  const read = invocation.runtime.firstRecords ?? firstRecords;
  const from = through?.sequenceNumber ?? startingSequenceNumber;
  const { isEnd, records } = await read(streamArn, shardId, from);
  for (const stored of records) {
    if (stored.sequenceNumber !== through?.sequenceNumber) return stored.arrival;
    // Of an aggregate some may have been counted, and the others not.
    const last = await lastPlaceIn(stored, { shardId, streamArn }, plan, invocation);
    if (last > through.subSequenceNumber) return stored.arrival;
  }
  return isEnd ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/** The place in the aggregate of the last of its user records, as a batch would have it. */
async function lastPlaceIn<T>(
  { arrival, data, partitionKey, sequenceNumber }: StoredRecord,
  { shardId, streamArn }: Pick<Shard, "shardId" | "streamArn">,
  { deaggregator }: Plan<T>,
  { deadline, logger, runtime }: Invocation,
): Promise<number> {
  const record = {
    ...{ eventID: `${shardId}:${sequenceNumber}`, eventSourceARN: streamArn },
    kinesis: {
      ...{ partitionKey, sequenceNumber, approximateArrivalTimestamp: arrival / 1000 },
      data: Buffer.from(data).toString("base64"),
    },
  };
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const { records } = await unpack({ Records: [record] }, deaggregator, host);
  return records[records.length - 1]!.subSequenceNumber;
}
