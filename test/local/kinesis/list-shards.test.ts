import { beforeEach, expect, test } from "vitest";
import {
  createKinesis,
  type Kinesis,
  type ShardFilter,
} from "../../../packages/local/src/kinesis/index.ts";
import { type HandClock, hour, refusal, shardId, simulated, start, stream } from "./simulated.ts";

let kinesis: Kinesis;
let clock: HandClock;

/** Shard 0 is split after an hour into 1 and 2, which are merged an hour later into 3. */
beforeEach(() => {
  ({ kinesis, clock } = simulated());
  kinesis.createStream({ name: stream });
  clock.time = start + hour;
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  clock.time = start + 2 * hour;
  kinesis.mergeShards({ stream, shardToMerge: shardId(1), adjacentShardToMerge: shardId(2) });
  clock.time = start + 3 * hour;
});

const listed = (filter?: ShardFilter) =>
  kinesis
    .listShards(filter ? { stream, filter } : { stream })
    .map((shard) => Number(shard.shardId.slice(-12)));

test("without a filter, and from the trim horizon on, every shard is listed", () => {
  expect(listed()).toEqual([0, 1, 2, 3]);
  expect(listed({ type: "FROM_TRIM_HORIZON" })).toEqual([0, 1, 2, 3]);
});

test("AT_LATEST lists the open shards", () => {
  expect(listed({ type: "AT_LATEST" })).toEqual([3]);
});

test("AT_TRIM_HORIZON lists the first shards, which are there somewhat later than their stream", () => {
  let now = start;
  const slow = createKinesis({ clock: { ...clock, now: () => now++ } });
  slow.createStream({ name: stream, shards: 2 });
  expect(slow.listShards({ stream, filter: { type: "AT_TRIM_HORIZON" } })).toHaveLength(2);
});

test("AT_TRIM_HORIZON lists the shards that were open when the oldest data arrived", () => {
  expect(listed({ type: "AT_TRIM_HORIZON" })).toEqual([0]);
  clock.time = start + 25 * hour;
  expect(listed({ type: "AT_TRIM_HORIZON" })).toEqual([1, 2]);
});

test("AFTER_SHARD_ID lists the shards after that one", () => {
  expect(listed({ type: "AFTER_SHARD_ID", shardId: shardId(1) })).toEqual([2, 3]);
});

test("AT_TIMESTAMP lists the shards that were open then", () => {
  const at = (timestamp: number) => listed({ type: "AT_TIMESTAMP", timestamp });
  expect(at(start - hour)).toEqual([0]);
  expect(at(start + hour - 1)).toEqual([0]);
  expect(at(start + hour)).toEqual([1, 2]);
  expect(at(start + 2 * hour)).toEqual([3]);
});

test("FROM_TIMESTAMP lists the shards that were open then or later", () => {
  const from = (timestamp: number) => listed({ type: "FROM_TIMESTAMP", timestamp });
  expect(from(start)).toEqual([0, 1, 2, 3]);
  expect(from(start + hour + 1)).toEqual([1, 2, 3]);
  expect(from(start + 2 * hour + 1)).toEqual([3]);
});

test("a filter without what it needs is refused, and so is the future", () => {
  for (const filter of [
    { type: "AFTER_SHARD_ID" },
    { type: "AT_TIMESTAMP" },
    { type: "FROM_TIMESTAMP" },
    { type: "AT_TIMESTAMP", timestamp: start + 4 * hour },
  ] as const) {
    expect(refusal(() => listed(filter)).code).toBe("InvalidArgumentException");
  }
  expect(refusal(() => listed({ type: "ALL" } as never)).code).toBe("ValidationException");
});
