/** Every function that a user gives us may answer at once or later, whoever has made the promise. */
import {
  type EntryStore,
  json,
  kinesisConsumer,
  type Logger,
  memoryParking,
  memoryProgress,
  onceStreamWide,
  type ParkedKeyStore,
  type ParkingStore,
  type PipelineOptions,
  parking,
  pipeline,
  progressStore,
} from "shardmill";
import { beforeAll, describe, expect, it } from "vitest";
import type { KinesisConsumerOptions } from "../../src/consumer/options.ts";
import { consumerOptions } from "../../src/consumer/plan.ts";
import type { IdStore } from "../../src/progress/stream-ids.ts";
import type { Deaggregator } from "../../src/record/deaggregator.ts";
import { type Case, type Cases, describeEveryWay } from "../record/every-way.ts";
import type { Say } from "../record/thenables.ts";
import { decode, eventOf, type Item, world } from "./world.ts";

type Options = Partial<Record<keyof KinesisConsumerOptions<Item>, unknown>>;
/** The functions of an option, by their names. */
type Functions<Of> = Readonly<Record<keyof Of & string, Case<Options>>>;

/** Soon after the shard was made, so that its parents matter. */
const arrival = Date.UTC(2025, 0, 1, 0, 1);
const decodeItem = (data: Uint8Array) => JSON.parse(String(data)) as Item;
const remembering = () => ({ progress: memoryProgress(), park: memoryParking() });
const failing = () => {
  throw new Error("The record cannot be processed.");
};

/** What `store` says, said in another way. */
function through<Store extends object>(store: Store, name: keyof Store, say: Say): Store {
  const call = store[name] as (...given: unknown[]) => unknown;
  return { ...store, [name]: (...given: unknown[]) => say(call(...given)) };
}

/** What a handler has appended to its log in so many invocations that there are folds of folds in it. */
const written: Parameters<EntryStore["append"]>[] = [];
beforeAll(async () => {
  const { append, ...memory } = memoryProgress();
  const noting: typeof append = (...appended) => {
    written.push(appended);
    return append(...appended);
  };
  const { context, finish, runtime } = world();
  const progress = progressStore({ ...memory, append: noting });
  const handler = kinesisConsumer({
    consumer: "c",
    progress,
    runtime,
    metrics: false,
    process() {},
  });
  for (let from = 4; from < 604; from++) {
    await finish(handler(eventOf([`${from}`], { arrival, from }), context()));
  }
});

function withFolds() {
  const progress = memoryProgress();
  for (const appended of written) void progress.append(...appended);
  return progress;
}

const storeFunctions: Functions<Omit<EntryStore, "location" | "parkedKeys">> = {
  readAfter: (say) => ({ progress: progressStore(through(memoryProgress(), "readAfter", say)) }),
  readBefore: (say) => ({ progress: progressStore(through(memoryProgress(), "readBefore", say)) }),
  readSome: (say) => ({ progress: progressStore(through(withFolds(), "readSome", say)) }),
  append: (say) => ({ progress: progressStore(through(memoryProgress(), "append", say)) }),
  isTransient: (say) => {
    const append = () => Promise.reject(new Error("The table is gone."));
    return {
      progress: progressStore({ ...memoryProgress(), append, isTransient: () => say(false) }),
    };
  },
  parentsOf: (say) => ({
    progress: memoryProgress({ parentsOf: () => say([]) }),
    uniqueId: ({ id }: Item) => id,
  }),
};

const parkingKeys = (keys: Partial<ParkedKeyStore>): Options => {
  const memory = memoryProgress();
  const parkedKeys = { ...memory.parkedKeys!, ...keys };
  return {
    ...remembering(),
    progress: progressStore({ ...memory, parkedKeys }),
    afterPark: "parkKey",
  };
};

const keyFunctions: Functions<Omit<ParkedKeyStore, "free">> = {
  page: (say) => parkingKeys({ page: () => say({ keys: [] }) }),
  find: (say) =>
    parkingKeys({
      page: async () => ({ keys: [{ key: "a", log: "l", token: "t" }] }),
      find: () => say([]),
    }),
};

const parkingFunctions: Functions<Omit<ParkingStore, "location">> = {
  park: (say) => ({
    ...remembering(),
    park: parking({ ...memoryParking(), park: () => say("a warning") }),
    maxAttempts: 1,
    process: failing,
  }),
  confirm: (say) => ({
    ...remembering(),
    park: parking({ ...memoryParking(), confirm: () => say(undefined) }),
    maxAttempts: 1,
    process: failing,
  }),
};

const ids: IdStore = {
  claim: async () => undefined,
  complete: async () => true,
  release: async () => {},
};
const streamWide = (store: Partial<IdStore>, effect: () => void = () => {}): Options => ({
  ...remembering(),
  uniqueId: ({ id }: Item) => id,
  process: onceStreamWide({ ...ids, ...store }, effect),
});
const idFunctions: Functions<IdStore> = {
  claim: (say) => streamWide({ claim: () => say(undefined) }),
  complete: (say) => streamWide({ complete: () => say(false) }),
  release: (say) => streamWide({ release: () => say(undefined) }, failing),
};

const loggerFunctions: Functions<Logger> = {
  debug: (say) => ({ logger: { ...console, debug: () => say(undefined) } }),
  info: (say) => ({ logger: { ...console, info: () => say(undefined) } }),
  warn: (say) => ({ logger: { ...console, warn: () => say(undefined) } }),
  error: (say) => ({
    logger: { ...console, warn() {}, error: () => say(undefined) },
    process: failing,
  }),
};

