/** A number that is none, or none of its range, is refused with a sentence: some had no end, others a result that nobody would expect. */
import { kinesisConsumer } from "shardmill";
import { firehoseEvent, kinesisEvent, testConsumer } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const none: readonly unknown[] = [-1, Number.NaN, "2", null];
const noCount: readonly unknown[] = [...none, 1.5, Number.POSITIVE_INFINITY];
const handler = kinesisConsumer({ consumer: "c", process() {}, metrics: false });

const refused = (option: string) =>
  new RegExp(`^${option}.* must be a (whole )?number from [-\\d.]+( to \\d+)?; it is .+\\.$`);

describe.each<[string, (value: any) => unknown, readonly unknown[]]>([
  ["kinesisEvent: from", (from) => kinesisEvent([1], { from }), noCount],
  ["kinesisEvent: aggregate", (aggregate) => kinesisEvent([1, 2], { aggregate }), noCount],
  ["kinesisEvent: arrival", (arrival) => kinesisEvent([1], { arrival }), [...none, 1e17]],
  ["firehoseEvent: arrival", (arrival) => firehoseEvent([1], { arrival }), [...none, 1e17]],
  ["virtualClock: start", (start) => virtualClock({ start }), [Number.NaN, new Date("no"), 1e17]],
  ["virtualClock: patience", (patience) => virtualClock({ patience }), none],
])("%s", (option, make, values) => {
  it.each(values.map((value) => [value]))("may not be %s", (value) => {
    expect(() => make(value)).toThrow(refused(option));
  });
});

describe.each<[string, readonly unknown[]]>([
  ["shards", noCount],
  ["timeout", [...none, 0, 901]],
  ["seed", noCount.filter((value) => value !== -1)],
])("testConsumer: %s", (option, values) => {
  it.each(values.map((value) => [value]))("may not be %s", async (value) => {
    const made = testConsumer(handler, { [option]: value });
    await expect(made).rejects.toThrow(refused(`testConsumer: ${option}`));
  });
});

it.each([-1, 0.5, Number.NaN])("put takes no aggregates of %d", async (aggregate) => {
  const t = await testConsumer(handler);
  await expect(t.put([1, 2], { aggregate })).rejects.toThrow(refused("put: aggregate"));
  await t.close();
});

it("what is of its range is taken, and so is what is left out", async () => {
  expect(kinesisEvent([1, 2, 3], { from: 7, aggregate: 2, arrival: 0.5 }).Records).toHaveLength(2);
  expect(virtualClock({ start: new Date(5), patience: Number.POSITIVE_INFINITY }).now()).toBe(5);
  const t = await testConsumer(handler, { shards: 2, timeout: 0.5, seed: 0 });
  await t.close();
});
