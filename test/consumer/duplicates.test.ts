import fc from "fast-check";
import { kinesisConsumer, memoryParking, memoryProgress, NonRetryableError } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, type Item, suffix, world } from "./world.ts";

interface Settings {
  readonly uniqueId?: (item: Item) => string | undefined;
  readonly dedupeWindowInSeconds?: number;
}

function dedupe({ uniqueId = ({ id }) => id, ...window }: Settings = {}) {
  const its = world();
  const done: string[] = [];
  const failing = new Set<string>();
  const progress = memoryProgress();
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      uniqueId,
      ...window,
      runtime: its.runtime,
      process({ id, key }) {
        if (failing.has(key)) throw new Error("no");
        done.push(`${id}@${key}`);
      },
    });
    return (event: unknown) => its.finish(handler(event));
  };
  return { ...its, start, invoke: start(), done, failing };
}

const minute = 60_000;
const arrival = Date.UTC(2026, 0, 1);

describe("a record with the unique id of one that is done", () => {
  it("is a duplicate, under another partition key as well", async () => {
    const { invoke, done, metrics } = dedupe();
    await invoke(eventOf(["a", "b"]));
    expect(await invoke(eventOf(["a@other", "c"], { from: 2 }))).toEqual(allDone);
    expect(done).toEqual(["a@a", "b@b", "c@c"]);
    expect(metrics()[1]).toMatchObject({ Processed: 1, Duplicates: 1, Redelivered: 0 });
  });

  it("is one in another environment as well", async () => {
    const { start, done } = dedupe();
    await start()(eventOf(["a"]));
    await start()(eventOf(["a"], { from: 1 }));
    expect(done).toEqual(["a@a"]);
  });

  it("is one inside an aggregate as well", async () => {
    const { invoke, done } = dedupe();
    await invoke(eventOf(["a", "b"], { aggregate: true }));
    await invoke(eventOf(["b", "c"], { aggregate: true, from: 1 }));
    expect(done).toEqual(["a@a", "b@b", "c@c"]);
  });

  it("is told from the same record that comes again", async () => {
    const { invoke, metrics } = dedupe();
    const [first, second] = [eventOf(["a"]), eventOf(["a"], { from: 1 })];
    for (const event of [first, second, first, second]) await invoke(event);
    expect(metrics()).toMatchObject([
      { Processed: 1, Redelivered: 0, Duplicates: 0 },
      { Processed: 0, Redelivered: 0, Duplicates: 1 },
      { Processed: 0, Redelivered: 1, Duplicates: 0 },
      { Processed: 0, Redelivered: 0, Duplicates: 1 },
    ]);
  });

  it("is one within the window of arrival times, whatever the clock says", async () => {
    const { invoke, done, clock } = dedupe({ dedupeWindowInSeconds: 600 });
    await invoke(eventOf(["a"], { arrival }));
    // The shard was blocked for hours; the records arrived ten minutes apart.
    await clock.advance(300 * minute);
    await invoke(eventOf(["a"], { from: 1, arrival: arrival + 10 * minute }));
    expect(done).toEqual(["a@a"]);
  });

  it("is another record beyond the window", async () => {
    const { invoke, start, done } = dedupe({ dedupeWindowInSeconds: 600 });
    await invoke(eventOf(["a"], { arrival }));
    await invoke(eventOf(["a"], { from: 1, arrival: arrival + 11 * minute }));
    // And from then on the later one counts.
    await start()(eventOf(["a"], { from: 2, arrival: arrival + 20 * minute }));
    expect(done).toEqual(["a@a", "a@a"]);
  });

  it("is remembered for 15 minutes by default", async () => {
    const { invoke, done } = dedupe();
    for (const [from, minutes] of [0, 14, 16].entries()) {
      await invoke(eventOf(["a"], { from, arrival: arrival + minutes * minute }));
    }
    expect(done).toHaveLength(2);
  });
});

describe("duplicates inside one batch", () => {
  it("are done with the first", async () => {
    const { invoke, done, metrics } = dedupe();
    expect(await invoke(eventOf(["a@1", "a@2", "b", "a@3"]))).toEqual(allDone);
    expect(done).toEqual(["a@1", "b@b"]);
    expect(metrics()).toMatchObject([{ Processed: 2, Duplicates: 2 }]);
  });

  it("are not done when the first fails", async () => {
    const { invoke, done, failing, metrics } = dedupe();
    const event = eventOf(["x", "a@1", "a@2", "b"]);
    failing.add("1");
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(done).toEqual(["x@x", "b@b"]);
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1, Duplicates: 0, GivenBack: 1 }]);
    failing.clear();
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(done).toEqual(["x@x", "b@b", "a@1"]);
  });

  it("are not done when the first stands behind a failure", async () => {
    const { invoke, done, failing } = dedupe();
    failing.add("1");
    const event = eventOf(["x@1", "a@1", "a@2"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(done).toEqual([]);
    failing.clear();
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual(["x@1", "a@1"]);
  });

  it("do not hold up what stands behind them in their lane", async () => {
    const { invoke, done, failing } = dedupe();
    failing.add("1");
    const event = eventOf(["a@1", "a@2", "b@2"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(done).toEqual(["b@2"]);
  });

  it("cannot wait for each other across two lanes", async () => {
    const { invoke, done } = dedupe();
    expect(await invoke(eventOf(["a@1", "b@2", "b@1", "a@2"]))).toEqual(allDone);
    expect(done).toEqual(["a@1", "b@2"]);
  });

  it("share the fate of a first that is parked", async () => {
    const { runtime, finish } = world();
    const park = memoryParking();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      uniqueId: ({ id }) => id,
      progress: memoryProgress(),
      park,
      runtime,
      process() {
        throw new NonRetryableError("never");
      },
    });
    expect(await finish(handler(eventOf(["a@1", "a@2"])))).toEqual(allDone);
    expect([...park.parked.values()]).toMatchObject([{ partitionKey: "1", uniqueId: "a" }]);
  });

  it("are other records beyond the window", async () => {
    const { invoke, done } = dedupe({ dedupeWindowInSeconds: 1 });
    const event = eventOf(["a@1", "a@2", "a@3"]) as any;
    event.Records[1].kinesis.approximateArrivalTimestamp += 1;
    event.Records[2].kinesis.approximateArrivalTimestamp += 2;
    await invoke(event);
    expect(done).toEqual(["a@1", "a@3"]);
  });
});

