import {
  drop,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { numbered, world as progressWorld } from "../progress/world.ts";
import { allDone, answerAt, decode, eventOf, type Item, suffix, world } from "./world.ts";

/** Ids make a difference: without them a record is decoded when it runs, with them before it is known whether it has to. */
const ways: readonly [string, Partial<KinesisConsumerOptions<Item>>][] = [
  ["without ids", {}],
  ["with ids", { uniqueId: ({ id }: Item) => id }],
];

describe.each(ways)("decoding, %s", (_, ids) => {
  it("that kills the environment each time ends with the record parked, and nothing lost", async () => {
    const park = memoryParking();
    const its = progressWorld({
      settings: { batchSize: 20 },
      consumer: {
        park,
        maxAttempts: 3,
        suspectAfterInSeconds: 0,
        ...ids,
        decode: {
          decode(data, record) {
            if (String(data).includes('"r7"')) {
              its.environments.findLast(({ busy }) => busy)!.die("out of memory");
              return new Promise(() => {});
            }
            return decode.decode(data, record);
          },
        },
      } as Partial<Omit<KinesisConsumerOptions<Item>, "process">>,
    });
    its.put(...numbered(20));
    // What is late is claimed before it is read.
    await its.clock.advance(1000);
    await its.map().drain();
    // What ran beside it since the last slice may have run again.
    expect(new Set(its.ids())).toEqual(new Set(numbered(20).filter((id) => id !== "r7")));
    expect([...park.parked.values()].map(({ data }) => JSON.parse(String(data)).id)).toEqual([
      "r7",
    ]);
    expect(its.environments.length).toBeLessThan(12);
    // It comes again, and is known without being read.
    its.forgetWarm();
    const { event } = its.events[0]!;
    const answer = await its.invoke(event, { awsRequestId: "again" });
    expect(answer).toEqual(allDone);
    expect(park.parked.size).toBe(1);
  });

  it("that never answers counts as an attempt, and is parked unread at maxAttempts", async () => {
    const park = memoryParking();
    const its = progressWorld({
      timeoutMs: 10_000,
      consumer: {
        park,
        maxAttempts: 3,
        ...ids,
        decode: {
          decode: (data, record) =>
            String(data).includes('"stuck"') ? new Promise(() => {}) : decode.decode(data, record),
        },
      } as Partial<Omit<KinesisConsumerOptions<Item>, "process">>,
    });
    its.put("a", "stuck", "b", "c");
    await its.map().drain();
    expect([...its.ids()].sort()).toEqual(["a", "b", "c"]);
    expect([...park.parked.values()]).toMatchObject([{ attempts: 3 }]);
  });

  it("a retryable that never answers counts as an attempt, too", async () => {
    const park = memoryParking();
    const its = progressWorld({
      timeoutMs: 10_000,
      consumer: {
        park,
        maxAttempts: 2,
        ...ids,
        retryable: (() => new Promise(() => {})) as never,
      },
      effect({ id }) {
        if (id === "stuck") throw new Error("no");
      },
    });
    its.put("a", "stuck", "b");
    await its.map().drain();
    expect([...its.ids()].sort()).toEqual(["a", "b"]);
    expect([...park.parked.values()]).toMatchObject([{ attempts: 2 }]);
  });
});

it("an id that never comes counts as an attempt, and its record is parked", async () => {
  const park = memoryParking();
  const its = progressWorld({
    timeoutMs: 10_000,
    consumer: {
      park,
      maxAttempts: 2,
      uniqueId: ({ id }: Item) => (id === "stuck" ? new Promise<string>(() => {}) : id),
    },
  });
  its.put("a", "stuck", "b");
  await its.map().drain();
  expect([...its.ids()].sort()).toEqual(["a", "b"]);
  expect([...park.parked.values()]).toMatchObject([{ attempts: 2 }]);
});

it("one that hangs behind one that fails is not read before its turn where it has hung, so both are parked", async () => {
  const park = memoryParking();
  const its = progressWorld({
    timeoutMs: 10_000,
    consumer: {
      park,
      maxAttempts: 2,
      parkAfterInSeconds: 60,
      uniqueId({ id }: Item) {
        if (id === "bad") throw new Error("no");
        return id === "stuck" ? new Promise<string>(() => {}) : id;
      },
      process: undefined,
      processBatch: async () => undefined,
    } as Partial<Omit<KinesisConsumerOptions<Item>, "process">>,
  });
  its.put("bad@k", "stuck@k", "b");
  await its.map().drain();
  const parked = [...park.parked.values()].map(({ data }) => JSON.parse(String(data)).id);
  expect(parked.sort()).toEqual(["bad", "stuck"]);
});

it("a record that cannot be decoded is known when it comes again, and is not decoded again", async () => {
  const { runtime, finish, context, clock } = world();
  const decoded: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode(data: Uint8Array) {
      const text = String(data);
      decoded.push(text);
      if (text.includes("bad")) throw new Error("no");
      return JSON.parse(text) as Item;
    },
    uniqueId: ({ id }) => id,
    progress: memoryProgress(),
    park: memoryParking(),
    runtime,
    async process({ id }) {
      await clock.sleep(1);
      if (id === "fails" && decoded.length < 4) throw new Error("not yet");
    },
  });
  const event = eventOf(["fails", "bad", "c"]);
  expect(await finish(handler(event, context()))).toEqual(answerAt(event, 0));
  expect(await finish(handler(event, context()))).toEqual(allDone);
  expect(decoded.filter((text) => text.includes("bad"))).toHaveLength(1);
});

