import { type Entry, kinesisConsumer } from "shardmill";
import { describe, expect, it } from "vitest";
import { decode, eventOf, world as handlerWorld } from "../consumer/world.ts";
import { recorded } from "./log-world.ts";
import { numbered, repeated, world } from "./world.ts";

describe("a batch is saved in slices", () => {
  it("of so many records, so that a crash repeats one slice at most", async () => {
    let died = false;
    const its = world({
      consumer: { commitEvery: { records: 4 }, concurrency: 1 },
      effect({ id }, { die }) {
        if (id !== "r9" || died) return;
        died = true;
        return die();
      },
    });
    its.put(...numbered(12));
    await its.map().drain();
    // r0 to r4 were in the log; what came after had happened, and its environment died over the next slice.
    expect(repeated(its.ids())).toEqual({ r5: 2, r6: 2, r7: 2, r8: 2 });
    expect(new Set(its.ids()).size).toBe(12);
  });

  it("of so many milliseconds", async () => {
    let died = false;
    const its = world({
      consumer: { commitEvery: { ms: 1000 }, concurrency: 1 },
      async effect({ id }, { die }) {
        await its.clock.sleep(400);
        if (id !== "r7" || died) return;
        died = true;
        await die();
      },
    });
    its.put(...numbered(10));
    await its.map().drain();
    expect(Object.keys(repeated(its.ids())).length).toBeLessThanOrEqual(3);
    expect(new Set(its.ids()).size).toBe(10);
  });

  it("before half of a short invocation is over, so that a long batch gets ahead without a margin, too", async () => {
    const its = world({
      consumer: { concurrency: 1, marginMs: 0 },
      timeoutMs: 3000,
      settings: { maximumRetryAttempts: 9 },
      effect: () => its.clock.sleep(800),
    });
    its.put(...numbered(8));
    await its.map().drain();
    expect(new Set(its.ids()).size).toBe(8);
    // The environment dies each time; what is saved by then is not repeated.
    expect(its.ids().length).toBeLessThan(16);
  });

  it("each of which names only effects that have happened", async () => {
    const its = world({
      consumer: { commitEvery: { records: 1 }, concurrency: 3 },
      effect: ({ id }) => its.clock.sleep(10 * (7 - Number(id.slice(1)))),
    });
    its.put(...numbered(6));
    const happened: number[] = [];
    const { append } = its.progress;
    its.progress.append = (log, entry, ...rest) => {
      named += (entry.names?.length ?? 0) / 16;
      happened.push(its.effects.length - named);
      return append(log, entry, ...rest);
    };
    let named = 0;
    await its.map().drain();
    expect(named).toBe(6);
    for (const ahead of happened) expect(ahead).toBeGreaterThanOrEqual(0);
  });
});

describe("an entry has 64 KB at most, and never more than DynamoDB takes,", () => {
  async function entriesOf(names: readonly string[], fails: boolean) {
    const { runtime, finish, context } = handlerWorld();
    const { progress, entries } = recorded();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      order: "none",
      commitEvery: { records: 1_000_000 },
      runtime: { ...runtime, write() {} },
      process() {
        if (fails) throw new Error("no");
      },
    });
    const event = eventOf(names, { aggregate: 500 });
    await finish(handler(event, context()));
    await finish(handler(event, context()));
    return entries;
  }
  const sizeOf = (entry: Entry) => {
    const size = (value: unknown): number => {
      if (value instanceof Uint8Array) return value.length;
      if (typeof value === "string") return value.length;
      if (typeof value === "number") return 8;
      if (Array.isArray(value)) return value.reduce((sum, each) => sum + 1 + size(each), 3);
      if (value && typeof value === "object") return size(Object.values(value));
      return 1;
    };
    return size(Object.values(entry));
  };

  it("when 10,000 records are done", async () => {
    const entries = await entriesOf(numbered(10_000), false);
    expect(entries.reduce((sum, { names }) => sum + names!.length / 16, 0)).toBe(10_000);
    expect(entries.length).toBe(3);
    for (const entry of entries) expect(sizeOf(entry)).toBeLessThanOrEqual(64 * 1024);
  });

  it("when 3,000 records with long keys have failed: their attempts are kept", async () => {
    const names = numbered(3000).map((name) => `${name}@${"k".repeat(200)}${name}`);
    const entries = await entriesOf(names, true);
    const attempts = entries.flatMap(({ open }) => open ?? []).map((open) => open.attempts);
    expect(attempts.filter((attempt) => attempt === 1)).toHaveLength(3000);
    expect(attempts.filter((attempt) => attempt === 2)).toHaveLength(3000);
    for (const entry of entries) expect(sizeOf(entry)).toBeLessThanOrEqual(128 * 1024);
    // Nor are they much smaller than that.
    expect(entries.length).toBeLessThan(110);
  });
});
