/** What the options come to: their defaults, the borders of what each may be, and which need each other. */
import { inspect } from "node:util";
import { bytes, json, kinesisConsumer, memoryParking, memoryProgress, pipeline } from "shardmill";
import { describe, expect, it } from "vitest";
import { consumerOptions } from "../../src/consumer/plan.ts";
import { version } from "../../src/handler/version.ts";

const progress = memoryProgress();
const park = memoryParking();
const remembering = { progress, park };
const planOf = (options: Record<string, unknown>) => {
  const handler = kinesisConsumer({ consumer: "c", process() {}, ...options } as any);
  return (handler as any)[Symbol.for("shardmill.options")];
};

it("what is left out has its default", () => {
  const left = Object.fromEntries(Object.keys(consumerOptions).map((name) => [name, undefined]));
  const { decode, process, retryable, ...plan } = planOf({ ...left, consumer: "c", process() {} });
  expect(plan).toEqual({
    ...{ consumer: "c", order: "partitionKey", concurrency: 10, parallelizationFactor: 1 },
    ...{ commitEvery: { records: 3000, ms: 10_000 }, maxItems: 500, maxBytes: 4_194_304 },
    ...{
      dedupeWindowInSeconds: 900,
      keepInSeconds: 9 * 86_400,
      maxMemoryBytes: 33_554_432,
      retentionInHours: 168,
    },
    ...{ lease: false, logPayload: false, onProgressUnavailable: "stop", afterPark: "continue" },
    ...{ maxAttempts: Infinity, parkAfterInSeconds: 0, suspectAfterInSeconds: 60 },
  });
  expect(retryable(new Error("no"))).toBe(true);
  expect(decode(Buffer.from("bytes"))).toEqual(Buffer.from("bytes"));
});

it("what is given stays, and is put together where it is meant so", () => {
  const given = planOf({
    ...{ ...remembering, epoch: "two", order: "shard", concurrency: 7, maxAttempts: 3 },
    ...{ retentionInHours: 24, dedupeWindowInSeconds: 60, commitEvery: { records: 5 } },
  });
  expect(given).toMatchObject({
    ...{ consumer: "c@two", concurrency: 1, maxAttempts: 3, keepInSeconds: 3 * 86_400 },
    commitEvery: { records: 5, ms: 10_000 },
  });
  expect(planOf({ progress, commitEvery: { ms: 0.5 } }).commitEvery).toEqual({
    ...{ records: 3000, ms: 0.5 },
  });
  expect(planOf({ progress, dedupeWindowInSeconds: 1_000_000.5 }).keepInSeconds).toBe(1_172_801);
});

it("payloads are decoded by what is given, or by what a deaggregator makes of it", async () => {
  const bytes = Buffer.from("7");
  expect(planOf({ decode: json() }).decode(bytes)).toBe(7);
  const piped = planOf({ pipeline: pipeline({ decode: json() }) as any });
  expect(await piped.decode(bytes, {})).toMatchObject({ value: 7 });
  const deaggregator = (beforeDecoding: unknown) => ({ takeApart() {}, beforeDecoding });
  const twice = deaggregator((decode: any) => (data: Buffer) => 2 * decode(data));
  expect(planOf({ decode: json(), deaggregator: twice }).decode(bytes)).toBe(14);
  expect(planOf({ decode: json(), deaggregator: deaggregator(undefined) }).decode(bytes)).toBe(7);
  expect(() => planOf({ deaggregator: deaggregator(() => "none") })).toThrow(
    new TypeError("kinesisConsumer: deaggregator.beforeDecoding must return a function."),
  );
});

