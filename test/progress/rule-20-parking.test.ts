import { memoryParking, memoryProgress, NonRetryableError, type Parking } from "shardmill";
import { describe, expect, it } from "vitest";
import { world } from "./world.ts";

const parkedIds = (park: ReturnType<typeof memoryParking>) =>
  [...park.parked.values()].map(({ data }) => JSON.parse(Buffer.from(data).toString()).id);

describe("parking", () => {
  it("comes first, then the log says so, then the item is confirmed", async () => {
    const trace: string[] = [];
    const store = memoryParking();
    const progress = memoryProgress();
    const park: Parking = {
      ...store,
      park(record) {
        trace.push("park");
        return store.park(record);
      },
      confirm(record) {
        trace.push("confirm");
        return store.confirm(record);
      },
    };
    const its = world({
      consumer: {
        park,
        progress: {
          ...progress,
          append(log, entry, ...rest) {
            trace.push(`log with ${entry.parked?.length} parked`);
            return progress.append(log, entry, ...rest);
          },
        },
      },
      effect({ id }) {
        if (id === "bad") throw new NonRetryableError("never");
      },
    });
    its.put("a", "bad", "b@bad");
    await its.map().drain();
    expect(trace).toEqual(["park", "log with 1 parked", "confirm"]);
    expect(its.ids()).toEqual(["a", "b"]);
  });

  it("while another item is confirmed is confirmed itself only when the log says so", async () => {
    const store = memoryParking();
    const confirming = Promise.withResolvers<void>();
    const saidAt = new Map<string, boolean>();
    const its = world({
      consumer: {
        commitEvery: { records: 1 },
        park: {
          ...store,
          async park(record) {
            if (record.partitionKey === "late") await confirming.promise;
            return store.park(record);
          },
          async confirm(record) {
            const said = its.entries("done").flatMap(({ parked }) => parked ?? []);
            const isSaid = said.some((at) => at.sequenceNumber === record.sequenceNumber);
            saidAt.set(record.partitionKey, isSaid);
            confirming.resolve();
            await its.clock.sleep(1000);
            return store.confirm(record);
          },
        },
      },
      async effect({ id }) {
        if (id === "bad") throw new NonRetryableError("never");
        await its.clock.sleep(1000);
      },
    });
    its.put("bad@first", "bad@late", "a@k", "b@k");
    await its.map().drain();
    expect([...saidAt]).toEqual([
      ["first", true],
      ["late", true],
    ]);
  });

  it("is done twice under one id where the environment died in between, and the item is one", async () => {
    const park = memoryParking();
    let died = false;
    const its = world({
      consumer: {
        park: {
          ...park,
          async park(record) {
            await park.park(record);
            if (died) return;
            died = true;
            its.environments[0]!.die("exit status 1");
          },
        },
      },
      effect() {
        throw new NonRetryableError("never");
      },
    });
    const [put] = its.put("bad");
    await its.map().drain();
    expect(its.environments).toHaveLength(2);
    expect([...park.parked.values()]).toMatchObject([{ confirmed: true, attempts: 1 }]);
    const [id] = [...park.parked.keys()];
    expect(id).toMatch(/^departures#us-east-1:123456789012:orders#\d+#shardId-000000000000#/);
    expect(id!.endsWith(`#${put!.sequenceNumber}`)).toBe(true);
  });

  it("waits for both: maxAttempts failures, and parkAfter since the first", async () => {
    const park = memoryParking();
    const failures: number[] = [];
    const its = world({
      consumer: { park, maxAttempts: 3, parkAfterInSeconds: 600 },
      choose: () => "new",
      effect({ id }) {
        if (id !== "bad") return;
        failures.push(its.clock.now());
        throw new Error("no");
      },
    });
    its.put("a", "bad");
    await its.map().drain();
    const [parked] = [...park.parked.values()];
    expect(parked!.parkedAt - failures[0]!).toBeGreaterThanOrEqual(600_000);
    expect(parked!.firstFailedAt).toBe(failures[0]);
    expect(parked!.attempts).toBe(failures.length);
    expect(failures.length).toBeGreaterThan(3);
  });

  it("does not happen while most lanes fail: that is an outage, and not poison", async () => {
    const park = memoryParking();
    let isOut = true;
    const its = world({
      consumer: { park, maxAttempts: 2 },
      effect({ id }) {
        if (isOut || id === "bad") throw new Error("no");
      },
    });
    its.put("a", "b", "bad", "c", "d", "e");
    const mapping = its.map();
    await its.clock.advance(60_000);
    expect(its.events.length).toBeGreaterThan(2);
    expect(park.parked.size).toBe(0);
    isOut = false;
    await mapping.drain();
    expect(parkedIds(park)).toEqual(["bad"]);
    expect([...its.ids()].sort()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("counts its id: a duplicate of what is parked shares its fate", async () => {
    const park = memoryParking();
    const its = world({
      consumer: { park, uniqueId: ({ id }) => id },
      choose: () => "new",
      effect() {
        throw new NonRetryableError("never");
      },
    });
    its.put("bad@1");
    const mapping = its.map();
    await mapping.drain();
    its.put("bad@2");
    await mapping.drain();
    expect(park.parked.size).toBe(1);
    expect(mapping.trace.map(({ outcome }) => outcome)).toEqual(["success", "success"]);
  });

  it("that the store refuses skips nothing", async () => {
    const park = memoryParking();
    let isFull = true;
    const its = world({
      consumer: {
        park: {
          ...park,
          park: (record) => (isFull ? Promise.reject(new Error("full")) : park.park(record)),
        },
      },
      effect({ id }) {
        if (id === "bad") throw new NonRetryableError("never");
      },
    });
    its.put("a", "bad", "b@bad");
    const mapping = its.map();
    await its.clock.advance(20_000);
    expect(its.ids()).toEqual(["a"]);
    isFull = false;
    await mapping.drain();
    expect(its.ids()).toEqual(["a", "b"]);
    expect(park.parked.size).toBe(1);
  });
});

describe('after a record is parked, with "parkKey"', () => {
  const poison = (isCold: boolean) => {
    const park = memoryParking();
    const its = world({
      settings: { batchSize: 3 },
      consumer: { park, afterPark: "parkKey" },
      choose: () => (isCold ? "new" : undefined),
      effect({ id }) {
        if (id.startsWith("bad")) throw new NonRetryableError("never");
      },
    });
    return { its, park };
  };

  it.each([
    ["warm", false],
    ["cold", true],
  ])(
    "later records of its key are parked unrun, in this batch and the next, %s",
    async (_, isCold) => {
      const { its, park } = poison(isCold);
      its.put("a@k", "bad@k", "b@k", "c@other", "d@k", "e@k", "f@other");
      await its.map().drain();
      expect(its.ids()).toEqual(["a", "c", "f"]);
      expect(parkedIds(park)).toEqual(["bad", "b", "d", "e"]);
    },
  );

  it("also where the newest entry is a fold, or the claim of one that died", async () => {
    const { its, park } = poison(true);
    its.put("bad@k");
    const mapping = its.map({
      settings: { batchSize: 1, functionResponseTypes: ["ReportBatchItemFailures"] },
    });
    await mapping.drain();
    its.put(...Array.from({ length: 255 }, (_, place) => `r${place}`));
    await mapping.drain();
    expect(its.entries().at(-1)!.kind).toBe("fold");
    its.put("late@k");
    await mapping.drain();
    expect(parkedIds(park)).toEqual(["bad", "late"]);

    let died = false;
    const second = memoryParking();
    const dying = world({
      consumer: { park: second, afterPark: "parkKey", suspectAfterInSeconds: 0, maxAttempts: 9 },
      choose: () => "new",
      async effect({ id }, { die }) {
        await dying.clock.sleep(10);
        if (id === "bad2") throw new NonRetryableError("never");
        if (id !== "killer" || died) return;
        died = true;
        await die();
      },
    });
    dying.put("bad2@k");
    const next = dying.map();
    await next.drain();
    // So long ago that a cold start reads the newest entry alone.
    await dying.clock.advance(3_600_000);
    dying.put("killer");
    await dying.clock.advance(2000);
    dying.put("later@k");
    await next.drain();
    expect(died).toBe(true);
    expect(parkedIds(second)).toEqual(["bad2", "later"]);
  });

  it.each(["split", "merge"])(
    "later records of its key are parked after a %s, too",
    async (how) => {
      const park = memoryParking();
      const its = world({
        shards: how === "split" ? 1 : 2,
        consumer: { park, afterPark: "parkKey" },
        choose: () => "new",
        effect({ id }) {
          if (id.startsWith("bad")) throw new NonRetryableError("never");
        },
      });
      its.put("bad@k", "a@other");
      const mapping = its.map();
      await mapping.drain();
      if (how === "split") its.split("shardId-000000000000");
      else its.merge("shardId-000000000000", "shardId-000000000001");
      await its.clock.advance(60_000);
      // So late that nobody reads the parents' logs for duplicates any more.
      await its.clock.advance(3_600_000);
      its.put("late@k", "b@other");
      await mapping.drain();
      for (const shard of its.openShards().slice(0, 1)) {
        if (how === "merge") continue;
        its.split(shard.shardId);
      }
      await its.clock.advance(60_000);
      its.put("later@k", "c@other");
      await mapping.drain();
      expect(its.ids()).toEqual(["a", "b", "c"]);
      expect(parkedIds(park)).toEqual(["bad", "late", "later"]);
    },
  );

  it("however long its shard is quiet: nothing that keeps the key expires", async () => {
    const park = memoryParking();
    const its = world({
      consumer: { park, afterPark: "parkKey" },
      choose: () => "new",
      effect({ id }) {
        if (id.startsWith("bad")) throw new NonRetryableError("never");
      },
    });
    its.put("bad@k");
    const mapping = its.map();
    await mapping.drain();
    // What TTL leaves of the log after that time: nothing, and numbers that begin anew.
    const { readBefore, readAfter, append } = memoryProgress();
    Object.assign(its.progress, { readBefore, readAfter, append });
    its.put("late@k");
    await mapping.drain();
    expect(its.ids()).toEqual([]);
    expect(park.parked.size).toBe(2);
  });

  it("keys that two lanes park at once are both remembered", async () => {
    const park = memoryParking();
    const its = world({
      settings: { parallelizationFactor: 10, batchSize: 5 },
      consumer: { park, afterPark: "parkKey", parallelizationFactor: 10 },
      choose: () => "new",
      async effect({ id }) {
        await its.clock.sleep(50);
        if (id.startsWith("bad")) throw new NonRetryableError("never");
      },
    });
    const keys = ["1", "2", "3", "4", "5", "6"];
    its.put(...keys.map((key) => `bad${key}@${key}`));
    const mapping = its.map();
    await mapping.drain();
    its.put(...keys.map((key) => `r${key}@${key}`));
    await mapping.drain();
    expect(its.ids()).toEqual([]);
    expect(park.parked.size).toBe(12);
  });
});
