/** Any life of a parked record, in every store: it is never lost, and since the last reset its effect happens once. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LivesWorld, livesWorld } from "./lives.ts";

/** What may happen. A step of a delivery is where its environment dies. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("deliver, and it fails", "deliver") },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      "deliver, it fails, and dies before it is parked",
      "deliver, it fails, and dies before the log is told",
      "deliver, it fails, and dies before it is confirmed",
    ),
  },
  { weight: 3, arbitrary: fc.constantFrom("redrive", "redrive, and it fails") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "redrive, and its answer is lost",
      "redrive, and a reset and a delivery that fails come between",
    ),
  },
  { weight: 2, arbitrary: fc.constant("reset") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("park it late", "confirm it late", "a quarter of an hour passes"),
  },
);

describe.each(["a table", "a bucket", "a queue", "a FIFO queue"] as const)("in %s", (store) => {
  let world: LivesWorld;
  beforeAll(async () => {
    world = await livesWorld(store);
  });
  afterAll(() => world.close());

  it("a record is neither lost nor repeated", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 9 }), async (steps) => {
        const life = await world.begin();
        for (const each of steps) await life.live(each);
        await life.end();
        // Without a reset: once. After one, it may have to happen once more.
        expect(life.effects()).toBeGreaterThanOrEqual(1);
        expect(Math.max(...life.effectsBetweenResets())).toBe(1);
        if (life.wasDeliveredSinceReset()) expect(life.effectsBetweenResets().at(-1)).toBe(1);
      }),
      { numRuns: 12 },
    );
  }, 60_000);
});
