import {
  type Entry,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  type ProgressStore,
  progressStore,
} from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { draftOf, emptyLog, entryOf } from "./log-world.ts";
import { numbered, repeated, sorted, world } from "./world.ts";

const minute = 60_000;

/** Records of which some end the environment that runs them; the batch is late. */
async function run(
  names: readonly string[],
  killers: readonly string[],
  more: Partial<Parameters<typeof world>[0]> = {},
) {
  const park = memoryParking();
  const runs: Record<string, number> = {};
  const its = world({
    ...more,
    consumer: { park, maxAttempts: 3, ...more.consumer },
    async effect({ id }, context) {
      runs[id] = (runs[id] ?? 0) + 1;
      await more.effect?.({ id, key: id }, context);
      if (killers.includes(id)) await context.die();
      await its.clock.sleep(5);
    },
  });
  its.put(...names);
  await its.clock.advance(2 * minute);
  await its
    .map(
      more.settings
        ? { settings: { functionResponseTypes: ["ReportBatchItemFailures"], ...more.settings } }
        : {},
    )
    .drain();
  const parked = [...park.parked.values()].map(
    ({ data }) => JSON.parse(Buffer.from(data).toString()).id,
  );
  return { ...its, runs, parked };
}

describe("a record that kills its environment", () => {
  it.each([0, 5, 7, 15])(
    "as number %i of 16 is found alone, and parked unrun; all others are done",
    async (place) => {
      const names = numbered(16);
      const { ids, parked, environments, runs } = await run(names, [`r${place}`]);
      expect(parked).toEqual([`r${place}`]);
      expect(sorted(new Set(ids()) as unknown as string[])).toEqual(
        sorted(names.filter((name) => name !== `r${place}`)),
      );
      // log2 of the batch, and a few for the count.
      expect(environments.length).toBeLessThanOrEqual(9);
      expect(runs[`r${place}`]).toBeLessThanOrEqual(8);
    },
  );

  it("is found among others that do", async () => {
    const { parked, ids } = await run(numbered(12), ["r3", "r4", "r11"]);
    expect(sorted(parked)).toEqual(["r11", "r3", "r4"]);
    expect(new Set(ids()).size).toBe(9);
  });

  it("is not known before the batch is late, and then is counted from the first claim on", async () => {
    const park = memoryParking();
    const its = world({
      consumer: { park, maxAttempts: 2, suspectAfterInSeconds: 30 },
      effect: ({ id }, { die }) => (id === "bad" ? die() : undefined),
    });
    its.put("a", "bad", "b");
    await its.map().drain();
    expect([...park.parked.values()]).toHaveLength(1);
    const first = its.entries("began")[0]!;
    expect(first.at - Date.UTC(2026, 0, 1)).toBeGreaterThan(30_000);
    expect(sorted([...new Set(its.ids())])).toEqual(["a", "b"]);
  });

  it("kills on with parkAfter until that has passed", async () => {
    const { parked, runs, calls } = await run(["bad"], ["bad"], {
      consumer: { parkAfterInSeconds: 300 },
    });
    expect(parked).toEqual(["bad"]);
    const [first, last] = [
      calls.find(({ call }) => call === "began"),
      calls.findLast(({ call }) => call === "done"),
    ];
    expect(last!.entry!.at - first!.entry!.at).toBeGreaterThanOrEqual(300_000);
    expect(runs.bad).toBeGreaterThan(3);
  });

  it("however often it kills until then: its deaths become a number, and its first one is kept", async () => {
    const attempts: number[] = [];
    const { parked, runs, entries } = await run(["a", "k", "b"], ["k"], {
      consumer: { maxAttempts: 3, parkAfterInSeconds: 1800 },
      // Lambda tries again at once.
      timeoutMs: 15_000,
      effect: ({ id }, { attempt }) => void (id === "k" && attempts.push(attempt)),
    });
    expect(parked).toEqual(["k"]);
    expect(runs.k).toBeGreaterThan(20);
    // No attempt is counted twice, and none is forgotten.
    expect(attempts).toEqual(attempts.map((_, place) => attempts[0]! + place));
    const open = new Set<number>();
    let most = 0;
    for (const { n, kind, ends = [] } of entries()) {
      if (kind === "began") most = Math.max(most, open.add(n).size);
      for (const end of ends) open.delete(end);
    }
    expect(most).toBeLessThan(16);
  });

  it("is found by processBatch as well, one record at a time", async () => {
    const park = memoryParking();
    const its = world({
      consumer: {
        park,
        maxAttempts: 2,
        async processBatch(records) {
          await its.clock.sleep(1);
          if (records.some(({ value }) => value.id === "r5")) {
            for (const each of its.environments) if (each.busy) each.die("exit status 1");
            await its.clock.sleep(1e9);
          }
          its.done(records);
        },
      },
    });
    its.put(...numbered(9));
    await its.clock.advance(2 * minute);
    await its.map().drain();
    expect([...park.parked.values()]).toHaveLength(1);
    expect(sorted([...new Set(its.ids())])).toEqual(
      sorted(numbered(9).filter((name) => name !== "r5")),
    );
    expect(repeated(its.ids())).toEqual({});
  });
});

