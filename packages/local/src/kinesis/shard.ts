/** A shard: a range of hash keys, a log of records, and its place among parents and children. */

import { endingIndex } from "../../../../src/record/sequence-number.ts";
import { notFound } from "./error.ts";
import { type HashRange, hashKeyOf } from "./hash-space.ts";
import { SequenceDigits } from "./sequence-digits.ts";
import { numberInShard, shardBits } from "./sequence-number.ts";
import { ShardLog } from "./shard-log.ts";
import type { Shard } from "./types.ts";

export interface ShardState {
  /** The number in the id; never used again in its stream. */
  readonly index: number;
  readonly shardId: string;
  readonly range: HashRange;
  /** The start of the range as routing compares it. */
  readonly startingHashKey: string;
  /** Ids: none of a first shard, one after a split, two after a merge. */
  readonly parents: readonly string[];
  readonly children: ShardState[];
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** The creation time that its sequence numbers carry. */
  readonly createdSeconds: number;
  readonly sequenceBits: bigint;
  readonly sequenceDigits: SequenceDigits;
  readonly log: ShardLog;
  /** Epoch milliseconds; undefined while the shard is open. */
  closedAt: number | undefined;
}

/** `parents`: their ids. */
export function createShard(
  index: number,
  range: HashRange,
  createdAt: number,
  parents: readonly string[],
  createdSeconds: number,
): ShardState {
  const sequenceBits = shardBits(createdSeconds, index);
  return {
    index,
    shardId: shardIdOf(index),
    range,
    startingHashKey: hashKeyOf(range.start),
    parents,
    children: [],
    createdAt,
    createdSeconds,
    sequenceBits,
    sequenceDigits: new SequenceDigits(sequenceBits),
    log: new ShardLog(),
    closedAt: undefined,
  };
}

/** One second after the parents closed, so that a child's numbers are above all of theirs. */
export const createdSecondsAfter = (parents: readonly ShardState[], now: number) =>
  Math.max(Math.floor(now / 1000), ...parents.map((parent) => closingSeconds(parent) + 1));

/** "shardId-000000000006" for 6. */
export const shardIdOf = (index: number) => `shardId-${String(index).padStart(12, "0")}`;

/** As AWS does, only the number in the id counts: "shardId-1" is "shardId-000000000001". */
export function fullShardId(shardId: string): string | undefined {
  const digits = /^(?:[^-]*-)?(\d+)$/.exec(shardId)?.[1];
  if (digits === undefined || Number(digits) >= 2 ** 31) return undefined;
  return shardIdOf(Number(digits));
}

export const noSuchShard = (streamName: string, shardId: string, accountId: string) =>
  notFound(`Could not find shard ${shardId} in stream ${streamName} under account ${accountId}.`);

/** The sequence number of the record with this index, that arrived at this time. */
export function sequenceNumberOf(shard: ShardState, index: number, arrival: number): string {
  return shard.sequenceDigits.text(index, putSeconds(shard, arrival));
}

/** The seconds that the number of a record carries which arrived then. */
export function putSeconds(shard: ShardState, arrival: number): number {
  return Math.max(Math.floor(arrival / 1000), shard.createdSeconds);
}

function closingSeconds(shard: ShardState): number {
  return Math.max(Math.floor((shard.closedAt ?? 0) / 1000), shard.createdSeconds);
}

export function hashKeyRangeOf({ range }: ShardState): Shard["hashKeyRange"] {
  return { startingHashKey: String(range.start), endingHashKey: String(range.end) };
}

/** The shard as the API shows it. */
export function describeShard(shard: ShardState): Shard {
  const [parent, adjacentParent] = shard.parents;
  const bits = shard.sequenceBits;
  return {
    shardId: shard.shardId,
    ...(parent && { parentShardId: parent }),
    ...(adjacentParent && { adjacentParentShardId: adjacentParent }),
    hashKeyRange: hashKeyRangeOf(shard),
    sequenceNumberRange: {
      startingSequenceNumber: numberInShard(bits, 0, shard.createdSeconds),
      ...(shard.closedAt !== undefined && {
        endingSequenceNumber: numberInShard(bits, endingIndex, closingSeconds(shard)),
      }),
    },
  };
}
