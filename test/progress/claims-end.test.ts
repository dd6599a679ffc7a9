/** Claims of environments that died do not stay for ever. */
import { memoryParking } from "shardmill";
import { describe, expect, it } from "vitest";
import { numbered, world } from "./world.ts";

/** The claims in a log that no entry has ended. */
async function openClaims({ progress, logs }: ReturnType<typeof world>): Promise<number[]> {
  const { entries } = await progress.readAfter(logs()[0]!, 0);
  const ended = new Set(entries.flatMap(({ ends = [] }) => ends));
  return entries
    .filter(({ kind, n }) => (kind === "began" || kind === "lease") && !ended.has(n))
    .map(({ n }) => n);
}

describe("once all records that they speak of have come through,", () => {
  it.each([
    ["the killer was parked", 3, ["r5"], Number.POSITIVE_INFINITY],
    ["it killed but once", 10, ["r5"], 1],
  ])("nothing is claimed any more: %s", async (_, maxAttempts, killers, times) => {
    const deaths = new Map<string, number>();
    const its = world({
      consumer: { park: memoryParking(), maxAttempts },
      async effect({ id }, { die }) {
        const before = deaths.get(id) ?? 0;
        deaths.set(id, before + 1);
        if (killers.includes(id) && before < times) await die();
        await its.clock.sleep(5);
      },
    });
    its.put(...numbered(16));
    await its.clock.advance(120_000);
    await its.map().drain();
    expect(its.entries("began").length).toBeGreaterThan(1);
    expect(await openClaims(its)).toEqual([]);
  });

  it("later batches run side by side again, and are folded", async () => {
    let died = false;
    let [running, most] = [0, 0];
    const its = world({
      settings: { batchSize: 10 },
      consumer: { park: memoryParking(), maxAttempts: 5 },
      async effect({ id }, { die }) {
        if (id === "r3" && !died) {
          died = true;
          await die();
        }
        most = Math.max(most, ++running);
        await its.clock.sleep(5);
        running--;
      },
    });
    its.put(...numbered(10));
    await its.clock.advance(120_000);
    const mapping = its.map();
    await mapping.drain();
    [running, most] = [0, 0];
    for (let batch = 1; batch <= 300; batch++) {
      its.put(...numbered(10, 10 * batch));
      await mapping.drain();
    }
    expect(most).toBe(10);
    expect(its.entries("fold").length).toBeGreaterThan(0);
  });
});

describe("as long as one of them has not come through,", () => {
  it("the claims of those who died over it stay", async () => {
    const its = world({
      consumer: { park: memoryParking(), maxAttempts: 50, concurrency: 1 },
      async effect({ id }, { die }) {
        if (id === "r2") await die();
      },
    });
    its.put(...numbered(4));
    await its.clock.advance(120_000);
    its.map();
    await its.clock.advance(60_000);
    expect((await openClaims(its)).length).toBeGreaterThan(1);
    expect(new Set(its.ids())).toEqual(new Set(["r0", "r1"]));
  });

  it("a death is not forgotten where there was no time for the rest of them", async () => {
    const attempts: number[] = [];
    const its = world({
      timeoutMs: 3000,
      consumer: { park: memoryParking(), maxAttempts: 5 },
      async effect({ id }, { attempt, die, signal }) {
        if (id === "r12" && attempts.push(attempt) === 1) await die();
        await its.clock.sleep(400, signal);
      },
    });
    its.put(...numbered(16));
    await its.clock.advance(120_000);
    await its.map().drain();
    // More than one invocation passed before it had its second turn.
    expect(its.events.length).toBeGreaterThan(3);
    expect(attempts.slice(0, 2)).toEqual([1, 2]);
  });
});
