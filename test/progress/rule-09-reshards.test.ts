import { memoryProgress } from "shardmill";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { parentsOf } from "../../src/progress/parent-shards.ts";
import { recall } from "../../src/progress/recall.ts";
import { ask, at, draftOf, emptyLog, entryOf, ledgerOf, source, t0 } from "./log-world.ts";
import { world } from "./world.ts";

const ids = { uniqueId: ({ id }: { id: string }) => id };
const minute = 60_000;

describe.each<[string, boolean]>([
  ["in one warm environment", false],
  ["in a new environment each time", true],
])("%s, a duplicate of a record", (_, isCold) => {
  const start = () =>
    world({ consumer: ids, shards: 2, choose: () => (isCold ? "new" : undefined) });

  it("from before a split is found in the parent's log", async () => {
    const its = start();
    const mapping = its.map();
    its.put("a@1", "b@2", "c@3");
    await mapping.drain();
    for (const { shardId } of its.openShards()) its.split(shardId);
    await its.clock.advance(minute);
    its.put("a@1", "b@2", "c@3", "d@4");
    await mapping.drain();
    expect([...its.ids()].sort()).toEqual(["a", "b", "c", "d"]);
  });

  it("from before a merge is found, in whichever parent it was", async () => {
    const its = start();
    const mapping = its.map();
    const names = Array.from({ length: 12 }, (_, place) => `r${place}@${place}`);
    const shards = its.put(...names).map(({ shardId }) => shardId);
    expect(new Set(shards).size).toBe(2);
    await mapping.drain();
    const [one, two] = its.openShards();
    its.merge(one!.shardId, two!.shardId);
    its.put(...names);
    await mapping.drain();
    expect(new Set(its.ids()).size).toBe(12);
    expect(its.ids()).toHaveLength(12);
  });

  it("from two reshards ago is found in a grandparent's log", async () => {
    const its = start();
    const mapping = its.map();
    its.put("a@1", "b@2", "c@3");
    await mapping.drain();
    for (const { shardId } of its.openShards()) its.split(shardId);
    await its.clock.advance(minute);
    const [one, two] = its
      .openShards()
      .sort((a, b) =>
        BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
      );
    its.merge(one!.shardId, two!.shardId);
    for (const { shardId } of its.openShards()) its.split(shardId);
    await its.clock.advance(minute);
    its.put("a@1", "b@2", "c@3", "x@4");
    await mapping.drain();
    expect([...its.ids()].sort()).toEqual(["a", "b", "c", "x"]);
  });

  it("from before the window is another record, as ever", async () => {
    const its = start();
    const mapping = its.map();
    its.put("a@1");
    await mapping.drain();
    for (const { shardId } of its.openShards()) its.split(shardId);
    await its.clock.advance(16 * minute);
    its.put("a@1");
    await mapping.drain();
    expect(its.ids()).toEqual(["a", "a"]);
  });
});

it("the first entry of a child's log names the parents, and so does every fold", async () => {
  const its = world({ consumer: ids, settings: { batchSize: 1 } });
  const mapping = its.map();
  its.put("a");
  await mapping.drain();
  const parent = its.logs()[0]!;
  its.split(its.openShards()[0]!.shardId);
  its.put(...Array.from({ length: 300 }, (_, place) => `r${place}@k`));
  await mapping.drain();
  const child = its.logs().find((name) => name !== parent)!;
  const { entries } = await its.progress.readAfter(child, 0);
  expect(entries[0]!.parents).toEqual([parent]);
  expect(entries[1]!.parents).toBeUndefined();
  const folds = entries.filter(({ kind }) => kind === "fold");
  expect(folds).toMatchObject([{ parents: [parent] }]);
});

it("a child's cold load past its first entry asks again who its parents are", async () => {
  const store = memoryProgress();
  const parent = "c#us-east-1:123456789012:orders#7#shardId-000000000007";
  let asked = 0;
  const askParents = async (_: string, shardId: string) => {
    if (shardId !== source.shardId) return [];
    asked++;
    return [{ shardId: "shardId-000000000007", createdAt: 7 }];
  };
  await store.append(parent, entryOf(1, draftOf([{ name: "a", place: 1, second: 0 }]), 0), 0);
  // The first entry has expired, or lies beyond what is read.
  for (const n of [1, 2]) {
    const draft = draftOf([{ name: `b${n}`, place: 10 + n, second: 10 }]);
    await store.append("c#orders#0", entryOf(n, draft, 10), 0);
  }
  const access = ledgerOf(store, { parentsOf: askParents });
  const log = await recall(emptyLog(), { ...source, hasIds: true }, t0 + 10, access);
  expect(asked).toBe(1);
  expect(ask(log, { name: "a", place: 99, second: 20 })).toBe("duplicate");
});

