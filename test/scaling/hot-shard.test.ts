/** A hot shard in the simulator is split where half of its bytes lie, and merged again when it is quiet. */
import type { PolicyOptions } from "shardmill/scaling";
import { expect, it } from "vitest";
import { aggregate } from "../../src/kpl.ts";
import { filling } from "./cloud-watch.ts";
import { minuteMs, world } from "./world.ts";

async function hotWorld(
  put: (at: number) => readonly { partitionKey: string; data: Uint8Array }[],
  policy: PolicyOptions = {},
) {
  const its = await world({ shards: 4, ...policy });
  const { kinesis, tell, clock, environment } = its;
  kinesis.keep("flights", { shardLevelMetrics: ["IncomingBytes", "IncomingRecords"] });
  const handler = environment();
  const open = () => kinesis.listShards({ stream: "flights", filter: { type: "AT_LATEST" } });
  /** Each shard's load by its id; those that are not named have little. */
  const minutes = async (count: number, loads: Readonly<Record<string, number>>) => {
    const reports = [];
    for (let minute = 0; minute < count; minute++) {
      const at = Math.floor(clock.now() / minuteMs) * minuteMs;
      kinesis.putRecords({ stream: "flights", records: put(at) as never });
      const all = open().map(({ shardId }) => [shardId, loads[shardId] ?? 0.05] as const);
      for (const [shardId, load] of all) tell(at, filling(load), "flights", shardId);
      tell(at, filling(all.reduce((sum, [, load]) => sum + load, 0)));
      await clock.advance(minuteMs);
      reports.push(...(await handler({})));
    }
    return reports;
  };
  return { ...its, minutes, open };
}

const hot = "shardId-000000000001";
/** Keys whose hash is in the second of four shards. */
const keysThere = (count: number) => {
  const keys: string[] = [];
  for (let key = 0; keys.length < count; key++) {
    if (quarterOf(`key-${key}`) === 1) keys.push(`key-${key}`);
  }
  return keys;
};
const quarterOf = (key: string) => Number.parseInt(md5(key)[0]!, 16) >> 2;
const md5 = (text: string) =>
  process.getBuiltinModule("node:crypto").createHash("md5").update(text).digest("hex");

it("splits the shard that is full while the others are not, by the bytes of its records", async () => {
  const keys = keysThere(40);
  const { minutes, open, shards, lines } = await hotWorld(() =>
    keys.map((partitionKey) => ({ partitionKey, data: new Uint8Array(100) })),
  );
  const reports = await minutes(6, { [hot]: 0.95 });
  expect(reports.filter(({ kind }) => kind === "split")).toMatchObject([{ shards: 4, target: 5 }]);
  expect(lines.at(-2)).toContain("shardId-000000000001 is full, and the stream is not: split at");
  await minutes(2, {});
  expect(shards()).toBe(5);
  const children = open().filter(({ parentShardId }) => parentShardId === hot);
  const below = keys.filter(
    (key) => BigInt(`0x${md5(key)}`) <= BigInt(children[0]!.hashKeyRange.endingHashKey),
  );
  expect(below.length).toBe(20);
});

it("looks into aggregates: all have one partition key", async () => {
  const keys = keysThere(40);
  const { minutes, shards } = await hotWorld(() => {
    const { partitionKey, explicitHashKey, data } = aggregate(
      keys.map((key) => ({ partitionKey: key, data: new Uint8Array(100) })),
    );
    return [{ partitionKey, explicitHashKey, data } as never];
  });
  await minutes(8, { [hot]: 0.95 });
  expect(shards()).toBe(5);
});

it("splits nothing where one key is hot, and says so once", async () => {
  const [one, ...others] = keysThere(30);
  const { minutes, shards, lines } = await hotWorld(() => [
    { partitionKey: one!, data: new Uint8Array(10_000) },
    ...others.map((partitionKey) => ({ partitionKey, data: new Uint8Array(10) })),
  ]);
  await minutes(20, { [hot]: 0.95 });
  expect(shards()).toBe(4);
  expect(lines.filter((line) => /one key has 9\d % of its bytes/.test(line))).toHaveLength(1);
});

it("merges what a split has left, once both halves have been quiet", async () => {
  const keys = keysThere(40);
  const { minutes, shards, lines } = await hotWorld(() =>
    keys.map((partitionKey) => ({ partitionKey, data: new Uint8Array(100) })),
  );
  await minutes(8, { [hot]: 0.95 });
  expect(shards()).toBe(5);
  // The stream as a whole is not so quiet that it would be made smaller.
  const busy = {
    "shardId-000000000000": 0.9,
    "shardId-000000000002": 0.9,
    "shardId-000000000003": 0.9,
  };
  await minutes(45, busy);
  expect(shards()).toBe(4);
  expect(lines.some((line) => /scaled by a merge from 5 to 4 shards/.test(line))).toBe(true);
});

it("splits the busiest shard of a full stream whose operations are used up", async () => {
  const keys = Array.from({ length: 400 }, (_, key) => `key-${key}`);
  const { minutes, shards, lines } = await hotWorld(
    () => keys.map((partitionKey) => ({ partitionKey, data: new Uint8Array(100) })),
    { operationsPerDay: 1, reservedForUp: 0 },
  );
  const full = Object.fromEntries(
    Array.from({ length: 90 }, (_, id) => [`shardId-${String(id).padStart(12, "0")}`, 0.97]),
  );
  await minutes(6, full);
  expect(shards()).toBe(6);
  await minutes(6, full);
  expect(
    lines.some((line) => /the 1 operations of 24 hours are used up: split at/.test(line)),
  ).toBe(true);
});
