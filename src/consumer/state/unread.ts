/** What stands in a stream that nobody has counted: as far as it, and no further, may time go on. */
import { firstRecords, type StoredRecord } from "../../aws/first-records.ts";
import { listShards } from "../../aws/list-shards.ts";
import type { Runtime } from "../../handler/runtime.ts";
import type { Position } from "../../record/position.ts";
import { unpack } from "../../record/unpack.ts";
import type { Invocation } from "../invocation.ts";
import { isDone } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { read } from "../read.ts";
import { startRun, stepsOf, untilHardMargin } from "../start-run.ts";

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
    const isWhole = await isCounted(stored, through, { shardId, streamArn }, plan, invocation);
    if (!isWhole) return stored.arrival;
  }
  return isEnd ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
}

/**
 * Whether all of its user records were counted: of an aggregate some may have been, and the others not. Lambda does not say where in an aggregate the
 * records stand that it takes out of it for a fan-out consumer: there the log is asked for their unique ids.
 */
async function isCounted<T>(
  { arrival, data, partitionKey, sequenceNumber }: StoredRecord,
  { subSequenceNumber }: Position,
  { shardId, streamArn }: Pick<Shard, "shardId" | "streamArn">,
  plan: Plan<T>,
  invocation: Invocation,
): Promise<boolean> {
  const { context, deadline, environment, logger, runtime } = invocation;
  const record = {
    ...{ eventID: `${shardId}:${sequenceNumber}`, eventSourceARN: streamArn },
    kinesis: {
      ...{ partitionKey, sequenceNumber, approximateArrivalTimestamp: arrival / 1000 },
      data: Buffer.from(data).toString("base64"),
    },
  };
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const batch = await unpack({ Records: [record] }, plan.deaggregator, host);
  if (batch.records.length <= subSequenceNumber + 1) return true;
  if (!plan.uniqueId) return false;
  const { remember } = stepsOf(plan).progress!;
  const memory = await remember(plan, environment, batch, context, runtime, deadline);
  const run = startRun(plan, batch, runtime, logger, deadline, memory);
  const readAll = async () => {
    for (let place = 0; place < batch.records.length; place++) await read(run, place);
  };
  if (await untilHardMargin(run, readAll(), invocation)) {
    throw new Error(`Record ${sequenceNumber} of ${shardId} was not read in time.`);
  }
  memory?.giveBack();
  return run.outcomes.find((outcome) => !isDone(outcome)) < 0;
}
