import { describe, expect, it } from "vitest";
import { world } from "./world.ts";

describe("attempts are a position's own,", () => {
  it("through bisects, suffixes and other environments: 1, 2, 3… without a gap", async () => {
    const attempts: Record<string, number[]> = {};
    const its = world({
      settings: { bisectBatchOnFunctionError: true },
      choose: (_, event) => (event.Records.length % 2 ? "new" : undefined),
      effect({ id }, { attempt }) {
        attempts[id] = [...(attempts[id] ?? []), attempt];
        if (attempt < { r2: 4, r5: 6 }[id]!) throw new Error("no");
      },
    });
    its.put("r0", "r1", "r2", "r3", "r4", "r5", "r6");
    await its.map().drain();
    expect(attempts).toEqual({
      r0: [1],
      r1: [1],
      r2: [1, 2, 3, 4],
      r3: [1],
      r4: [1],
      r5: [1, 2, 3, 4, 5, 6],
      r6: [1],
    });
  });

  it("and merged by maximum, where two environments count at once", async () => {
    const its = world({
      settings: { parallelizationFactor: 2 },
      consumer: { parallelizationFactor: 2 },
      choose: () => "new",
      async effect({ id }, { attempt }) {
        await its.clock.sleep(10);
        if (attempt < 4) throw new Error(`no ${id}`);
      },
    });
    its.put("a@1", "b@2", "c@3", "d@4");
    await its.map().drain();
    expect(its.effects.map(({ attempt }) => attempt)).toEqual([4, 4, 4, 4]);
  });
});
