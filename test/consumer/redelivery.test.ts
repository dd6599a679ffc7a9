import fc from "fast-check";
import { kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { describe, expect, it } from "vitest";
import {
  allDone,
  answerAt,
  decode,
  eventOf,
  type Item,
  sequenceNumberOf,
  suffix,
  world,
} from "./world.ts";

/** Environments of one function that share their memory; `failing` are the ids that fail now. */
function environments(progress: ProgressStore = memoryProgress()) {
  const its = world();
  const done: string[] = [];
  const attempts: string[] = [];
  const failing = new Set<string>();
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      process({ id }, _, { attempt }) {
        attempts.push(`${id} #${attempt}`);
        if (failing.has(id)) throw new Error("no");
        done.push(id);
      },
    });
    return (event: unknown) => its.finish(handler(event, its.context()));
  };
  return { ...its, done, attempts, failing, start };
}

const event = eventOf(["a", "b", "c", "d"]);
const part = (from: number, to: number) => ({ Records: event.Records.slice(from, to) });

describe("what is done is not done again", () => {
  it("when the whole batch comes again", async () => {
    const { start, done, metrics } = environments();
    const invoke = start();
    expect(await invoke(event)).toEqual(allDone);
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual(["a", "b", "c", "d"]);
    expect(metrics()).toMatchObject([
      { Processed: 4, Redelivered: 0 },
      { Processed: 0, Redelivered: 4 },
    ]);
  });

  it("when it comes to another environment", async () => {
    const { start, done } = environments();
    expect(await start()(event)).toEqual(allDone);
    expect(await start()(event)).toEqual(allDone);
    expect(done).toEqual(["a", "b", "c", "d"]);
  });

  it("when the batch comes from the first that failed on", async () => {
    const { start, done, failing } = environments();
    const invoke = start();
    failing.add("b");
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    failing.clear();
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(done).toEqual(["a", "c", "d", "b"]);
  });

  it("when the batch comes in halves, to other environments", async () => {
    const { start, done, failing } = environments();
    failing.add("c");
    expect(await start()(event)).toEqual(answerAt(event, 2));
    failing.clear();
    expect(await start()(part(0, 2))).toEqual(allDone);
    expect(await start()(part(2, 3))).toEqual(allDone);
    expect(await start()(part(3, 4))).toEqual(allDone);
    expect(done).toEqual(["a", "b", "d", "c"]);
  });

  it("when it comes between records that are new, however the batch is cut", async () => {
    const { start, done } = environments();
    const invoke = start();
    await invoke(part(1, 3));
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual(["b", "c", "a", "d"]);
  });

  it("though others of the same aggregate have failed", async () => {
    const { start, done, failing } = environments();
    const aggregates = eventOf(["a", "b", "c", "d"], { aggregate: 2 });
    failing.add("b");
    expect(await start()(aggregates)).toEqual(answerAt(aggregates, 0));
    failing.clear();
    expect(await start()(aggregates)).toEqual(allDone);
    expect(done).toEqual(["a", "c", "d", "b"]);
  });

  it("to an environment that has seen the stream before, but not this batch", async () => {
    const { start, done } = environments();
    const [first, second] = [start(), start()];
    const [one, two, three] = [0, 1, 2].map((n) => eventOf([`${n}`], { from: n }));
    await first(one);
    await second(two);
    await first(three);
    for (const again of [one, two, three]) {
      await first(again);
      await second(again);
    }
    expect(done).toEqual(["0", "1", "2"]);
  });
});

describe("only what the log names is skipped", () => {
  it("not a record that stands before one that is done", async () => {
    const { start, done } = environments();
    await start()(part(3, 4));
    await start()(part(0, 1));
    expect(done).toEqual(["d", "a"]);
  });

  it("not the record of another shard, stream or consumer at the same place", async () => {
    const { start, done, finish, runtime } = environments();
    const invoke = start();
    const others = [
      eventOf(["a"]),
      eventOf(["a"], { shardId: "shardId-000000000001" }),
      eventOf(["a"], { streamName: "refunds" }),
    ];
    for (const other of others) await invoke(other);
    expect(done).toEqual(["a", "a", "a"]);

    const progress = memoryProgress();
    for (const consumer of ["one", "two"]) {
      const process = () => void done.push(consumer);
      await finish(kinesisConsumer({ consumer, decode, progress, runtime, process })(others[0]));
    }
    expect(done.slice(3)).toEqual(["one", "two"]);
  });

  it("not one that was given back or stood behind a failure", async () => {
    const { start, done, failing } = environments();
    const oneKey = eventOf(["a@k", "b@k", "c@k"]);
    failing.add("b");
    await start()(oneKey);
    failing.clear();
    expect(await start()(oneKey)).toEqual(allDone);
    expect(done).toEqual(["a", "b", "c"]);
  });
});

