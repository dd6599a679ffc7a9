/** Every function that a user gives to a transformation may answer at once or later, whoever has made the promise. */
import { json, type Logger, type PipelineOptions, pipeline } from "shardmill";
import { firehoseTransform, type TransformOptions } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { transformOptions } from "../../src/firehose/plan.ts";
import { type Case, type Cases, describeEveryWay } from "../record/every-way.ts";
import type { Say } from "../record/thenables.ts";
import { world } from "./world.ts";

interface Item {
  readonly id: string;
}
type Options = Partial<Record<keyof TransformOptions<Item, Item>, unknown>>;

const decodeItem = (data: Uint8Array) => JSON.parse(String(data)) as Item;
const failing = () => {
  throw new Error("The record cannot be transformed.");
};
const piped = (steps: object): Options => ({
  pipeline: pipeline({ decode: decodeItem, map: (item) => item, ...steps }),
});
const twice = (item: Item) => [item, item];

const steps: Readonly<Record<keyof PipelineOptions<Item, Item, { id: string }>, Case<Options>>> = {
  decode: (say) => piped({ decode: (data: Uint8Array) => say(decodeItem(data)) }),
  filter: (say) => piped({ filter: ({ id }: Item) => say(id !== "a") }),
  map: (say) => piped({ map: ({ id }: Item) => say({ id: `${id}!` }) }),
  partition: (say) => piped({ partition: ({ id }: Item) => say({ id }) }),
};

const loggers: Readonly<Record<keyof Logger, Case<Options>>> = {
  debug: (say) => ({ logger: { ...console, debug: () => say(undefined) } }),
  info: (say) => ({ logger: { ...console, info: () => say(undefined) } }),
  warn: (say) => ({
    logger: { ...console, warn: () => say(undefined) },
    maxResponseBytes: 1000,
    transform: () => "x".repeat(600),
    overflow: { take() {} },
  }),
  error: (say) => ({ logger: { ...console, error: () => say(undefined) }, transform: failing }),
};

const overflowing = (say: Say): Options => ({
  maxResponseBytes: 1000,
  transform: () => "x".repeat(600),
  overflow: {
    take: ([first]: unknown[]) => say([{ record: first, reason: "Not this one." }]),
  },
});

/** Every option of `firehoseTransform`, with the functions that it takes. */
const options: Cases<Options> = {
  decode: {
    "a function": (say) => ({ decode: (data: Uint8Array) => say(decodeItem(data)) }),
    "a schema": (say) => ({
      decode: json({
        "~standard": { version: 1, vendor: "test", validate: (value) => say({ value }) },
      }),
    }),
  },
  transform: {
    "to a value": (say) => ({ transform: ({ id }: Item) => say({ id: `${id}!` }) }),
    "to a list": (say) => ({ transform: (item: Item) => say(twice(item)) }),
    "to a list of what is said": (say) => ({ transform: (item: Item) => [item, say(item)] }),
  },
  pipeline: steps,
  partitionBy: {
    "a value": (say) => ({ partitionBy: ({ id }: Item) => say({ id }) }),
    "each of a list": (say) => ({ transform: twice, partitionBy: ({ id }: Item) => say({ id }) }),
    "no names": (say) => ({ partitionBy: () => say({}) }),
  },
  otfMetadata: {
    "a value": (say) => ({ otfMetadata: () => say({ destinationTableName: "t" }) }),
    "each of a list": (say) => ({
      transform: twice,
      otfMetadata: () => say({ operation: "insert" }),
    }),
    "what Iceberg does not know": (say) => ({ otfMetadata: () => say({ operation: "upsert" }) }),
  },
  encode: {
    "to text": (say) => ({ encode: ({ id }: Item) => say(id) }),
    "to bytes": (say) => ({ encode: ({ id }: Item) => say(Buffer.from(id)) }),
    "to nothing": (say) => ({ encode: () => say("") }),
    "to a number": (say) => ({ encode: () => say(7) }),
    "each of a list": (say) => ({ transform: twice, encode: ({ id }: Item) => say(id) }),
  },
  overflow: {
    "a store": overflowing,
    "a list": (say) => ({
      ...overflowing(say),
      overflow: [overflowing(say).overflow, { take() {} }],
    }),
  },
  logger: loggers,
  metrics: { addMetric: (say) => ({ metrics: { addMetric: () => say(undefined) } }) },
};

/** Options that are no function and hold none of a user's; `runtime` is a harness's. */
const plain = [
  "concurrency",
  "delimiter",
  "logPayload",
  "marginMs",
  "maxResponseBytes",
  "runtime",
  "trailingDelimiter",
];

/** All that can be seen of an invocation. */
async function outcomeOf(given: Options): Promise<object> {
  const { context, finish, logs, metrics, runtime } = world();
  const own = given.pipeline ? {} : { decode: decodeItem };
  const handler = firehoseTransform({ ...own, concurrency: 1, runtime, ...given } as never);
  const event = firehoseEvent([{ id: "a" }, { id: "b" }, { id: "c" }]);
  const answer = await finish(handler(event, context())).catch(String);
  return {
    answer,
    metrics: metrics(),
    logs: logs().map(({ error, ...line }) => ({ ...line, error: error?.message })),
  };
}

describe("the options of firehoseTransform", () => {
  it("are all looked at: a new one is either plain, or has its functions tested here", () => {
    expect([...Object.keys(options), ...plain].sort()).toEqual(
      Object.keys(transformOptions).sort(),
    );
  });
});

// There is nothing that a transformation says at these levels.
describeEveryWay(options, ["debug", "info"], outcomeOf);
