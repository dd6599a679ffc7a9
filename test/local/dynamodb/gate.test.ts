import fc from "fast-check";
import { expect, test } from "vitest";
import { createGate } from "../../../packages/local/src/dynamodb/gate.ts";

test("whoever is alone is alone, nobody is forgotten, and nobody overtakes who must be alone", async () => {
  const visit = fc.record({ alone: fc.boolean(), ticks: fc.nat(3), fails: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(fc.array(visit, { maxLength: 12 }), async (visits) => {
      const gate = createGate();
      const inside = new Set<number>();
      const order: number[] = [];
      const work = (index: number) => async () => {
        order.push(index);
        inside.add(index);
        const { alone, ticks, fails } = visits[index]!;
        for (let tick = 0; tick <= ticks; tick++) {
          await null;
          const others = [...inside].filter((other) => other !== index);
          if (alone) expect(others).toEqual([]);
          expect(others.some((other) => visits[other]!.alone)).toBe(false);
        }
        inside.delete(index);
        if (fails) throw new Error("broken off");
      };
      const outcomes = await Promise.allSettled(
        visits.map(({ alone }, index) => (alone ? gate.alone : gate.shared)(work(index))),
      );
      expect(outcomes.map(({ status }) => status === "rejected")).toEqual(
        visits.map(({ fails }) => fails),
      );
      expect(order).toEqual(visits.map((_, index) => index));
    }),
  );
});
