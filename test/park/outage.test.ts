/** Where most lanes fail, the world is broken and not the records: nothing is parked. */
import { kinesisConsumer, memoryParking, memoryProgress, type Order } from "shardmill";
import { describe, expect, it } from "vitest";
import { answerAt, decode, eventOf, world } from "../consumer/world.ts";

/** How many records are parked of a batch in which those of some keys fail. */
async function parkedOf(names: readonly string[], order: Order = "partitionKey") {
  const { runtime, finish } = world();
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    progress: memoryProgress(),
    park,
    ...{ order, maxAttempts: 1, metrics: false, runtime },
    process({ id }) {
      if (id.startsWith("bad")) throw new Error("no");
    },
  });
  await finish(handler(eventOf(names)));
  return [...park.parked.values()].length;
}

const lanes = (good: number, bad: number) => [
  ...Array.from({ length: bad }, (_, place) => `bad${place}`),
  ...Array.from({ length: good }, (_, place) => `good${place}`),
];

describe("of four lanes and more", () => {
  it.each([
    // [lanes that go well, lanes that fail, parked]
    [3, 1, 1],
    [2, 2, 2],
    [1, 3, 0],
    [0, 4, 0],
    [3, 3, 3],
    [3, 4, 0],
    [50, 50, 50],
    [49, 50, 0],
  ])("%i that go well and %i that fail: %i records are parked", async (good, bad, parked) => {
    expect(await parkedOf(lanes(good, bad))).toBe(parked);
    expect(await parkedOf(lanes(good, bad), "none")).toBe(parked);
  });

  it("a lane counts once, however many of its records failed, or went well", async () => {
    // Three lanes of four fail, with three records of twenty-three.
    const good = Array.from({ length: 20 }, (_, place) => `good${place}@k`);
    expect(await parkedOf(["bad0", "bad1", "bad2", ...good])).toBe(0);
    // Without lanes every record is one.
    expect(await parkedOf(["bad0", "bad1", "bad2", ...good], "none")).toBe(3);
  });
});

it("a lane that was not tried, for want of time, says nothing", async () => {
  const { clock, runtime, context, finish } = world();
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    progress: memoryProgress(),
    park,
    ...{ concurrency: 1, maxAttempts: 1, metrics: false, runtime },
    async process({ id }) {
      if (id.startsWith("bad")) throw new Error("no");
      await clock.sleep(57_500);
    },
  });
  // Three lanes of four fail; four others are not tried.
  const event = eventOf([...lanes(0, 3), "slow", ...lanes(4, 0)]);
  expect(await finish(handler(event, context()))).toEqual(answerAt(event, 0));
  expect(park.parked.size).toBe(0);
});

describe("of fewer lanes", () => {
  it.each([
    [0, 1],
    [0, 3],
    [1, 2],
  ])("%i that go well and %i that fail: what fails is parked", async (good, bad) => {
    expect(await parkedOf(lanes(good, bad))).toBe(bad);
  });
});