describe("attempts", () => {
  it("are counted across deliveries and environments, whatever Lambda cuts the batch to", async () => {
    const { start, attempts, failing } = environments();
    failing.add("c");
    await start()(event);
    await start()(part(2, 4));
    await start()(part(2, 3));
    failing.clear();
    await start()(part(2, 4));
    expect(attempts.filter((attempt) => attempt.startsWith("c"))).toEqual([
      "c #1",
      "c #2",
      "c #3",
      "c #4",
    ]);
  });

  it("are each record's own, inside an aggregate too", async () => {
    const { start, attempts, failing } = environments();
    const aggregate = eventOf(["a", "b", "c"], { aggregate: true });
    failing.add("a");
    await start()(aggregate);
    failing.add("c");
    await start()(aggregate);
    await start()(aggregate);
    expect(attempts).toEqual(["a #1", "b #1", "c #1", "a #2", "a #3"]);
  });

  it("are not counted for what stands behind a failure", async () => {
    const { start, attempts, failing } = environments();
    const oneKey = eventOf(["a@k", "b@k"]);
    failing.add("a");
    await start()(oneKey);
    await start()(oneKey);
    failing.clear();
    await start()(oneKey);
    expect(attempts).toEqual(["a #1", "a #2", "a #3", "b #1"]);
  });

  it("are always 1 where nothing is remembered", async () => {
    const { runtime, finish } = world();
    const attempts: number[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      runtime,
      process(_, __, { attempt }) {
        attempts.push(attempt);
        throw new Error("no");
      },
    });
    await finish(handler(event));
    await finish(handler(event));
    expect(attempts).toEqual([1, 1]);
  });
});

describe("the idempotency key", () => {
  it("is the same on each delivery, and another for each record", async () => {
    const { runtime, finish } = world();
    const keys: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      runtime,
      process(_, __, { idempotencyKey }) {
        keys.push(idempotencyKey);
        throw new Error("no");
      },
    });
    const aggregates = eventOf(["a", "b", "c", "d"], { aggregate: 2 });
    await finish(handler(aggregates));
    await finish(handler(aggregates));
    const first = sequenceNumberOf(aggregates, 0);
    expect(keys.slice(0, 2)).toEqual([
      `c/orders/shardId-000000000000/${first}`,
      `c/orders/shardId-000000000000/${first}.1`,
    ]);
    expect(new Set(keys.slice(0, 4)).size).toBe(4);
    expect(keys.slice(4)).toEqual(keys.slice(0, 4));
  });

  it("is of its unique id where it has one, and of what it holds where Lambda took its aggregate apart", async () => {
    const { runtime, finish } = world();
    const keys: string[] = [];
    const handler = kinesisConsumer({
      ...{ consumer: "c", epoch: "2", order: "none", progress: memoryProgress(), runtime },
      decode,
      uniqueId: ({ id }: Item) => (id === "a" ? id : undefined),
      process(_, __, { idempotencyKey }) {
        keys.push(idempotencyKey);
        throw new Error("no");
      },
    });
    const event = eventOf(["a@k", "b@l", "b@l", "b@m"], {
      ...{ aggregate: true, fanOutConsumer: "billing" },
    });
    for (const delivered of [event, suffix(event, 1), event]) await finish(handler(delivered));
    const [id, first, second, third, ...again] = keys;
    expect(id).toBe("c@2/orders/id/a");
    const inner = `c@2/orders/shardId-000000000000/${sequenceNumberOf(event, 0)}#`;
    for (const key of [first!, second!, third!]) {
      expect(key.startsWith(inner)).toBe(true);
      expect(key.slice(inner.length)).toMatch(/^[0-9a-f]{32}$/);
    }
    expect(new Set([first, second, third]).size).toBe(3);
    expect(again).toEqual([first, second, third, id, first, second, third]);
  });
});

it("in any history of deliveries, every record is done once, in the order of its key", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("k1", "k2", "k3"), { minLength: 1, maxLength: 12 }),
      fc.array(
        fc.record({
          environment: fc.nat(2),
          failing: fc.array(fc.nat(11), { maxLength: 4 }),
          /** How many records Lambda delivers at most: a bisected batch has fewer. */
          size: fc.integer({ min: 1, max: 12 }),
        }),
        { maxLength: 10 },
      ),
      fc.constantFrom(0, 1, 3),
      async (keys, deliveries, aggregate) => {
        const { start, done, failing } = environments();
        const handlers = [start(), start(), start()];
        const all = eventOf(
          keys.map((key, place) => `${place}@${key}`),
          { aggregate },
        );
        let at = 0;
        const deliver = async (environment: number, size: number) => {
          const batch = { Records: all.Records.slice(at, at + size) };
          if (batch.Records.length === 0) return;
          const { batchItemFailures } = await handlers[environment]!(batch);
          const [open] = batchItemFailures;
          at = open
            ? all.Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === open.itemIdentifier)
            : at + batch.Records.length;
        };
        for (const { environment, failing: places, size } of deliveries) {
          failing.clear();
          for (const place of places) failing.add(String(place));
          await deliver(environment, size);
        }
        failing.clear();
        await deliver(0, 100);
        expect([...done].sort((a, b) => Number(a) - Number(b))).toEqual(
          keys.map((_, place) => String(place)),
        );
        for (const key of new Set(keys)) {
          const ofKey = done.map(Number).filter((place) => keys[place] === key);
          expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
        }
      },
    ),
    { numRuns: 150 },
  ));