describe("a batch that is late", () => {
  it("says first that it begins, and ends that claim with what it did", async () => {
    const { calls, entries } = await run(numbered(4), []);
    expect(calls.map(({ call }) => call)).toEqual(["read before Infinity", "began", "done"]);
    expect(entries("done")[0]!.ends).toEqual([entries("began")[0]!.n]);
  });

  it("says nothing beforehand where nothing can be parked", async () => {
    const its = world();
    its.put("a");
    await its.clock.advance(2 * minute);
    await its.map().drain();
    expect(its.entries("began")).toEqual([]);
  });

  it("of a lane does not take the claims of other lanes, which are alive, for deaths", async () => {
    let failures = 0;
    const names = Array.from({ length: 60 }, (_, place) => `r${place}@k${place % 12}`);
    const { ids, parked, effects, entries } = await run(names, [], {
      settings: { parallelizationFactor: 6, batchSize: 10 },
      consumer: { parallelizationFactor: 6, maxAttempts: 2 },
      choose: (idle) => idle[0] ?? "new",
      async effect({ id }) {
        if (id === "r30" && failures++ === 0) throw new Error("once");
      },
    });
    expect(entries("began").length).toBeGreaterThan(6);
    expect(parked).toEqual([]);
    expect(repeated(ids())).toEqual({});
    expect(effects.find(({ id }) => id === "r30")!.attempt).toBe(2);
    for (const { attempt, id } of effects) if (id !== "r30") expect(attempt).toBe(1);
  });

  it("in lanes too finds the killer, and parks nothing else", async () => {
    const names = Array.from({ length: 40 }, (_, place) => `r${place}@k${place % 8}`);
    const { ids, parked } = await run(names, ["r17"], {
      settings: { parallelizationFactor: 4, batchSize: 8 },
      consumer: { parallelizationFactor: 4 },
      choose: (idle) => idle[0] ?? "new",
    });
    expect(parked).toEqual(["r17"]);
    expect(new Set(ids()).size).toBe(39);
  });
});

it("claims of one invocation are one death, also where it stood still beyond its end between them", async () => {
  const store = memoryProgress();
  let now = Date.UTC(2026, 0, 1) + minute;
  const timeoutAt = now + minute;
  const context = { getRemainingTimeInMillis: () => timeoutAt - now };
  const handlerOf = (progress: ProgressStore, process: () => unknown) =>
    kinesisConsumer({
      consumer: "departures",
      progress,
      park: memoryParking(),
      maxAttempts: 3,
      suspectAfterInSeconds: 0,
      metrics: false,
      runtime: {
        clock: { now: () => now, sleep: async () => {}, after: () => () => {} },
        write() {},
      },
      process,
    });
  const event = kinesisEvent(["a", "b"]);
  // The first environment dies, and leaves its claim.
  await new Promise<void>((died) => {
    const process = () => new Promise(() => died());
    void handlerOf(store, process)(event, context);
  });
  const claims: Entry[] = [];
  const late = progressStore({
    ...store,
    async append(log, entry, ...rest) {
      const appended = await store.append(log, entry, ...rest);
      if (entry.kind !== "began") return appended;
      if (claims.push(entry) > 1) return appended;
      now += 2 * minute;
      throw new Error("The reply came when it was too late.");
    },
  });
  await handlerOf(late, () => {})(event, context);
  expect(claims.length).toBeGreaterThan(1);
  expect(new Set(claims.map(({ until }) => until))).toEqual(new Set([timeoutAt]));
});

it("after a death the records before the killer are not repeated once they have come through", async () => {
  const { ids } = await run(numbered(16), ["r15"], { consumer: { concurrency: 1 } });
  // What was in flight with the killer may repeat, never what a slice has named.
  const counts = Object.values(repeated(ids()));
  for (const count of counts) expect(count).toBeLessThanOrEqual(6);
});

describe("an entry that only ends a claim", () => {
  it("is merged after entries with names, though it speaks of no position", () => {
    const log = emptyLog();
    const nothing = new Uint8Array();
    log.merge(entryOf(1, draftOf([{ name: "a", place: 1, second: 1 }]), 1));
    log.merge({ ...entryOf(2, draftOf([{ name: "b", place: 2, second: 1 }]), 1), kind: "began" });
    log.merge({
      ...entryOf(3, { kind: "done", names: nothing, arrivals: nothing, ends: [2] }, 1),
      first: undefined,
      last: undefined,
    });
    expect(log.n).toBe(3);
    expect(log.claims.size).toBe(0);
  });
});
