import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Served, served } from "./served.ts";

const StreamName = "orders";
const space = 2n ** 128n;

interface Put {
  readonly value: string;
  readonly shard: string;
}

type Step =
  | { readonly put: number }
  | { readonly split: number; readonly at: number }
  | { readonly merge: number }
  | { readonly scale: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ put: fc.integer({ min: 1, max: 30 }) }) },
    fc.record({ split: fc.nat(), at: fc.double({ min: 0.1, max: 0.9, noNaN: true }) }),
    fc.record({ merge: fc.nat() }),
    fc.record({ scale: fc.double({ min: 0.5, max: 2, noNaN: true }) }),
  ),
  { maxLength: 12 },
);

test("whatever is split, merged and scaled, the open shards are the hash space, and every record is read once and in order", async () => {
  const api = await served();
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (ShardCount, taken) => {
      await api.call("CreateStream", { StreamName, ShardCount });
      const put: Put[] = [];
      for (const step of taken) {
        if ("put" in step) await putSome(api, step.put, put);
        else await reshard(api, step);
        expect(tiles(await openShards(api))).toBe(true);
      }
      const read = await drain(api);
      const inOrder = (shard: string) =>
        put.filter((one) => one.shard === shard).map(({ value }) => value);
      for (const [shard, values] of read) expect(values).toEqual(inOrder(shard));
      const all = [...read.values()].flat();
      expect(all.toSorted()).toEqual(put.map(({ value }) => value).toSorted());
      await api.call("DeleteStream", { StreamName });
    }),
    { numRuns: 60 },
  );
}, 60_000);

async function putSome(api: Served, count: number, put: Put[]): Promise<void> {
  const values = Array.from({ length: count }, (_, i) => `${put.length + i}`);
  const { Records } = await api.call("PutRecords", {
    StreamName,
    Records: values.map((value) => ({
      PartitionKey: value,
      Data: Buffer.from(value).toString("base64"),
    })),
  });
  values.forEach((value, i) => {
    put.push({ value, shard: Records[i].ShardId });
  });
}

interface OpenShard {
  readonly id: string;
  readonly start: bigint;
  readonly end: bigint;
}

async function openShards(api: Served): Promise<OpenShard[]> {
  const filter = { Type: "AT_LATEST" };
  const { Shards } = await api.call("ListShards", { StreamName, ShardFilter: filter });
  return Shards.map((shard: any) => ({
    id: shard.ShardId,
    start: BigInt(shard.HashKeyRange.StartingHashKey),
    end: BigInt(shard.HashKeyRange.EndingHashKey),
  })).sort((a: OpenShard, b: OpenShard) => (a.start < b.start ? -1 : 1));
}

function tiles(shards: OpenShard[]): boolean {
  const bounds = [-1n, ...shards.map(({ end }) => end)];
  return shards.every(({ start }, i) => start === bounds[i]! + 1n) && bounds.at(-1) === space - 1n;
}

/** Does what is possible; what the service refuses is left undone. */
async function reshard(api: Served, step: Exclude<Step, { put: number }>): Promise<void> {
  const open = await openShards(api);
  if ("split" in step) {
    const { id, start, end } = open[step.split % open.length]!;
    const width = ((end - start) * BigInt(Math.floor(step.at * 1000))) / 1000n;
    await api.call("SplitShard", {
      StreamName,
      ShardToSplit: id,
      NewStartingHashKey: String(start + width),
    });
  } else if ("merge" in step) {
    const first = step.merge % open.length;
    await api.call("MergeShards", {
      StreamName,
      ShardToMerge: open[first]!.id,
      AdjacentShardToMerge: (open[first + 1] ?? open[0]!).id,
    });
  } else {
    await api.call("UpdateShardCount", {
      StreamName,
      TargetShardCount: Math.max(1, Math.round(open.length * step.scale)),
      ScalingType: "UNIFORM_SCALING",
    });
  }
}

/** Reads every shard from its trim horizon, beginning with those of no parent, through children. */
async function drain(api: Served): Promise<Map<string, string[]>> {
  const { Shards } = await api.call("ListShards", { StreamName });
  const read = new Map<string, string[]>();
  const waiting = Shards.filter((one: any) => !one.ParentShardId).map((one: any) => one.ShardId);
  while (waiting.length > 0) {
    const shard = waiting.shift();
    if (read.has(shard)) continue;
    const values: string[] = [];
    read.set(shard, values);
    const from = { StreamName, ShardId: shard, ShardIteratorType: "TRIM_HORIZON" };
    let { ShardIterator } = await api.call("GetShardIterator", from);
    for (;;) {
      const page = await api.call("GetRecords", { ShardIterator, Limit: 7 });
      values.push(...page.Records.map((one: any) => Buffer.from(one.Data, "base64").toString()));
      for (const child of page.ChildShards ?? []) waiting.push(child.ShardId);
      ShardIterator = page.NextShardIterator;
      if (!ShardIterator || (page.Records.length === 0 && page.MillisBehindLatest === 0)) break;
    }
  }
  expect(new Set(read.keys())).toEqual(new Set(Shards.map((one: any) => one.ShardId)));
  return read;
}
