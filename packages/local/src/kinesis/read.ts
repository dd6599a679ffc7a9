/** Reading a shard from a position on. */

import { type HeldPage, heldRecords } from "./held-records.ts";
import { encodeIterator, type IteratorToken } from "./iterator-token.ts";
import { hashKeyRangeOf, type ShardState, sequenceNumberOf } from "./shard.ts";
import type { GetRecordsResult } from "./types.ts";

export const mostRecords = 10_000;
export const mostBytes = 10 * 1024 * 1024;

/** The records from a position on, where the log holds them. */
export function readHeld(
  shard: ShardState,
  token: IteratorToken,
  limit: number,
  maxBytes: number,
  now: number,
): HeldPage {
  const { log } = shard;
  const from = Math.max(token.position, log.first);
  const run = log.run(from, limit, maxBytes);
  const position = from + run.count;
  const atTip = position >= log.next;
  const arrival = () => log.arrivalAt(run.count > 0 ? position - 1 : position);
  const drained = atTip && shard.closedAt !== undefined;
  return {
    records: heldRecords(shard, run),
    nextShardIterator: drained ? undefined : encodeIterator({ ...token, position, issuedAt: now }),
    millisBehindLatest: atTip ? 0 : Math.max(0, now - arrival()),
    ...(drained && { childShards: childrenOf(shard) }),
  };
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