it("an earlier record of another lane is answered from as far back in the parents", async () => {
  const store = memoryProgress();
  const parent = "c#us-east-1:123456789012:orders#0#shardId-000000000007";
  for (let n = 1; n <= 20; n++) {
    const draft = draftOf([{ name: `p${n}`, place: n, second: n * 100 }]);
    await store.append(parent, entryOf(n, draft, n * 100), 0);
  }
  const access = ledgerOf(store, {
    windowInSeconds: 100,
    parentsOf: async (_, shardId) =>
      shardId === source.shardId ? [{ shardId: "shardId-000000000007", createdAt: 0 }] : [],
  });
  const where = { ...source, hasIds: true };
  const log = await recall(emptyLog(), where, t0 + 2100, access);
  expect(ask(log, { name: "p10", place: 99, second: 1050 }, 100)).toBe("none");
  const deeper = await recall(log, where, t0 + 1050, access);
  expect(ask(deeper, { name: "p10", place: 99, second: 1050 }, 100)).toBe("duplicate");
});

describe("in a warm environment", () => {
  const [parent, grandparent] = [7, 8].map(
    (shard) => `c#us-east-1:123456789012:orders#0#shardId-${shard}`,
  ) as [string, string];
  const named = (name: string, place: number) => draftOf([{ name, place, second: place }]);

  /**
   * A log that is past place 20, whose parent's and grandparent's names are in memory, and what is read of it from now on. Of the log
   * `expired` there are entries that were deleted before they were read.
   */
  async function warm({ lateIn = parent, expired = "" } = {}) {
    const store = memoryProgress();
    await store.append(parent, entryOf(1, named("early", 1), 1), 0);
    await store.append(grandparent, entryOf(1, named("first", 0), 0), 0);
    await store.append("c#orders#0", { ...entryOf(1, named("own", 20), 20), through: at(20) }, 0);
    const reads: string[] = [];
    const counted = {
      ...store,
      async readAfter(log: string, n: number) {
        reads.push(log);
        const { entries, more } = await store.readAfter(log, n);
        return { entries: log === expired ? entries.slice(1) : entries, more };
      },
    };
    const parents: Record<string, string> = { [source.shardId]: "7", "shardId-7": "8" };
    const access = ledgerOf(counted, {
      parentsOf: async (_, shardId) => {
        const above = parents[shardId];
        return above ? [{ shardId: `shardId-${above}`, createdAt: 0 }] : [];
      },
    });
    const log = await recall(emptyLog(), { ...source, hasIds: true }, t0 + 20, access);
    for (const [n, name] of ["later", "late"].entries())
      await store.append(lateIn, entryOf(2 + n, named(name, 2 + n), 30), 0);
    reads.length = 0;
    const next = (first: number) =>
      recall(log, { ...source, hasIds: true, first: at(first) }, t0 + 20, access);
    return { log, next, reads };
  }

  it.each([
    ["the parent's log has", parent, ""],
    ["the grandparent's log has", grandparent, ""],
    ["the parent's log has behind what has expired", parent, parent],
    ["the grandparent's log has behind what has expired", grandparent, grandparent],
  ])(
    "what comes again from the stream's beginning is told from what %s got meanwhile",
    async (_, lateIn, expired) => {
      const { log, next } = await warm({ lateIn, expired });
      const then = await next(10);
      for (const name of ["late", "early", "first"])
        expect(ask(then, { name, place: 10, second: 10 })).toBe("duplicate");
      expect(then === log).toBe(expired === "");
    },
  );

  it("a batch that begins where the log has come to is one that comes again, too", async () => {
    const { next } = await warm();
    expect(ask(await next(20), { name: "late", place: 20, second: 10 })).toBe("duplicate");
  });

  it("what comes for the first time costs no read of the parents' logs", async () => {
    const { next, reads } = await warm();
    await next(21);
    expect(reads).toEqual(["c#orders#0"]);
  });
});