const deaggregatorFunctions: Functions<Omit<Deaggregator, "asksForShards">> = {
  takeApart: (say) => ({
    deaggregator: { takeApart: (all: unknown[]) => say(all.map(() => undefined)) },
  }),
  beforeDecoding: (say) => ({
    deaggregator: {
      takeApart: (all: unknown[]) => all.map(() => undefined),
      beforeDecoding: () => (data: Uint8Array) => say(decodeItem(data)),
    },
  }),
};

/** Pipelines hand `{ value, partition }` to process. */
const piped = (steps: object): Options => ({
  decode: undefined,
  pipeline: pipeline({ decode: decodeItem, map: (item) => item, ...steps }),
});

const pipelineFunctions: Functions<PipelineOptions<Item, Item, { key: string }>> = {
  decode: (say) => piped({ decode: (data: Uint8Array) => say(decodeItem(data)) }),
  filter: (say) => piped({ filter: ({ id }: Item) => say(id !== "a") }),
  map: (say) => piped({ map: (item: Item) => say({ ...item, id: `${item.id}!` }) }),
  partition: (say) => piped({ partition: ({ key }: Item) => say({ key }) }),
};

const schema = (validate: (value: unknown) => any) =>
  json({ "~standard": { version: 1, vendor: "test", validate } });

/** Every option of `kinesisConsumer`, with the functions that it takes. */
const options: Cases<Options> = {
  decode: {
    "a function": (say) => ({ decode: (data: Uint8Array) => say(decodeItem(data)) }),
    "before ids are read": (say) => ({
      decode: (data: Uint8Array) => say(decodeItem(data)),
      progress: memoryProgress(),
      uniqueId: ({ id }: Item) => id,
    }),
    "a schema that takes it": (say) => ({
      decode: schema((value: unknown) => say({ value })),
    }),
    "a schema that refuses it": (say) => ({
      decode: schema(() => say({ issues: [{ message: "not this one" }] })),
    }),
  },
  pipeline: {
    ...pipelineFunctions,
    "each of a list": (say) => piped({ map: (item: Item) => [say(item), say(item)] }),
    "some of a list": (say) => piped({ map: (item: Item) => [item, say(item)] }),
    "partition of a list": (say) =>
      piped({ map: (item: Item) => [item, item], partition: ({ key }: Item) => say({ key }) }),
  },
  retryable: {
    "that says no": (say) => ({
      ...remembering(),
      retryable: () => say(false),
      process: failing,
    }),
    "that says yes": (say) => ({
      ...remembering(),
      retryable: () => say(true),
      process: failing,
    }),
  },
  logger: loggerFunctions,
  metrics: { addMetric: (say) => ({ metrics: { addMetric: () => say(undefined) } }) },
  deaggregator: deaggregatorFunctions,
  on: { "a function": (say) => ({ on: () => say(undefined) }) },
  progress: { ...storeFunctions, ...keyFunctions },
  park: parkingFunctions,
  uniqueId: {
    "a text": (say) => ({ progress: memoryProgress(), uniqueId: ({ key }: Item) => say(key) }),
    none: (say) => ({ progress: memoryProgress(), uniqueId: () => say(undefined) }),
    "a number": (say) => ({ progress: memoryProgress(), uniqueId: () => say(7) }),
  },
  process: {
    "without progress": (say) => ({ process: () => say("ignored") }),
    "with progress": (say) => ({ ...remembering(), process: () => say("ignored") }),
    "once in the stream": (say) => streamWide({}, () => say("ignored")),
    ...idFunctions,
  },
  processBatch: {
    "that names none": (say) => ({ process: undefined, processBatch: () => say(undefined) }),
    "that names one": (say) => ({
      process: undefined,
      processBatch: ([first]: unknown[]) =>
        say({ failed: [{ record: first, error: new Error("This one.") }] }),
    }),
  },
};

/** Options that are no function and hold none of a user's. */
const plain = [
  "afterPark",
  "commitEvery",
  "concurrency",
  "consumer",
  "dedupeWindowInSeconds",
  "epoch",
  "lease",
  "logPayload",
  "marginMs",
  "maxAttempts",
  "maxBytes",
  "maxItems",
  "maxMemoryBytes",
  "onProgressUnavailable",
  "order",
  "parallelizationFactor",
  "parkAfterInSeconds",
  "retentionInHours",
  // A harness's clock, chance and output.
  "runtime",
  "suspectAfterInSeconds",
];

/** All that can be seen of an invocation: its answer, its effects, its log lines and metrics, what was parked. */
async function outcomeOf(given: Options): Promise<object> {
  const { context, finish, logs, metrics, runtime } = world();
  const effects: unknown[] = [];
  const handler = kinesisConsumer<Item>({
    consumer: "c",
    decode,
    runtime: { ...runtime, effect: (value: unknown) => void effects.push(value) },
    concurrency: 1,
    process() {},
    ...given,
  } as never);
  const answers: unknown[] = [];
  for (const event of [
    eventOf(["a", "b@a", "c"], { arrival }),
    eventOf(["d"], { arrival, from: 3 }),
  ]) {
    answers.push(await finish(handler(event, context())).catch(String));
  }
  const { parked } = (given.park ?? {}) as { parked?: Map<string, { error: object }> };
  return {
    answers,
    effects,
    metrics: metrics(),
    parked: [...(parked ?? [])].map(([id, { error }]) => [id, { ...error, stack: "" }]),
    logs: logs().map(({ error, ...line }) => ({ ...line, error: error?.message })),
  };
}

describe("the options of kinesisConsumer", () => {
  it("are all looked at: a new one is either plain, or has its functions tested here", () => {
    expect([...Object.keys(options), ...plain].sort()).toEqual(Object.keys(consumerOptions).sort());
  });
});

// There is nothing that a consumer says at these levels.
describeEveryWay(options, ["debug", "info"], outcomeOf);
