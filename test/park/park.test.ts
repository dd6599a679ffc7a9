import {
  bytes,
  json,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
} from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { hexNameOf } from "../../src/park/entry-names.ts";
import type { UserRecord } from "../../src/record/user-record.ts";
import {
  allDone,
  answerAt,
  decode,
  eventOf,
  type Item,
  sequenceNumberOf,
  suffix,
  world,
} from "../consumer/world.ts";
import { parking } from "./parking.ts";

const event = eventOf(["a", "bad", "b@bad"]);

describe("a record is parked at once, and its lane goes on,", () => {
  it("when process throws a NonRetryableError", async () => {
    const { invoke, done, parked, metrics } = parking();
    expect(await invoke(event)).toEqual(allDone);
    expect(done).toEqual(["a", "b"]);
    expect(parked()).toHaveLength(1);
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1, Parked: 1, GivenBack: 0 }]);
  });

  it("when the error has the brand of another copy of shardmill", async () => {
    const branded = { [Symbol.for("shardmill.nonRetryable")]: true };
    const { invoke, parked } = parking({ fail: () => Object.assign(new Error("x"), branded) });
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toHaveLength(1);
  });

  it("when the error is of a class that extends NonRetryableError", async () => {
    class NoCustomer extends NonRetryableError {}
    const { invoke, parked } = parking({ fail: () => new NoCustomer("no customer") });
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toHaveLength(1);
  });

  it("when retryable says false", async () => {
    const { invoke, parked } = parking({
      fail: () => Object.assign(new Error("gone"), { status: 410 }),
      retryable: (error) => (error as { status?: number }).status !== 410,
    });
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toHaveLength(1);
  });

  it("when its payload cannot be decoded", async () => {
    const { runtime, finish } = world();
    const park = memoryParking();
    const handler = kinesisConsumer({
      consumer: "c",
      decode: json(),
      progress: memoryProgress(),
      park,
      runtime,
      process() {},
    });
    expect(await finish(handler(kinesisEvent(['{"id":1}', "{oops", '{"id":2}'])))).toEqual(allDone);
    const [parked] = [...park.parked.values()];
    expect(Buffer.from(parked!.data).toString()).toBe("{oops");
    expect(parked!.error).toMatchObject({
      name: "DecodeError",
      message: expect.stringContaining('begins with "{oops"'),
    });
  });
});

describe("a record that may be tried again", () => {
  const fail = () => new Error("not now");

  it("is parked when it has failed maxAttempts times, and not before", async () => {
    const { start, parked, attempts, metrics } = parking({ fail, maxAttempts: 3 });
    expect(await start()(event)).toEqual(answerAt(event, 1));
    expect(await start()(suffix(event, 1))).toEqual(answerAt(event, 1));
    expect(parked()).toHaveLength(0);
    expect(await start()(suffix(event, 1))).toEqual(allDone);
    expect(parked()).toMatchObject([{ attempts: 3 }]);
    expect(attempts).toEqual([1, 2, 3]);
    expect(metrics().map(({ Parked }) => Parked)).toEqual([0, 0, 1]);
  });

  it("is never parked without maxAttempts", async () => {
    const { invoke, parked } = parking({ fail });
    for (let delivery = 0; delivery < 20; delivery++) {
      expect(await invoke(event)).toEqual(answerAt(event, 1));
    }
    expect(parked()).toHaveLength(0);
  });

  it("is parked the first time with maxAttempts 1", async () => {
    const { invoke, parked } = parking({ fail, maxAttempts: 1 });
    expect(await invoke(event)).toEqual(allDone);
    expect(parked()).toMatchObject([{ attempts: 1 }]);
  });

  it("counts no attempt when its invocation had no time for it", async () => {
    const { invoke, parked, attempts } = parking({ fail, maxAttempts: 2 });
    expect(await invoke(event, 0)).toEqual(answerAt(event, 0));
    expect(await invoke(event, 0)).toEqual(answerAt(event, 0));
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    expect(parked()).toHaveLength(0);
    expect(attempts).toEqual([1]);
  });
});

