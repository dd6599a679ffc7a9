import { describe, expect, it } from "vitest";
import { world } from "./world.ts";

/** Two mappings of one function over one stream deliver every record twice, at the same time. */
function overlapping(more: Parameters<typeof world>[0] = {}) {
  const inEffect = new Set<string>();
  const overlaps: string[] = [];
  const its = world({
    timeoutMs: 30_000,
    ...more,
    consumer: { lease: true, marginMs: 2000, ...more.consumer },
    choose: (idle) => idle[0] ?? "new",
    async effect(item, context) {
      if (inEffect.size > 0) overlaps.push(item.id);
      inEffect.add(item.id);
      await more.effect?.(item, context);
      await its.clock.sleep(1000);
      inEffect.delete(item.id);
    },
  });
  const drainBoth = async () => {
    const [one, two] = [its.map(), its.map()];
    await one.drain();
    await two.drain();
    return [one, two];
  };
  return { ...its, overlaps, drainBoth };
}

describe("with a lease", () => {
  it("no two environments are in effect at once, and nothing repeats", async () => {
    const { put, drainBoth, overlaps, ids, environments } = overlapping({
      consumer: { concurrency: 1 },
    });
    put("a", "b", "c");
    await drainBoth();
    expect(environments.length).toBe(2);
    expect(overlaps).toEqual([]);
    expect(ids()).toEqual(["a", "b", "c"]);
  });

  it("without one, they may", async () => {
    const { put, drainBoth, overlaps } = overlapping({
      consumer: { lease: false, concurrency: 1 },
    });
    put("a", "b", "c");
    await drainBoth();
    expect(overlaps.length).toBeGreaterThan(0);
  });

  it("the claim stands in the log before the effects, and is ended by what was done", async () => {
    const { put, map, calls, entries } = overlapping();
    put("a");
    await map().drain();
    expect(calls.map(({ call }) => call)).toEqual(["read before Infinity", "lease", "done"]);
    expect(entries("lease")[0]!.until).toBe(entries("lease")[0]!.at + 30_000);
    expect(entries("done")[0]!.ends).toEqual([1]);
  });

  it("the loser waits inside its invocation, then gives back without an attempt", async () => {
    let isLong = true;
    const its = overlapping({
      effect: ({ id }) => (isLong && id === "a" ? its.clock.sleep(26_000) : undefined),
    });
    its.put("a");
    const [one, two] = [its.map(), its.map()];
    await its.clock.advance(29_500);
    isLong = false;
    const given = [...one.trace, ...two.trace].filter(({ outcome }) => outcome === "partial");
    await one.drain();
    await two.drain();
    expect(its.ids()).toEqual(["a"]);
    expect(its.effects[0]!.attempt).toBe(1);
    expect(its.events.length).toBeGreaterThanOrEqual(2);
    expect(given.length).toBeLessThanOrEqual(1);
    expect(its.overlaps).toEqual([]);
  });

  it("one that died holds its claim until its invocation must be over, and no longer", async () => {
    let died = false;
    const its = overlapping({
      timeoutMs: 10_000,
      effect: (_, { die }) => {
        if (died) return;
        died = true;
        return die();
      },
    });
    its.put("a");
    const begun = its.clock.now();
    await its.map().drain();
    expect(its.ids()).toEqual(["a"]);
    // The claim was watched for its length, 10 s; the skew of 5 min need not be waited for.
    expect(its.effects[0]!.at - begun).toBeGreaterThanOrEqual(10_000);
    expect(its.effects[0]!.at - begun).toBeLessThan(60_000);
    // It counts as an attempt.
    expect(its.effects[0]!.attempt).toBe(2);
  });

  it("a remaining time of 0 is a claim that is over at once, not one without end", async () => {
    const its = overlapping({ timeoutMs: 0 });
    its.put("a");
    const mapping = its.map();
    await its.clock.advance(5000);
    for (const { until, at } of its.entries("lease")) expect(until! - at).toBe(0);
    await mapping.close();
    expect(its.ids()).toEqual([]);
  });

  it("a claim is not taken for won when all that was appended is what could not be saved before", async () => {
    const its = overlapping({ consumer: { concurrency: 1 } });
    const { append } = its.progress;
    let refuses = true;
    its.progress.append = (log, entry, ...rest) =>
      refuses && entry.kind === "done"
        ? Promise.reject(new Error("refused"))
        : append(log, entry, ...rest);
    its.put("a");
    const one = its.map();
    await one.drain();
    refuses = false;
    its.put("b", "c");
    const two = its.map();
    await one.drain();
    await two.drain();
    expect(its.overlaps).toEqual([]);
    expect(new Set(its.ids())).toEqual(new Set(["a", "b", "c"]));
  });
});
