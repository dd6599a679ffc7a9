/** Fan-out: what Kinesis pushes is done in order and once, whatever becomes of a subscription. */
import { expect, it } from "vitest";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { consumerOf } from "../../src/worker/reading/consumer.ts";
import type { Stream, StreamConsumer, Subscription } from "../../src/worker/reading/stream.ts";
import { fanOut, type WorkerOptions } from "../../src/worker.ts";
import { coreStream } from "./core-stream.ts";
import { workerRig } from "./rig.ts";

const named = (name: string) => Object.assign(new Error(name), { name });

/** A rig whose workers read by fan-out, from a stream of which some calls are others. */
function fanOutRig(shards = 1) {
  const rig = workerRig({ shards });
  const subscribed: { readonly shardId: string; readonly type: string; readonly at: number }[] = [];
  const core = coreStream(rig.kinesis, "orders");
  function start(
    name: string,
    options: Partial<WorkerOptions> = {},
    others: Partial<Stream> = {},
    handler?: () => unknown,
  ) {
    const stream: Stream = {
      ...core,
      async subscribe(consumer, shardId, from) {
        subscribed.push({ shardId, type: from.type, at: rig.clock.now() });
        return core.subscribe(consumer, shardId, from);
      },
      ...others,
    };
    const runtime = { ...rig.runtime(rig.clock), stream: () => stream };
    return rig.start(name, { retrieval: fanOut(), runtime, ...options }, handler);
  }
  const troubles = () =>
    rig.events.flatMap((event) => (event.type === "trouble" ? [String(event.error)] : []));
  return { ...rig, core, start, subscribed, troubles };
}

it("records are done as they come, and a subscription is followed by the next after five minutes", async () => {
  const rig = fanOutRig(2);
  rig.put("before");
  const worker = rig.start("one");
  await rig.clock.advance(100);
  expect(rig.values()).toEqual(["before"]);
  const values = ["before"];
  for (let minute = 0; minute < 16; minute++) {
    await rig.clock.advance(59_900);
    values.push(`${minute}`);
    rig.put(`${minute}`);
    await rig.clock.advance(100);
    expect(rig.values()).toEqual(values);
  }
  expect(rig.subscribed).toHaveLength(2 * 4);
  expect(new Set(rig.subscribed.slice(2).map(({ type }) => type))).toEqual(
    new Set(["AFTER_SEQUENCE_NUMBER"]),
  );
  expect(rig.troubles()).toEqual([]);
  void worker.stop();
  await rig.clock.advance(100);
  await worker.done;
  // The consumer is the user's to remove.
  expect(rig.kinesis.listStreamConsumers({ stream: "orders" }).map(({ name }) => name)).toEqual([
    "billing",
  ]);
});

it("a worker takes over where the other has stopped, though its subscription is five seconds too young", async () => {
  const rig = fanOutRig();
  const one = rig.start("one");
  rig.put("a");
  await rig.clock.advance(1000);
  void one.stop();
  await rig.clock.advance(100);
  rig.put("b");
  rig.start("two");
  await rig.clock.advance(7000);
  rig.put("c");
  await rig.clock.advance(100);
  expect(rig.values()).toEqual(["a", "b", "c"]);
  expect(rig.troubles()).toEqual([]);
});

it("the children of a shard begin after its end", async () => {
  const rig = fanOutRig();
  rig.start("one");
  await rig.clock.advance(1000);
  rig.put("a", "b", "c");
  rig.kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  rig.put("d", "e", "f", "g");
  await rig.clock.advance(3000);
  expect(rig.values().slice(0, 3)).toEqual(["a", "b", "c"]);
  expect(rig.values().slice(3).sort()).toEqual(["d", "e", "f", "g"]);
  const ends = rig.events.filter(({ type }) => type === "shardEnd");
  expect(ends).toMatchObject([{ children: ["shardId-000000000001", "shardId-000000000002"] }]);
});

it("an end without children is no end: the shard is subscribed again, and its lease stays", async () => {
  const rig = fanOutRig();
  let lies = 1;
  const subscribe: Stream["subscribe"] = async (...given) => {
    const subscription = await rig.core.subscribe(...given);
    return {
      ...subscription,
      async next() {
        const pushed = await subscription.next();
        return pushed && lies-- > 0 ? { ...pushed, continuation: undefined } : pushed;
      },
    };
  };
  rig.start("one", {}, { subscribe });
  rig.put("a");
  await rig.clock.advance(8000);
  expect(rig.values()).toEqual(["a"]);
  expect(rig.troubles()).toEqual([expect.stringContaining("named no children")]);
});