describe("without parking", () => {
  it("not even what fails for good is skipped", async () => {
    const { runtime, finish, logs } = world();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      runtime,
      process({ id }) {
        if (id === "bad") throw new NonRetryableError("never");
      },
    });
    for (let delivery = 0; delivery < 3; delivery++) {
      expect(await finish(handler(event))).toEqual(answerAt(event, 1));
    }
    expect(logs()[0]).toMatchObject({ message: "A record failed for good." });
  });
});

describe("what is parked", () => {
  it("has all that a redrive needs, and what happened", async () => {
    const { invoke, parked, clock } = parking({ uniqueId: ({ id }) => id });
    const failedAt = clock.now();
    const aggregate = eventOf(["a", "bad@k"], { aggregate: true });
    expect(await invoke(aggregate)).toEqual(allDone);
    const sequenceNumber = sequenceNumberOf(aggregate, 0);
    const { id, data, ...rest } = parked()[0]!;
    expect(id).toMatch(/^c#us-east-1:123456789012:orders#\d+#shardId-000000000000#/);
    expect(id.endsWith(`#${sequenceNumber}.1`)).toBe(true);
    expect(JSON.parse(Buffer.from(data).toString())).toEqual({ id: "bad", key: "k" });
    expect(rest).toMatchObject({
      consumer: "c",
      streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
      shardId: "shardId-000000000000",
      sequenceNumber,
      subSequenceNumber: 1,
      partitionKey: "k",
      approximateArrivalTimestamp: Date.UTC(2026, 0, 1),
      uniqueId: "bad",
      error: { name: "NonRetryableError", message: "never", stack: expect.any(String) },
      attempts: 1,
      firstFailedAt: failedAt,
      parkedAt: failedAt,
    });
  });

  it.each<[string, ((item: Item) => string) | undefined]>([
    ["place", undefined],
    ["unique id", ({ id }) => `id of ${id}`],
  ])("has the name under which the log speaks of its %s", async (_, uniqueId) => {
    const { invoke, parked } = parking(uniqueId && { uniqueId });
    await invoke(event);
    const [item] = parked();
    expect(item!.name).toBe(hexNameOf(item as unknown as UserRecord, item!.uniqueId));
  });

  it("knows when it failed first", async () => {
    const { invoke, parked, clock } = parking({ fail: () => new Error("no"), maxAttempts: 2 });
    const first = clock.now();
    await invoke(event);
    await clock.advance(60_000);
    await invoke(event);
    expect(parked()).toMatchObject([{ firstFailedAt: first, parkedAt: first + 60_000 }]);
  });

  it("is not run again, and not parked again", async () => {
    const { start, attempts, parked, metrics } = parking();
    await start()(event);
    expect(await start()(event)).toEqual(allDone);
    expect(attempts).toEqual([1]);
    expect(parked()).toHaveLength(1);
    expect(metrics()[1]).toMatchObject({ Redelivered: 3, Parked: 0, Failed: 0 });
  });

  it("is told to the log and to the on hook, once", async () => {
    const { invoke, seen, logs } = parking();
    await invoke(event);
    expect(seen.map(({ type }) => type)).toEqual(["failed", "parked", "settled"]);
    expect(seen[1]).toMatchObject({ attempts: 1, record: { partitionKey: "bad" } });
    expect(logs()).toMatchObject([
      { level: "ERROR", message: "A record failed for good." },
      { level: "WARN", message: expect.stringContaining("parked"), attempts: 1 },
    ]);
  });
});

it("a parked payload is the record's own bytes", async () => {
  const { runtime, finish } = world();
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "c",
    decode: bytes(),
    progress: memoryProgress(),
    park,
    maxAttempts: 1,
    runtime,
    process() {
      throw new Error("no");
    },
  });
  const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  await finish(handler(kinesisEvent([payload])));
  expect(Buffer.from([...park.parked.values()][0]!.data).equals(payload)).toBe(true);
});
