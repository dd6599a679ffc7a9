/** What a shard takes and gives per second, where limits are asked for. */
import { KinesisError } from "./error.ts";
import { demandOn } from "./on-demand.ts";
import type { ShardState } from "./shard.ts";
import type { StreamState } from "./state.ts";

const second = 1000;
const MiB = 1024 * 1024;
/** What a shard takes in a second. */
const recordsIn = 1000;
const bytesIn = MiB;

export interface Throughput {
  /** Takes a record of `bytes` from the shard's budget. False, and nothing taken: it is too much. */
  write(stream: StreamState, shard: ShardState, bytes: number, now: number): boolean;
  /** True once, after an on-demand stream has been too full for too long. */
  outgrown(stream: StreamState, now: number): boolean;
  /** Refuses a GetRecords call that comes too soon. */
  checkRead(stream: StreamState, shard: ShardState, now: number): void;
  /** Says what the call that was not refused has read. */
  read(shard: ShardState, bytes: number, now: number): void;
  /** Refuses a GetShardIterator call that comes too soon. */
  iterator(stream: StreamState, shard: ShardState, now: number): void;
  /** How many bytes a fan-out consumer may read from the shard at this moment. */
  fanOutBytes(consumerArn: string, shard: ShardState, now: number): number;
  fanOutRead(consumerArn: string, shard: ShardState, bytes: number, now: number): void;
}

/** Budgets are kept here by shard, and go with it. */
export function throughput(): Throughput {
  const budgets = new WeakMap<ShardState, Budgets>();
  const demand = demandOn({ records: recordsIn, bytes: bytesIn });
  const of = (shard: ShardState) => getOrAdd(budgets, shard, freshBudgets);
  const fanOut = (consumerArn: string, shard: ShardState) =>
    getOrAdd(of(shard).fanOut, consumerArn, () => perSecond(Number.POSITIVE_INFINITY, 2 * MiB));
  return {
    write(stream, shard, bytes, now) {
      const { writes, burst } = of(shard);
      const large = bytes > bytesIn;
      const counted = large ? 0 : bytes;
      if (burst.level(now) < bytes || !writes.admits(counted, now)) return false;
      writes.spend(counted, now);
      burst.drain(bytes);
      demand.count(stream, bytes, now);
      return true;
    },
    outgrown: demand.outgrown,
    checkRead(stream, shard, now) {
      if (!of(shard).reads.admits(1, now)) throw rateExceeded(stream, shard);
    },
    read: (shard, bytes, now) => of(shard).reads.spend(bytes, now),
    iterator(stream, shard, now) {
      const { iterators } = of(shard);
      if (!iterators.admits(0, now)) throw rateExceeded(stream, shard);
      iterators.spend(0, now);
    },
    fanOutBytes: (consumerArn, shard, now) => fanOut(consumerArn, shard).left(now),
    fanOutRead: (consumerArn, shard, bytes, now) => fanOut(consumerArn, shard).spend(bytes, now),
  };
}

/** Where no limits are asked for. */
export const unlimited: Throughput = {
  write: () => true,
  outgrown: () => false,
  checkRead() {},
  read() {},
  iterator() {},
  fanOutBytes: () => Number.POSITIVE_INFINITY,
  fanOutRead() {},
};

export function rateExceeded(stream: StreamState, shard: ShardState): KinesisError {
  return new KinesisError(
    "ProvisionedThroughputExceededException",
    `Rate exceeded for shard ${shard.shardId} in stream ${stream.name} under account ${stream.accountId}.`,
  );
}

function getOrAdd<K, V>(
  map: { get(key: K): V | undefined; set(key: K, value: V): unknown },
  key: K,
  make: () => V,
): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

interface Budgets {
  readonly writes: Budget;
  readonly burst: Tank;
  readonly reads: Budget;
  readonly iterators: Budget;
  /** By consumer ARN. */
  readonly fanOut: Map<string, Budget>;
}

const freshBudgets = (): Budgets => ({
  writes: perSecond(recordsIn, bytesIn),
  burst: tank(10 * MiB, bytesIn),
  reads: perSecond(5, 2 * MiB),
  iterators: perSecond(5, Number.POSITIVE_INFINITY),
  fanOut: new Map(),
});

interface Budget {
  admits(bytes: number, now: number): boolean;
  spend(bytes: number, now: number): void;
  /** Bytes that are left of the second. */
  left(now: number): number;
}

/**
 * So many calls and bytes in a second, which begins with the first call. Whoever spends more
 * bytes than a second has (a read of 10 MiB at 2 MiB/s) waits the longer (5 s).
 */
function perSecond(mostCalls: number, mostBytes: number): Budget {
  let from = Number.NEGATIVE_INFINITY;
  let calls = 0;
  let spent = 0;
  const begin = (now: number) => {
    const length = second * Math.max(1, spent / mostBytes);
    if (now >= from && now < from + length) return;
    from = now;
    calls = 0;
    spent = 0;
  };
  return {
    admits(bytes, now) {
      begin(now);
      return calls < mostCalls && spent + bytes <= mostBytes;
    },
    spend(bytes, now) {
      begin(now);
      calls++;
      spent += bytes;
    },
    left(now) {
      begin(now);
      return Math.max(0, mostBytes - spent);
    },
  };
}

interface Tank {
  level(now: number): number;
  drain(bytes: number): void;
}

/**
 * What lets records above 1 MiB through: a tank of 10 MiB that every write drains and that
 * fills up again at the shard's 1 MiB/s.
 */
function tank(capacity: number, perSecond: number): Tank {
  let level = capacity;
  let at = Number.NEGATIVE_INFINITY;
  return {
    level(now) {
      if (now > at) level = Math.min(capacity, level + ((now - at) / second) * perSecond);
      at = now;
      return level;
    },
    drain(bytes) {
      level -= bytes;
    },
  };
}