describe("what uniqueId returns", () => {
  it.each([undefined, ""])("%o: the record is never a duplicate", async (id) => {
    const { invoke, done, metrics } = dedupe({ uniqueId: () => id });
    const event = eventOf(["a@1", "a@2"]);
    await invoke(event);
    await invoke(eventOf(["a@1"], { from: 2 }));
    expect(done).toEqual(["a@1", "a@2", "a@1"]);
    // Redeliveries are recognised all the same.
    await invoke(event);
    expect(metrics()[2]).toMatchObject({ Processed: 0, Redelivered: 2 });
  });

  it.each<[string, unknown, RegExp]>([
    ["a number", 7, /number/],
    ["null", null, /null/],
    ["an object", { id: "a" }, /object/],
    ["false", false, /boolean/],
  ])("%s: the record fails, and it is said why", async (_, id, said) => {
    const { invoke, done, logs } = dedupe({
      uniqueId: ({ key }) => (key === "bad" ? (id as string) : key),
    });
    const event = eventOf(["a", "b@bad", "c"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(done).toEqual(["a@a", "c@c"]);
    expect(logs()[0]!.error.message).toMatch(/uniqueId must return a string or undefined/);
    expect(logs()[0]!.error.message).toMatch(said);
  });

  it("nothing, for it throws: the record fails, and none behind it in its lane runs", async () => {
    const { invoke, done, logs } = dedupe({
      uniqueId({ id }) {
        if (id === "b") throw new Error("has no id");
        return id;
      },
    });
    const event = eventOf(["a@k", "b@k", "c@k", "d"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(done).toEqual(["a@k", "d@d"]);
    expect(logs()[0]).toMatchObject({ attempt: 1, error: { message: "has no id" } });
  });

  it("an id that looks like a sequence number is not mistaken for one", async () => {
    const event = eventOf(["a@1", "a@2"]);
    const { sequenceNumber } = event.Records[0]!.kinesis;
    const { invoke, done } = dedupe({
      uniqueId: ({ key }) => (key === "2" ? sequenceNumber : undefined),
    });
    await invoke(event);
    expect(done).toEqual(["a@1", "a@2"]);
  });

  it("is part of the idempotency key, which duplicates share", async () => {
    const { runtime, finish } = world();
    const keys: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      uniqueId: ({ id }) => id,
      progress: memoryProgress(),
      runtime,
      process(_, __, { idempotencyKey }) {
        keys.push(idempotencyKey);
        throw new Error("no");
      },
    });
    await finish(handler(eventOf(["a"])));
    await finish(handler(eventOf(["a"], { from: 1, shardId: "shardId-000000000001" })));
    expect(keys).toEqual(["c/orders/id/a", "c/orders/id/a"]);
  });
});

it("in any batches, each id has one effect, and what failed is the answer", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.array(
          fc.record({
            id: fc.constantFrom(..."abcdef"),
            key: fc.constantFrom("1", "2", "3", "bad"),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        { minLength: 1, maxLength: 5 },
      ),
      fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
      async (batches, fresh) => {
        const { start, done, failing } = dedupe();
        let handler = start();
        let from = 0;
        for (const batch of batches) {
          const names = batch.map(({ id, key }) => `${id}@${key}`);
          let event = eventOf(names, { from });
          from += names.length;
          failing.add("bad");
          for (let delivery = 0; event.Records.length > 0; delivery++) {
            if (delivery === 2) failing.clear();
            if (fresh.pop()) handler = start();
            const [open] = (await handler(event)).batchItemFailures;
            const at = event.Records.findIndex(
              ({ kinesis }) => kinesis.sequenceNumber === open?.itemIdentifier,
            );
            expect(at >= 0 || open === undefined).toBe(true);
            event = suffix(event, at < 0 ? event.Records.length : at);
          }
        }
        const ids = done.map((name) => name[0]);
        expect(new Set(ids).size).toBe(ids.length);
        expect(new Set(ids)).toEqual(new Set(batches.flat().map(({ id }) => id)));
      },
    ),
    { numRuns: 100 },
  ));
