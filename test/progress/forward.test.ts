/** The checkpoint of a log, as its entries tell it one after the other. */
import fc from "fast-check";
import type { Entry } from "shardmill";
import { describe, expect, it } from "vitest";
import { comparePositions } from "../../src/record/position.ts";
import { environments } from "./environments.ts";

/** Entries that stand further back than one before them. */
const backwards = (entries: readonly Entry[]) => {
  let furthest: Entry["through"];
  return entries.filter(({ through }) => {
    if (!through) return false;
    const isBehind = furthest !== undefined && comparePositions(through, furthest) < 0;
    if (!isBehind) furthest = through;
    return isBehind;
  });
};

describe("a checkpoint never moves back", () => {
  it("when what one environment could not save is saved long after another has gone on", async () => {
    const { start, wrong, entries } = environments();
    const [late, other] = [start(), start()];
    wrong.append = true;
    await late(["a"]);
    wrong.append = false;
    await other(["a", "b", "c", "d"]);
    // It has nothing to say of its own: what it carried goes alone.
    await late(["b", "c"], 1);
    expect(entries.length).toBeGreaterThan(1);
    expect(backwards(entries)).toEqual([]);
  });

  it("whoever writes last, and whatever could not be written", () => {
    const step = fc.record({
      environment: fc.nat(2),
      from: fc.nat(12),
      size: fc.integer({ min: 1, max: 5 }),
      isRefused: fc.boolean(),
      failing: fc.option(fc.nat(16), { freq: 4 }),
    });
    return fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 12 }), async (steps) => {
        const { start, wrong, entries, failing } = environments();
        const handlers = [start(), start(), start()];
        for (const { environment, from, size, isRefused, failing: which } of steps) {
          wrong.append = isRefused;
          failing.clear();
          if (which !== null) failing.add(`r${which}`);
          const names = Array.from({ length: size }, (_, place) => `r${from + place}`);
          await handlers[environment]!(names, from);
        }
        expect(backwards(entries)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
