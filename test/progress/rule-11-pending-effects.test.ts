import { memoryParking } from "shardmill";
import { describe, expect, it } from "vitest";
import { numbered, sorted, world } from "./world.ts";

describe("when time runs out", () => {
  it("lanes take no more records at the margin, and the signal fires", async () => {
    const aborted: number[] = [];
    const its = world({
      timeoutMs: 10_000,
      consumer: { concurrency: 2, marginMs: 2000 },
      async effect(_, { signal }) {
        signal.addEventListener("abort", () => aborted.push(its.clock.now()));
        await its.clock.sleep(2900);
      },
    });
    its.put(...numbered(12));
    const begun = its.clock.now();
    await its.map().drain();
    expect(its.environments).toHaveLength(1);
    expect(its.events.map(({ event }) => event.Records.length)).toEqual([12, 6]);
    expect(aborted[0]! - begun).toBe(8000);
    expect(sorted(its.ids())).toEqual(sorted(numbered(12)));
  });

  it("an effect that goes on is not waited for: what is settled is saved, and the environment ends", async () => {
    const park = memoryParking();
    let hangs = true;
    const its = world({
      timeoutMs: 10_000,
      consumer: { marginMs: 2000, park, maxAttempts: 5 },
      async effect({ id }) {
        if (id === "stuck" && hangs) await its.clock.sleep(9_500);
      },
    });
    its.put("a", "stuck", "b");
    const mapping = its.map();
    await its.clock.advance(9_100);
    hangs = false;
    expect(its.environments[0]!.dead).toBe(true);
    const [entry] = its.entries("done");
    // Half way between the margin and the timeout.
    expect(entry!.at - Date.UTC(2026, 0, 1)).toBeGreaterThanOrEqual(9000);
    expect(entry!.names!.length / 16).toBe(2);
    expect(entry!.open).toMatchObject([{ attempts: 1, hung: true }]);
    await mapping.drain();
    expect(its.ids()).toEqual(["a", "b", "stuck"]);
    expect(its.effects[2]).toMatchObject({ in: 1, attempt: 2 });
  });

  it("again and again, over the same record, it is parked unrun at maxAttempts, and not before parkAfter", async () => {
    const runs: number[] = [];
    const park = memoryParking();
    const its = world({
      timeoutMs: 10_000,
      consumer: { marginMs: 2000, park, maxAttempts: 2, parkAfterInSeconds: 60 },
      async effect({ id }) {
        if (id !== "stuck") return;
        runs.push(its.clock.now());
        await its.clock.sleep(1e9);
      },
    });
    its.put("a", "stuck", "b@stuck");
    await its.map().drain();
    const [parked] = [...park.parked.values()];
    expect(parked!.error.message).toContain("until the end of its invocation");
    expect(runs.length).toBeGreaterThan(2);
    expect(parked!.parkedAt - parked!.firstFailedAt).toBeGreaterThanOrEqual(60_000);
    expect(its.ids()).toEqual(["a", "b"]);
  });

  it("in a call of processBatch, its records run alone the next time, and only the one to blame is parked", async () => {
    const park = memoryParking();
    const calls: string[][] = [];
    const its = world({
      timeoutMs: 10_000,
      consumer: {
        marginMs: 2000,
        park,
        maxAttempts: 1,
        async processBatch(records) {
          calls.push(records.map(({ value }) => value.id));
          if (records.some(({ value }) => value.id === "r2")) await its.clock.sleep(1e9);
          its.done(records);
        },
      },
    });
    its.put(...numbered(5));
    await its.map().drain();
    expect(calls.slice(0, 4)).toEqual([numbered(5), ["r0"], ["r1"], ["r2"]]);
    expect([...park.parked.values()].map(({ partitionKey }) => partitionKey)).toEqual(["r2"]);
    expect(sorted(its.ids())).toEqual(["r0", "r1", "r3", "r4"]);
  });

  it("which throws when no time is left to halve it, its records run alone the next time, and only the one to blame has failed", async () => {
    const park = memoryParking();
    const calls: string[][] = [];
    const its = world({
      timeoutMs: 10_000,
      consumer: {
        marginMs: 2000,
        park,
        maxAttempts: 2,
        async processBatch(records) {
          calls.push(records.map(({ value, attempt }) => `${value.id} #${attempt}`));
          if (records.some(({ value }) => value.id === "r2")) {
            await its.clock.sleep(8500);
            throw new Error("too slow");
          }
          its.done(records);
        },
      },
    });
    its.put(...numbered(5));
    await its.map().drain();
    expect(calls.slice(1, 5)).toEqual([["r0 #1"], ["r1 #1"], ["r2 #1"], ["r2 #2"]]);
    expect([...park.parked.values()]).toMatchObject([{ partitionKey: "r2", attempts: 2 }]);
    expect(sorted(its.ids())).toEqual(["r0", "r1", "r3", "r4"]);
  });
});