it("pruning keeps of the parents' names what the window needs, and forgets the rest", () => {
  const [old, recent] = [
    { name: "a", place: 1, second: 0 },
    { name: "b", place: 2, second: 500 },
  ];
  const [parent, child] = [emptyLog(), emptyLog()];
  parent.merge(entryOf(1, draftOf([old, recent]), 500));
  parent.coveredFrom = 0;
  child.ancestors = [parent];
  child.coveredFrom = 0;
  child.prune(t0 + 100);
  expect(ask(child, { ...recent, place: 9 })).toBe("duplicate");
  expect(ask(child, { ...old, place: 9 })).toBe("none");
});

it("when memory runs short, a duplicate from before a reshard is found all the same", async () => {
  const its = world({ consumer: { ...ids, maxMemoryBytes: 1000 } });
  const mapping = its.map();
  its.put("a@1");
  await mapping.drain();
  its.split(its.openShards()[0]!.shardId);
  its.put("b@1");
  await mapping.drain();
  its.put("a@1", "c@1");
  await mapping.drain();
  expect(its.ids()).toEqual(["a", "b", "c"]);
});

describe("if the parents cannot be asked for,", () => {
  const refused = new Error("User is not authorized to perform: kinesis:ListShards");

  it("the batch fails, with no effect, and goes on when they can", async () => {
    const its = world({
      consumer: { ...ids, progress: memoryProgress({ parentsOf: () => answer() }) },
    });
    let answer: () => Promise<[]> = () => Promise.reject(refused);
    its.put("a");
    const mapping = its.map();
    await its.clock.advance(minute);
    expect(mapping.trace.length).toBeGreaterThan(1);
    expect(mapping.trace[0]!.error).toBe(refused);
    expect(its.ids()).toEqual([]);
    expect(its.entries()).toEqual([]);
    answer = async () => [];
    await mapping.drain();
    expect(its.ids()).toEqual(["a"]);
  });

  it("what was answered is not asked for again, so that refusals now and then do not hold up a shard of many generations", async () => {
    let asked = 0;
    const its: ReturnType<typeof world> = world({
      consumer: {
        ...ids,
        progress: memoryProgress({
          async parentsOf(stream, shardId) {
            // Every second question is refused.
            if (asked++ % 2 === 0) throw refused;
            return its.parentsOf(stream, shardId);
          },
        }),
      },
    });
    for (let generation = 0; generation < 4; generation++) {
      const [shard] = its.openShards();
      its.split(shard!.shardId);
      const [one, two] = its.openShards();
      its.merge(one!.shardId, two!.shardId);
    }
    its.put("a");
    await its.map().drain();
    expect(its.ids()).toEqual(["a"]);
  });

  it("the error names the permission that is missing", async () => {
    asKinesis("http://127.0.0.1:9");
    const arn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
    await expect(parentsOf(arn, "shardId-000000000001")).rejects.toThrow(
      `needs kinesis:ListShards on ${arn}`,
    );
  });
});

/** What the SDK asks, for the rest of the test. */
function asKinesis(endpoint: string): void {
  onTestFinished(() => void vi.unstubAllEnvs());
  const variables = {
    AWS_ENDPOINT_URL_KINESIS: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_MAX_ATTEMPTS: "1",
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

it("Kinesis tells a shard's parents: none, the one that was split, or both that were merged", async () => {
  const its = world();
  const { close, endpoint } = await createKinesisServer({ kinesis: its.kinesis });
  onTestFinished(close);
  asKinesis(endpoint);
  const [root] = its.openShards();
  its.split(root!.shardId);
  const [one, two] = its.openShards();
  its.merge(one!.shardId, two!.shardId);
  const [merged] = its.openShards();
  const { arn } = its.kinesis.describeStream({ stream: "orders" });
  expect(await parentsOf(arn, root!.shardId)).toEqual([]);
  for (const { shardId } of [one!, two!, merged!])
    expect(await parentsOf(arn, shardId)).toEqual(await its.parentsOf(arn, shardId));
  expect(await parentsOf(arn, merged!.shardId)).toHaveLength(2);
  const unknown: Error = await parentsOf(arn, "shardId-000000000099").catch((error) => error);
  expect(unknown.message).toContain(
    "The parents of shardId-000000000099 could not be asked for: ListShards does not know shardId-000000000099. The function's role needs",
  );
  expect(unknown.cause).toEqual(new Error("ListShards does not know shardId-000000000099."));
});