it.each([
  ["breaks", async () => Promise.reject(named("ECONNRESET"))],
  ["says nothing any more", () => new Promise<never>(() => {})],
] as const)(
  "a subscription that %s is followed by another, from where it was",
  async (how, end) => {
    const rig = fanOutRig();
    let left = 2;
    const subscribe: Stream["subscribe"] = async (...given) => {
      const subscription = await rig.core.subscribe(...given);
      const next = () => (left-- > 0 ? subscription.next() : end());
      return left > 0 ? { ...subscription, next } : subscription;
    };
    rig.start("one", {}, { subscribe });
    rig.put("a");
    await rig.clock.advance(6000);
    rig.put("b");
    await rig.clock.advance(66_000);
    rig.put("c");
    await rig.clock.advance(6000);
    expect(rig.values()).toEqual(["a", "b", "c"]);
    expect(rig.troubles()).toEqual([
      expect.stringContaining(how === "breaks" ? "ECONNRESET" : "silent for 60 s"),
    ]);
  },
);

it("what is asked for of Kinesis is bounded by the bytes in hand", async () => {
  const rig = fanOutRig();
  let asked = 0;
  const subscribe = async (): Promise<Subscription> => {
    let place = 2n ** 180n;
    return {
      close() {},
      async next() {
        asked++;
        place++;
        const record = {
          partitionKey: "a",
          data: new Uint8Array(1000),
          sequenceNumber: String(place),
          approximateArrivalTimestamp: rig.clock.now(),
        };
        return {
          records: [record],
          continuation: String(place),
          children: [],
          millisBehindLatest: 0,
        };
      },
    };
  };
  let isStuck = true;
  const handler = async () => {
    while (isStuck) await rig.clock.sleep(100);
  };
  rig.start("one", { maxBufferedBytes: 20_000 }, { subscribe }, handler);
  await rig.clock.advance(30_000);
  expect(asked).toBe(20);
  isStuck = false;
  await rig.clock.advance(1000);
  expect(asked).toBeGreaterThan(40);
});

it("a consumer that somebody has removed is registered again", async () => {
  const rig = fanOutRig();
  rig.start("one");
  rig.put("a");
  await rig.clock.advance(1000);
  const [consumer] = rig.kinesis.listStreamConsumers({ stream: "orders" });
  rig.kinesis.deregisterStreamConsumer({ consumer: consumer!.arn });
  rig.put("b");
  await rig.clock.advance(10_000);
  rig.put("c");
  await rig.clock.advance(100);
  expect(rig.values()).toEqual(["a", "b", "c"]);
  expect(await rig.rows()).toHaveLength(1);
});

it("a subscription that stays in the way is worth a word", async () => {
  const rig = fanOutRig();
  const subscribe = () => Promise.reject(named("ResourceInUseException"));
  rig.start("one", {}, { subscribe });
  await rig.clock.advance(5500);
  expect(rig.troubles()).toEqual([]);
  await rig.clock.advance(3000);
  expect(rig.troubles().length).toBeGreaterThan(0);
});

it("a stream that was deleted ends its shards", async () => {
  const rig = fanOutRig();
  rig.start("one");
  await rig.clock.advance(1000);
  rig.kinesis.deleteStream({ stream: "orders", enforceConsumerDeletion: true });
  await rig.clock.advance(10_000);
  expect(await rig.rows()).toEqual([]);
});

/** A stream's consumers, as `answers` has them one call after the other. */
function consumers(...answers: (StreamConsumer | undefined | string)[]) {
  const calls: string[] = [];
  const clock = virtualClock();
  const answer = async (call: string) => {
    calls.push(call);
    const given = answers.length > 1 ? answers.shift() : answers[0];
    if (typeof given === "string") throw named(given);
    return given;
  };
  const stream = {
    consumer: (name: string) => answer(`describe ${name}`),
    register: async (name: string) => (await answer(`register ${name}`))!,
  };
  return { calls, clock, consumer: consumerOf(stream, "billing", clock) };
}

it("a consumer that is there is used, and one that is not yet active is waited for", async () => {
  const { calls, clock, consumer } = consumers(
    undefined,
    "ResourceInUseException",
    { arn: "one", isActive: false },
    { arn: "one", isActive: true },
  );
  const arn = consumer.arn();
  await clock.advance(5000);
  expect(await arn).toBe("one");
  expect(await consumer.arn()).toBe("one");
  expect(calls).toEqual([
    "describe billing",
    "register billing",
    "describe billing",
    "describe billing",
  ]);
});

it("a consumer that is refused for good is an error at once, and one too many after a minute", async () => {
  const forbidden = consumers("AccessDeniedException");
  await expect(forbidden.consumer.arn()).rejects.toThrow("AccessDeniedException");
  expect(forbidden.calls).toHaveLength(1);
  const tooMany = consumers("LimitExceededException");
  const arn = tooMany.consumer.arn();
  arn.catch(() => {});
  await tooMany.clock.advance(61_000);
  await expect(arn).rejects.toThrow(
    "The fan-out consumer billing could not be had within 60 s: LimitExceededException",
  );
});