it("a decoder that takes all the time gets ahead by one record an invocation at least", async () => {
  const { runtime, finish, context, clock } = world();
  const done: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    async decode(data: Uint8Array) {
      await clock.sleep(2000);
      return JSON.parse(String(data)) as Item;
    },
    uniqueId: ({ id }) => id,
    progress: memoryProgress(),
    runtime,
    process: ({ id }) => void done.push(id),
  });
  const names = ["a", "b", "c", "d"];
  let event = eventOf(names);
  for (let round = 0; event.Records.length > 0 && round < 9; round++) {
    const { batchItemFailures } = await finish(handler(event, context(3000)));
    const [first] = batchItemFailures;
    const left = event.Records.findIndex(
      ({ kinesis }) => kinesis.sequenceNumber === first?.itemIdentifier,
    );
    expect(left).not.toBe(0);
    event = suffix(event, left < 0 ? event.Records.length : left);
  }
  expect(done).toEqual(names);
});

it("where decoded values fill the heap, records run one after the other, and each value is let go", async () => {
  const { runtime, finish, context, clock } = world();
  let alive = 0;
  let most = 0;
  const use = { perValue: 0.4 };
  const handler = kinesisConsumer({
    consumer: "c",
    async decode(data: Uint8Array) {
      await clock.sleep(5);
      most = Math.max(most, ++alive);
      return JSON.parse(String(data)) as Item;
    },
    uniqueId: ({ id }) => id,
    progress: memoryProgress(),
    runtime: { ...runtime, heapInUse: () => use.perValue * alive },
    async process() {
      await clock.sleep(50);
      alive--;
    },
  });
  const names = numbered(30);
  expect(await finish(handler(eventOf(names), context()))).toEqual(allDone);
  expect(most).toBeLessThanOrEqual(3);
  alive = most = 0;
  use.perValue = 0;
  await finish(
    handler(
      eventOf(
        names.map((name) => `${name}b`),
        { from: 30 },
      ),
      context(),
    ),
  );
  expect(most).toBe(10);
});

it("what is dropped is done, with ids too", async () => {
  const { runtime, finish, context } = world();
  const handler = kinesisConsumer({
    consumer: "c",
    decode: () => drop(),
    uniqueId: () => "id",
    progress: memoryProgress(),
    runtime,
    process() {
      throw new Error("not called");
    },
  });
  expect(await finish(handler(eventOf(["a", "b"]), context()))).toEqual(allDone);
});

it("a deaggregator is told where its lines go, when time is over, and how a shard's range is found", async () => {
  const its = world();
  const hosts: unknown[] = [];
  const hashKeyRangeOf = async () => ({ start: 0n, end: 1n });
  const logger = { error() {}, info() {}, warn() {}, debug() {} };
  const lines: unknown[] = [];
  const handler = kinesisConsumer<Item>({
    ...{ consumer: "c", decode, metrics: false, progress: memoryProgress() },
    logger: { ...logger, warn: (line: unknown) => void lines.push(line) },
    runtime: { ...its.runtime, hashKeyRangeOf },
    deaggregator: {
      takeApart(payloads, _, host) {
        hosts.push(host);
        host.logger.warn("said", {});
        return payloads.map(() => undefined);
      },
    },
    process: () => its.clock.sleep(2100),
  });
  await its.finish(handler(eventOf(["a"]), its.context(3000)));
  expect(hosts).toMatchObject([{ hashKeyRangeOf, signal: { aborted: true } }]);
  expect(lines).toEqual(["said"]);
});
