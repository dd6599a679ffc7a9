/** Parked records with equal ids that are redriven, where the window between them ends. */
import {
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
} from "shardmill";
import { expect, it } from "vitest";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { decode, eventOf, type Item, world } from "../consumer/world.ts";

const window = 600;

/**
 * Two records of one id that arrived so many seconds apart, both parked; then redriven together, or one
 * after the other. Resolves to their outcomes.
 */
async function redriven(seconds: number, isTogether: boolean) {
  const its = world();
  const park = memoryParking();
  const progress = memoryProgress();
  let isBroken = true;
  const ran: string[] = [];
  const handlerOf = (dedupeWindowInSeconds: number) => {
    const handler = kinesisConsumer({
      ...{ consumer: "c", decode, progress, park, metrics: false, runtime: its.runtime },
      uniqueId: ({ id }: Item) => id.slice(0, 1),
      dedupeWindowInSeconds,
      process({ id }: Item) {
        if (isBroken) throw new NonRetryableError("no");
        ran.push(id);
      },
    } as KinesisConsumerOptions<Item>);
    return (event: unknown) => its.finish(handler(event, its.context()));
  };
  // With no window between them each of them is parked by itself.
  const first = Date.UTC(2026, 0, 1);
  await handlerOf(0)(eventOf(["a1"], { arrival: first }));
  await handlerOf(0)(eventOf(["a2"], { arrival: first + seconds * 1000, from: 1 }));
  const parked = [...park.parked.values()];
  expect(parked).toHaveLength(2);
  isBroken = false;
  const deadline = its.clock.now() + 900_000;
  const outcomes: string[] = [];
  for (const records of isTogether ? [parked] : parked.map((one) => [one])) {
    const response = await handlerOf(window)(redriveEvent(records, { token: "t", deadline }));
    const { redriven } = response as typeof response & { redriven: RedriveResult[] };
    outcomes.push(...redriven.map(({ outcome }) => outcome));
  }
  return { outcomes, ran };
}

it.each([
  [1, "duplicate"],
  [window - 1, "duplicate"],
  [window, "duplicate"],
  [window + 1, "redriven"],
  [2 * window, "redriven"],
])("together, and %i s apart: the later one is %s", async (seconds, outcome) => {
  const { outcomes, ran } = await redriven(seconds, true);
  expect(outcomes).toEqual(["redriven", outcome]);
  expect(ran).toEqual(outcome === "duplicate" ? ["a1"] : ["a1", "a2"]);
});

it.each([
  [1, "duplicate"],
  [window, "duplicate"],
  [window + 1, "redriven"],
])("one after the other, and %i s apart: the later one is %s", async (seconds, outcome) => {
  const { outcomes, ran } = await redriven(seconds, false);
  expect(outcomes).toEqual(["redriven", outcome]);
  expect(ran).toEqual(outcome === "duplicate" ? ["a1"] : ["a1", "a2"]);
});
