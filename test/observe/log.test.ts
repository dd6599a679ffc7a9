import {
  kinesisConsumer,
  type Logger,
  memoryParking,
  memoryProgress,
  NonRetryableError,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { answerAt, decode, eventOf, sequenceNumberOf, world } from "../consumer/world.ts";

function consumer(logger?: Logger) {
  const its = world();
  const handler = kinesisConsumer({
    consumer: "departures",
    decode,
    progress: memoryProgress(),
    park: memoryParking(),
    ...(logger ? { logger } : {}),
    runtime: its.runtime,
    process({ id }) {
      if (id === "fails") throw new Error("no", { cause: new Error("the reason") });
      if (id === "hopeless") throw new NonRetryableError("never");
    },
  });
  return { ...its, invoke: (event: unknown) => its.finish(handler(event)) };
}

const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";

describe("log lines", () => {
  it("are silent when all goes well", async () => {
    const { invoke, logs } = consumer();
    const event = eventOf(["a", "b"]);
    await invoke(event);
    await invoke(event);
    expect(logs()).toEqual([]);
  });

  it("say what failed, and where it stands", async () => {
    const { invoke, logs, clock } = consumer();
    const event = eventOf(["a", "fails"]);
    await invoke(event);
    expect(logs()).toEqual([
      {
        timestamp: new Date(clock.now()).toISOString(),
        level: "ERROR",
        message: "A record failed.",
        consumer: "departures",
        stream: streamArn,
        shardId: "shardId-000000000000",
        sequenceNumber: sequenceNumberOf(event, 1),
        partitionKey: "fails",
        attempt: 1,
        error: expect.objectContaining({
          name: "Error",
          message: "no",
          stack: expect.stringContaining("log.test.ts"),
        }),
      },
    ]);
  });

  it("keep the cause of an error", async () => {
    const { invoke, logs } = consumer();
    await invoke(eventOf(["fails"]));
    expect(JSON.stringify(logs()[0]!.error)).toContain("the reason");
  });

  it("say where inside an aggregate", async () => {
    const { invoke, logs } = consumer();
    await invoke(eventOf(["a", "b", "fails"], { aggregate: true }));
    expect(logs()[0]).toMatchObject({ subSequenceNumber: 2, partitionKey: "fails" });
  });

  it("count the attempts", async () => {
    const { invoke, logs } = consumer();
    const event = eventOf(["fails"]);
    for (let delivery = 0; delivery < 3; delivery++) await invoke(event);
    expect(logs().map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it("say what was parked, and under which id", async () => {
    const { invoke, logs } = consumer();
    const event = eventOf(["hopeless"]);
    await invoke(event);
    expect(logs()).toMatchObject([
      { level: "ERROR", message: "A record failed for good." },
      {
        level: "WARN",
        stream: streamArn,
        shardId: "shardId-000000000000",
        sequenceNumber: sequenceNumberOf(event, 0),
        id: expect.stringContaining(sequenceNumberOf(event, 0)),
      },
    ]);
  });

  it("are one line each, whatever is in them", async () => {
    const raw: string[] = [];
    const { runtime, finish } = world();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      metrics: false,
      runtime: { ...runtime, write: (line) => raw.push(line) },
      process() {
        throw new Error("two\nlines");
      },
    });
    await finish(handler(eventOf(["a\nb@k\nl"])));
    expect(raw.some((line) => line.includes("two"))).toBe(true);
    expect(raw.join("")).not.toContain("\n");
  });
});

it("say once that nothing is remembered, where that is so", async () => {
  const { runtime, finish, logs } = world();
  const handler = kinesisConsumer({ consumer: "c", decode, runtime, process() {} });
  for (let delivery = 0; delivery < 3; delivery++) await finish(handler(eventOf(["a"])));
  expect(logs()).toMatchObject([
    { level: "WARN", message: expect.stringMatching(/at least once/) },
  ]);
});

describe("a logger of one's own", () => {
  it("gets the message and the details, and nothing is written", async () => {
    const seen: unknown[][] = [];
    const at =
      (level: string) =>
      (...args: unknown[]) =>
        void seen.push([level, ...args]);
    const logger = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
    const { invoke, logs } = consumer(logger);
    const event = eventOf(["fails"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
    expect(seen).toEqual([
      ["error", "A record failed.", expect.objectContaining({ attempt: 1, stream: streamArn })],
    ]);
    expect(logs()).toEqual([]);
  });

  it("may be a class, which keeps its this", async () => {
    class Collector {
      readonly lines: string[] = [];
      debug() {}
      info() {}
      warn() {}
      error(message: string) {
        this.lines.push(message);
      }
    }
    const logger = new Collector();
    await consumer(logger).invoke(eventOf(["fails"]));
    expect(logger.lines).toEqual(["A record failed."]);
  });
});

describe("the on hook", () => {
  const consumerWith = (on: (event: any) => any) => {
    const its = world();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      runtime: its.runtime,
      on,
      process({ id }) {
        if (id === "fails") throw new Error("no");
      },
    });
    return { ...its, invoke: (event: unknown) => its.finish(handler(event)) };
  };

  it("sees each failure as it happens, and the batch when it is settled", async () => {
    const seen: any[] = [];
    const { invoke } = consumerWith((event) => seen.push(event));
    const event = eventOf(["a", "fails"]);
    const response = await invoke(event);
    expect(seen).toMatchObject([
      { type: "failed", attempt: 1, error: { message: "no" }, record: { partitionKey: "fails" } },
      {
        type: "settled",
        streamArn,
        shardId: "shardId-000000000000",
        counts: { received: 2, processed: 1, failed: 1 },
        gauges: { iteratorAge: 0 },
        response,
      },
    ]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("broken hook");
      },
    ],
    ["rejects", () => Promise.reject(new Error("broken hook"))],
  ])("that %s changes nothing, and it is logged", async (_, on) => {
    const { invoke, logs, clock } = consumerWith(on);
    const event = eventOf(["a", "fails", "b"]);
    expect(await invoke(event)).toEqual(answerAt(event, 1));
    await clock.settle();
    const broken = logs().filter(({ error }) => error?.message === "broken hook");
    expect(broken.map(({ event, level, message }) => [event, level, message])).toEqual([
      ["failed", "WARN", "The on hook failed."],
      ["settled", "WARN", "The on hook failed."],
    ]);
  });

  it("cannot change the answer", async () => {
    const { invoke } = consumerWith((event) => {
      if (event.type === "settled") event.response.batchItemFailures.length = 0;
    });
    const event = eventOf(["fails"]);
    expect(await invoke(event)).toEqual(answerAt(event, 0));
  });
});
