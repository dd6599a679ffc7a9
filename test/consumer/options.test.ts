import { bytes, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { describe, expect, it } from "vitest";

const good = { consumer: "c", process() {} };
const make = (options: Record<string, unknown>) => () => kinesisConsumer(options as any);
const progress = memoryProgress();
const park = memoryParking();

describe("a wrong option is refused at start, and the message says which and what it must be:", () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ["no consumer", { process() {} }, /consumer must be 1 to 100 letters.*it is undefined/],
    ["an empty consumer", { ...good, consumer: "" }, /consumer must be.*it is ''/],
    ["a consumer with a #", { ...good, consumer: "a#b" }, /consumer must be.*it is 'a#b'/],
    ["a consumer too long", { ...good, consumer: "x".repeat(101) }, /consumer must be/],
    ["a generator", { consumer: "c", *process() {} }, /process must be a function, and no gen/],
    ["an async generator", { consumer: "c", async *processBatch() {} }, /and no generator/],
    ["a decoder that generates", { ...good, *decode() {} }, /decode must be a decoder/],
    ["no process", { consumer: "c" }, /either process or processBatch/],
    ["both", { ...good, processBatch() {} }, /either process or processBatch/],
    ["process that is none", { consumer: "c", process: "f" }, /process must be.*it is 'f'/],
    ["a decoder that is none", { ...good, decode: {} }, /decode must be a decoder/],
    ["a schema as decoder", { ...good, decode: { parse() {} } }, /decode must be a decoder/],
    ["json for json()", { ...good, decode: null }, /decode must be a decoder/],
    [
      "an unknown order",
      { ...good, order: "key" },
      /order must be "partitionKey" or "shard" or "none"; it is 'key'/,
    ],
    ["concurrency 0", { ...good, concurrency: 0 }, /concurrency must be a whole number/],
    ["concurrency 1.5", { ...good, concurrency: 1.5 }, /concurrency must be.*it is 1.5/],
    ["concurrency Infinity", { ...good, concurrency: Infinity }, /concurrency must be/],
    ["commitEvery that is null", { ...good, progress, commitEvery: null }, /commitEvery must be/],
    ["a text of ms", { ...good, progress, commitEvery: { ms: "5" } }, /commitEvery must be/],
    ["no number of ms", { ...good, progress, commitEvery: { ms: Number.NaN } }, /commitEvery must/],
    [
      "logPayload that is a text",
      { ...good, logPayload: "no" },
      /logPayload must be true or false/,
    ],
    ["a negative margin", { ...good, marginMs: -1 }, /marginMs must be 0 to 900,000 milliseconds/],
    ["a margin that is no number", { ...good, marginMs: Number.NaN }, /marginMs must be/],
    ["an endless margin", { ...good, marginMs: Infinity }, /marginMs must be/],
    ["maxItems 0", { consumer: "c", processBatch() {}, maxItems: 0 }, /maxItems must be/],
    ["maxBytes 0", { consumer: "c", processBatch() {}, maxBytes: 0 }, /maxBytes must be/],
    ["maxAttempts 0", { ...good, progress, park, maxAttempts: 0 }, /maxAttempts must be/],
    [
      "a negative window",
      { ...good, progress, dedupeWindowInSeconds: -1 },
      /dedupeWindowInSeconds must be 0 or more seconds/,
    ],
    [
      "a window that is no number",
      { ...good, progress, dedupeWindowInSeconds: "1h" },
      /dedupeWindowInSeconds must be 0 or more seconds.*it is '1h'/,
    ],
    [
      "a retention below Kinesis's",
      { ...good, progress, retentionInHours: 12 },
      /retentionInHours must be 24 to 8,760/,
    ],
    ["uniqueId without progress", { ...good, uniqueId: () => "a" }, /uniqueId needs progress/],
    ["park without progress", { ...good, park }, /park needs progress/],
    ["maxAttempts without park", { ...good, progress, maxAttempts: 3 }, /maxAttempts needs park/],
    ["uniqueId that is a name", { ...good, progress, uniqueId: "id" }, /uniqueId must be/],
    ["progress that is a table's name", { ...good, progress: "table" }, /progress must be/],
    ["a park that is none", { ...good, progress, park: {} }, /park must be/],
    ["retryable that is a list", { ...good, retryable: ["TimeoutError"] }, /retryable must be/],
    ["metrics: true", { ...good, metrics: true }, /metrics must be/],
    ["a logger that cannot log", { ...good, logger: {} }, /logger must be/],
    ["lease that is a text", { ...good, progress, lease: "yes" }, /lease must be true or false/],
    ["an option that is null", { ...good, progress: null }, /progress must be.*it is null/],
    ["an option that does not exist", { ...good, maxAttempt: 3 }, /there is no option maxAttempt/],
    [
      "an order that PF breaks",
      { ...good, order: "shard", parallelizationFactor: 2 },
      /needs a Par/,
    ],
    ["on that is no function", { ...good, on: {} }, /on must be/],
  ])("%s", (_, options, message) => {
    expect(make(options)).toThrow(message);
    expect(make(options)).toThrow(/^kinesisConsumer/);
    expect(make(options)).toThrow(TypeError);
  });

  it.each([undefined, null, {}])("no options at all: %o", (options) => {
    expect(() => kinesisConsumer(options as any)).toThrow(/consumer must be.*it is undefined/);
  });
});

it("every option may be left out, or undefined", () => {
  const all = [
    "decode",
    "order",
    "concurrency",
    "retryable",
    "marginMs",
    "logger",
    "metrics",
    "on",
  ];
  const more = ["runtime", "uniqueId", "park", "maxAttempts", "maxItems", "maxBytes"];
  const left = Object.fromEntries([...all, ...more].map((name) => [name, undefined]));
  expect(make({ ...left, ...good })).not.toThrow();
  expect(make({ ...left, ...good, progress })).not.toThrow();
});

it("a consumer's name may be what functions are called", () => {
  for (const consumer of ["departures", "orders-prod.v2_eu", "A", "x".repeat(100)]) {
    expect(make({ ...good, consumer, decode: bytes() })).not.toThrow();
  }
});
