import { commitWith, fail, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "./world.ts";

const circular: Record<string, unknown> = { name: "loop" };
circular.self = circular;
const broken = new Error("unreadable");
Object.defineProperty(broken, "message", {
  get() {
    throw new Error("no message for you");
  },
});

const thrown: [string, unknown][] = [
  ["an Error", new Error("no")],
  [
    "an Error with a name and a message that are no texts",
    Object.assign(new Error(), { name: 4, message: { code: 7 } }),
  ],
  ["a text", "no"],
  ["an empty text", ""],
  ["undefined", undefined],
  ["null", null],
  ["false", false],
  ["zero", 0],
  ["a bigint", 7n],
  ["a symbol", Symbol("no")],
  ["a function", () => {}],
  ["an object", { code: 7 }],
  ["an object with a bigint", { code: 7n }],
  ["an object that holds itself", circular],
  ["an object without a prototype", Object.create(null)],
  ["an Error whose message cannot be read", broken],
  [
    "an object that cannot be written as JSON",
    { toJSON: () => Symbol("no").description!.at(9)!.at(0) },
  ],
];

const then = "then";

describe.each(thrown)("a handler that throws %s", (_, error) => {
  it.each([
    [
      "at once",
      () => {
        throw error;
      },
    ],
    ["later", () => Promise.reject(error)],
    [
      "from a thenable that is no promise",
      () => ({ [then]: (_: unknown, reject: (error: unknown) => void) => reject(error) }),
    ],
  ])("%s, fails its record and no other", async (_, fail) => {
    const { runtime, finish, logs, metrics, on, seen } = world();
    const done: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      runtime,
      on,
      process({ id }) {
        if (id === "b") return fail();
        done.push(id);
      },
    });
    const event = eventOf(["a", "b", "c"]);
    expect(await finish(handler(event))).toEqual(answerAt(event, 1));
    expect(done).toEqual(["a", "c"]);
    expect(metrics()).toMatchObject([{ Processed: 2, Failed: 1, GivenBack: 0 }]);
    expect(seen[0]).toMatchObject({ type: "failed", attempt: 1 });
    expect((seen[0] as { error: unknown }).error).toBe(error);
    const [line] = logs();
    expect(line).toMatchObject({
      level: "ERROR",
      error: { name: expect.any(String), message: expect.any(String) },
    });
  });

  it("can be parked", async () => {
    const { runtime, finish } = world();
    const park = memoryParking();
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress: memoryProgress(),
      park,
      maxAttempts: 1,
      runtime,
      process({ id }) {
        if (id === "b") throw error;
      },
    });
    expect(await finish(handler(eventOf(["a", "b", "c"])))).toEqual(allDone);
    expect([...park.parked.values()]).toMatchObject([{ attempts: 1, confirmed: true }]);
  });
});

describe("what a handler returns is ignored", () => {
  it.each([
    undefined,
    null,
    false,
    0,
    "",
    Number.NaN,
    { batchItemFailures: [] },
    new Error("returned"),
  ])("%s", async (value) => {
    const { runtime, finish, metrics } = world();
    for (const process of [() => value, async () => value]) {
      const handler = kinesisConsumer({ consumer: "c", decode, runtime, process });
      expect(await finish(handler(eventOf(["a", "b"])))).toEqual(allDone);
    }
    expect(metrics()).toMatchObject([{ Processed: 2 }, { Processed: 2 }]);
  });
});

describe("what else of the user's own code may throw", () => {
  const failing = { consumer: "c", decode, progress: memoryProgress() };
  const fail = async ({ id }: { id: string }) => {
    if (id === "b") throw new Error("no");
  };
  const no = () => {
    throw new Error("broken as well");
  };

  it("a `retryable` that throws leaves its record to be tried again", async () => {
    const { runtime, finish, logs } = world();
    const park = memoryParking();
    const handler = kinesisConsumer({ ...failing, park, runtime, retryable: no, process: fail });
    const event = eventOf(["a", "b", "c"]);
    expect(await finish(handler(event))).toEqual(answerAt(event, 1));
    expect(park.parked.size).toBe(0);
    expect(logs()).toContainEqual(
      expect.objectContaining({
        level: "ERROR",
        message: "retryable threw: its record comes again.",
        consumer: "c",
        error: expect.objectContaining({ message: "broken as well" }),
      }),
    );
  });

  it("a logger that throws loses no record", async () => {
    const { runtime, finish } = world();
    const logger = { debug: no, info: no, warn: no, error: no };
    const handler = kinesisConsumer({ ...failing, consumer: "d", logger, runtime, process: fail });
    const event = eventOf(["a", "b", "c"]);
    expect(await finish(handler(event))).toEqual(answerAt(event, 1));
  });
});

describe("what says something elsewhere, and nothing as an answer of process,", () => {
  const write = commitWith({ Put: { TableName: "t", Item: { id: "a" } } });
  it.each<[string, unknown]>([
    ["a list with commitWith()", [write]],
    ["a list with commitWith() beside what is none", [write, { Put: {} }]],
    ["fail()", fail("no")],
  ])("fails the record for good: %s", async (_, returned) => {
    const park = memoryParking();
    const lines: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      metrics: false,
      runtime: { write: (line) => void lines.push(line) },
      progress: memoryProgress(),
      park,
      process: () => returned,
    });
    await handler(eventOf(["a"]));
    expect(park.parked.size).toBe(1);
    expect(lines.join()).toContain("process returned fail() or a list with commitWith()");
  });
});

it("a commitWith of another version of the library fails its record, and says which", async () => {
  const { runtime, finish, logs } = world();
  const theirs = { [Symbol.for("shardmill.commitWith")]: () => true, version: "0.0.1" };
  const handler = kinesisConsumer({
    ...{ consumer: "c", decode, progress: memoryProgress(), metrics: false, runtime },
    process: () => theirs,
  });
  const event = eventOf(["a"]);
  expect(await finish(handler(event))).toEqual(answerAt(event, 0));
  expect(logs().at(-1)).toMatchObject({
    error: { name: "TypeError", message: expect.stringContaining("0.0.1") },
  });
});