describe("the borders of an option:", () => {
  const year = 2 ** 31;
  const seconds = [-1, year + 1, Number.NaN, "1h"];
  const numbers = [0, 1.5, Infinity, "1"];
  const aName = "1 to 100 letters, digits, dots, hyphens, underscores";
  const aNumber = "a whole number from 1";
  const aFunction = "a function, and no generator";
  const noFunction = ["f", {}, ["f"], function* () {}, async function* () {}];
  it.each<[string, unknown[], unknown[], string]>([
    [
      "consumer",
      ["c", "A", "orders-prod.v2_eu", "x".repeat(100)],
      [undefined, "", "#c", "c#", "x".repeat(101), 5],
      aName,
    ],
    ["epoch", ["2", "x".repeat(100)], ["", "a b", 2], aName],
    [
      "decode",
      [json(), bytes(), () => {}],
      [{}, { parse() {} }, null, function* () {}],
      "a decoder such as json() or text()",
    ],
    ["pipeline", [pipeline({ decode: json() })], [{}, () => {}], "a pipeline()"],
    ["order", ["partitionKey", "shard", "none"], ["key"], '"partitionKey" or "shard" or "none"'],
    ["concurrency", [1], numbers, aNumber],
    ["retryable", [() => false], noFunction, aFunction],
    ["marginMs", [0, 900_000], [-1, 900_001, Number.NaN], "0 to 900000 milliseconds"],
    ["logPayload", [true, false], [1, "no"], "true or false"],
    ["logger", [console], [{}], "a logger, such as console"],
    ["metrics", [false, { addMetric() {} }], [true, {}], "false, or something with addMetric"],
    ["parallelizationFactor", [1, 10], [0, 1.5, 11], "1 to 10"],
    ["deaggregator", [{ takeApart() {} }], [{}, { takeApart: 1 }], "from shardmill/kpl"],
    ["on", [() => {}], noFunction, aFunction],
    ["runtime", [{}], ["none"], "an object"],
    [
      "progress",
      [progress],
      [{ ...progress, rules: undefined }, { ...progress, append: 1 }, "table", null],
      "dynamodbProgress() or progressStore(store)",
    ],
    ["uniqueId", [() => ""], noFunction, aFunction],
    ["dedupeWindowInSeconds", [0, year], seconds, "0 to 2147483648 seconds"],
    ["retentionInHours", [24, 8760], [23.9, 8760.1], "24 to 8760 hours"],
    [
      "commitEvery",
      [{}, { records: 1, ms: 0.1 }],
      [null, { records: 0 }, { records: 1.5 }, { ms: 0 }, { ms: "5" }, { ms: Number.NaN }],
      "{ records, ms } above 0",
    ],
    ["lease", [true, false], [1, "yes"], "true or false"],
    ["onProgressUnavailable", ["stop", "continue"], ["go"], '"stop" or "continue"'],
    ["maxMemoryBytes", [1], numbers, aNumber],
    [
      "park",
      [park],
      [{ ...park, rules: undefined }, 5, {}, null],
      "dynamodbParking() or parking(store)",
    ],
    ["maxAttempts", [1, Infinity], [0, 1.5, -Infinity], aNumber],
    ["parkAfterInSeconds", [0, year], seconds, "0 to 2147483648 seconds"],
    ["afterPark", ["continue", "parkKey"], ["park"], '"continue" or "parkKey"'],
    ["suspectAfterInSeconds", [0, year], seconds, "0 to 2147483648 seconds"],
    ["process", [() => {}], noFunction, aFunction],
    ["processBatch", [], noFunction, aFunction],
    ["maxItems", [1], numbers, aNumber],
    ["maxBytes", [1], numbers, aNumber],
  ])("%s", (option, good, bad, wanted) => {
    for (const value of good)
      expect(() => planOf({ ...remembering, [option]: value })).not.toThrow();
    for (const value of bad)
      expect(() => planOf({ ...remembering, [option]: value })).toThrow(
        new TypeError(
          `kinesisConsumer: ${option} must be ${wanted}; it is ${inspect(value, { depth: 1 })}.`,
        ),
      );
  });

  it("there is no other option", () => {
    expect(() => planOf({ maxAttempt: 3 })).toThrow(
      new TypeError("kinesisConsumer: there is no option maxAttempt."),
    );
    expect(() => planOf({ maxAttempt: undefined })).not.toThrow();
  });

  it.each([undefined, null, {}])("no options at all: %o", (options) => {
    expect(() => kinesisConsumer(options as any)).toThrow(/consumer must be.*it is undefined/);
  });
});

describe("options that need each other, or exclude each other:", () => {
  const other = (thing: object) => ({ ...thing, rules: { version: "9.9.9" } });
  it.each<[string, Record<string, unknown>]>([
    ["either decode or pipeline.", { decode: json(), pipeline: pipeline({ decode: json() }) }],
    ["either process or processBatch must be a function.", { process: undefined }],
    ["either process or processBatch must be a function.", { processBatch() {} }],
    ...["uniqueId", "park", "lease"].map((option): [string, Record<string, unknown>] => [
      `${option} needs progress, which remembers earlier batches.`,
      { [option]: { uniqueId: () => "", park, lease: true }[option] },
    ]),
    [
      `progress comes from shardmill 9.9.9, and the consumer from ${version}. Have one version: npm ls shardmill shows both.`,
      { progress: other(progress) },
    ],
    [
      `park comes from shardmill 9.9.9, and the consumer from ${version}. Have one version: npm ls shardmill shows both.`,
      { progress, park: other(park) },
    ],
    ["maxAttempts needs park: what is given up must go somewhere.", { progress, maxAttempts: 3 }],
    ...[{}, { park, progress: { ...progress, parkedKeys: undefined } }].map(
      (options): [string, Record<string, unknown>] => [
        'afterPark: "parkKey" needs a progress store with parkedKeys.',
        { ...options, afterPark: "parkKey" },
      ],
    ),
    [
      'order: "shard" needs a ParallelizationFactor of 1: above it a shard\'s batches run at once.',
      { parallelizationFactor: 2, order: "shard" },
    ],
    [
      "lease needs a ParallelizationFactor of 1: above it a shard's batches run at once.",
      { progress, parallelizationFactor: 2, lease: true },
    ],
  ])("%s", (why, options) => {
    expect(() => planOf(options)).toThrow(new TypeError(`kinesisConsumer: ${why}`));
  });

  it("and what they may be together", () => {
    for (const options of [
      { ...remembering, uniqueId: () => "", lease: true, maxAttempts: 1, afterPark: "parkKey" },
      { progress: { ...progress, parkedKeys: undefined }, park },
      { parallelizationFactor: 10, order: "none" },
      { process: undefined, processBatch() {} },
      { lease: false },
    ])
      expect(() => planOf(options)).not.toThrow();
  });
});
