/** Reading a shard from a position on. */

import { encodeIterator, type IteratorToken } from "./iterator-token.ts";
import { hashKeyRangeOf, type ShardState, sequenceNumberOf } from "./shard.ts";
import type { GetRecordsResult } from "./types.ts";

export const mostRecords = 10_000;
export const mostBytes = 10 * 1024 * 1024;

/** What was read, and how many bytes of keys and data it was. */
export interface Read {
  readonly result: GetRecordsResult;
  readonly bytes: number;
}

export function readShard(
  shard: ShardState,
  token: IteratorToken,
  limit: number,
  maxBytes: number,
  now: number,
): Read {
  const { log } = shard;
  const from = Math.max(token.position, log.first);
  const { records, bytes } = log.read(from, limit, maxBytes);
  const position = from + records.length;
  const atTip = position >= log.next;
  const behind = (arrival: number) => Math.max(0, now - arrival);
  const drained = atTip && shard.closedAt !== undefined;
  const result = {
    records: records.map(({ index, partitionKey, data, arrival }) => ({
      sequenceNumber: sequenceNumberOf(shard, index, arrival),
      partitionKey,
      data,
      approximateArrivalTimestamp: arrival,
    })),
    nextShardIterator: drained ? undefined : encodeIterator({ ...token, position, issuedAt: now }),
    millisBehindLatest: atTip ? 0 : behind(records.at(-1)?.arrival ?? log.arrivalAt(position)),
    ...(drained && { childShards: childrenOf(shard) }),
  };
  return { result, bytes };
}

/**
 * The sequence number to read on after, even where no record has it yet: that of the last record
 * before the position. Undefined at the end of a closed shard.
 */
export function continuationOf(
  shard: ShardState,
  { records, nextShardIterator }: GetRecordsResult,
  token: IteratorToken,
  now: number,
): string | undefined {
  if (nextShardIterator === undefined) return undefined;
  const last = records.at(-1);
  if (last) return last.sequenceNumber;
  const before = Math.max(token.position, shard.log.first) - 1;
  return sequenceNumberOf(shard, before, before === 0 ? shard.createdAt : now);
}

function childrenOf(shard: ShardState): NonNullable<GetRecordsResult["childShards"]> {
  return shard.children.map((child) => ({
    shardId: child.shardId,
    parentShards: child.parents,
    hashKeyRange: hashKeyRangeOf(child),
  }));
}
