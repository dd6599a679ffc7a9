import { expect, it } from "vitest";
import { world } from "./world.ts";

const minute = 60_000;

it.each([
  ["in one environment", false],
  ["in a new one each time", true],
])("a shard that was blocked for 90 minutes has not forgotten, %s", async (_, isCold) => {
  let isBlocked = true;
  const its = world({
    consumer: { uniqueId: ({ id }) => id, dedupeWindowInSeconds: 600 },
    settings: { batchSize: 2 },
    choose: () => (isCold ? "new" : undefined),
    effect({ key }) {
      if (isBlocked && key === "blocked") throw new Error("no");
    },
  });
  its.put("a", "x@blocked");
  const mapping = its.map();
  await its.clock.advance(5 * minute);
  // The retry of a producer, five minutes after the first; it waits behind what is blocked.
  its.put("a", "b");
  await its.clock.advance(90 * minute);
  expect(its.ids()).toEqual(["a"]);
  isBlocked = false;
  await mapping.drain();
  expect(its.ids()).toEqual(["a", "x", "b"]);
});

it("a duplicate is told by the times at which the two arrived, not by when they are processed", async () => {
  const its = world({ consumer: { uniqueId: ({ id }) => id, dedupeWindowInSeconds: 600 } });
  its.put("a");
  await its.clock.advance(11 * minute);
  its.put("a");
  // Both in one batch, eleven minutes apart in arrival.
  await its.map().drain();
  expect(its.ids()).toEqual(["a", "a"]);
  await its.clock.advance(5 * minute);
  its.put("a");
  its.forgetWarm();
  await its.map().drain();
  expect(its.ids()).toEqual(["a", "a"]);
});
