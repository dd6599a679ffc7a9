/** Two copies of shardmill in one function: a bundle beside a package, a package twice in node_modules. Each sub-path is another copy. */
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { build } from "esbuild";
import * as index from "shardmill";
import * as dynamodb from "shardmill/dynamodb";
import * as firehose from "shardmill/firehose";
import * as forest from "shardmill/forest";
import * as kpl from "shardmill/kpl";
import * as producer from "shardmill/producer";
import * as s3 from "shardmill/s3";
import * as scaling from "shardmill/scaling";
import * as sinks from "shardmill/sinks";
import * as sql from "shardmill/sql";
import * as sqs from "shardmill/sqs";
import * as testing from "shardmill/testing";
import * as video from "shardmill/video";
import * as windows from "shardmill/windows";
import * as worker from "shardmill/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { version } from "../../src/handler/version.ts";
import { decode, eventOf, world } from "../consumer/world.ts";
import { delivered } from "../firehose/world.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const own = {
  ...{ index, dynamodb, firehose, forest, kpl, producer, s3, scaling, sinks, sql, sqs, testing },
  ...{ video, windows, worker },
} as const;
type SubPath = keyof typeof own;
const subPaths = Object.keys(own) as SubPath[];

/** Who takes what comes from the other copy. */
interface Host {
  readonly kinesisConsumer: any;
  readonly firehoseTransform: any;
}
/** What comes of a function, as its host has it. A text says why it meets no host. */
type Scenario = ((taken: any, host: Host) => Promise<unknown>) | string;

let db: DynamoDb;
let folder: string;
let copies: Record<SubPath, any>;
let tables = 0;

beforeAll(async () => {
  db = await createDynamoDb({ engine: "dynalite" });
  await mkdir(join(root, ".shardmill"), { recursive: true });
  folder = await mkdtemp(join(root, ".shardmill", "copies-"));
  const built = await Promise.all(
    subPaths.map(async (subPath) => {
      const outfile = join(folder, `${subPath}.mjs`);
      const entry = `src/${subPath}.ts`;
      await build({
        entryPoints: [join(root, entry)],
        outfile,
        bundle: true,
        format: "esm",
        platform: "node",
        target: "node22",
        external: ["@aws-sdk/*", "@shardmill/local", "hyparquet-writer"],
        minify: true,
      });
      return [subPath, await import(outfile)] as const;
    }),
  );
  copies = Object.fromEntries(built) as typeof copies;
}, 60_000);

afterAll(async () => {
  await rm(folder, { recursive: true });
  await db.close();
});

async function table() {
  const tableName = `table-${++tables}`;
  await db.createTable({ name: tableName, sortKey: "sk" });
  const { DynamoDBClient } = await import("@aws-sdk/client-dynamodb");
  const credentials = { accessKeyId: "a", secretAccessKey: "b" };
  const client = new DynamoDBClient({ endpoint: db.endpoint, region: "us-east-1", credentials });
  return { tableName, client };
}

/** Answers, effects, and what is logged, of a consumer that gets two batches. */
async function consumed(
  { kinesisConsumer }: Host,
  options: object,
  events = [eventOf(["a", "b"]), eventOf(["c"], { from: 2 })],
) {
  const { context, logs, metrics, runtime } = world();
  const effects: unknown[] = [];
  const { clock: _, ...rest } = runtime;
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    runtime: { ...rest, effect: (value: unknown) => void effects.push(value) },
    concurrency: 1,
    process() {},
    ...options,
  });
  const answers: unknown[] = [];
  for (const event of events) {
    answers.push(
      await handler(event, context(600_000, "f")).catch((error: Error) => error.message),
    );
  }
  const lines = logs().map(({ message, error }) => [message, error?.name, error?.message]);
  const counts = metrics().map(({ Processed, Parked, Duplicates }) => [
    Processed,
    Parked,
    Duplicates,
  ]);
  return { answers, effects, lines, counts };
}

async function transformed(
  { firehoseTransform }: Host,
  options: object,
  payloads: unknown[] = [{ id: "a" }, "no json"],
) {
  const { logs, runtime } = world();
  const { clock: _, ...rest } = runtime;
  const handler = firehoseTransform({ metrics: false, runtime: rest, ...options });
  const answer = await handler(testing.firehoseEvent(payloads));
  return {
    delivered: delivered(answer),
    lines: logs().map(({ message, error }) => [message, error]),
  };
}

const throwing = (error: unknown) => () => {
  throw error;
};
const remembering = () => ({ progress: index.memoryProgress(), park: index.memoryParking() });
const ids = { claim: async () => undefined, complete: async () => true, release: async () => {} };
const sent: unknown[] = [];
const client = { send: async ({ input }: any) => void sent.push(input) };
const big = "x".repeat(2000);

/** The rows of a consumer, two hours after its first batch. */
const counted = (host: Host, window: unknown) => {
  const later = eventOf(["c"], { from: 2, arrival: Date.UTC(2026, 0, 1, 2) });
  const progress = index.memoryProgress();
  return consumed(host, { progress, window, process() {} }, [
    eventOf(["a", "b"], { arrival: Date.UTC(2026, 0, 1) }),
    later,
  ]);
};
const aggregated = (aggregate: unknown) => (_: unknown, host: Host) =>
  counted(host, windows.tumbling({ seconds: 60 }, { aggregate: { it: aggregate as never } }));
const ofKind = (length: object) => (kind: any, host: Host) =>
  counted(host, kind(length, { aggregate: { records: windows.count() } }));
/** The rows of one of Lambda's windows, whose last invocation this is. */
const countedByLambda = (make: any, host: Host) => {
  const event = {
    ...eventOf(["a", "b"]),
    window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" },
    ...{ state: {}, shardId: "shardId-000000000000", isWindowTerminatedEarly: false },
    eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    isFinalInvokeForWindow: true,
  };
  const window = make({ aggregate: { records: windows.count() } });
  return consumed(host, { window, process() {} }, [event]);
};

const putDetails = { stream: "s", partitionKey: "k", attempts: [], mayHaveBeenPut: false };

const scenarios: Readonly<Record<SubPath, Readonly<Record<string, Scenario>>>> = {
  index: {
    kinesisConsumer: "is a host",
    DecodeError: (DecodeError, host) =>
      consumed(host, { ...remembering(), process: throwing(new DecodeError("cannot be read")) }),
    NonRetryableError: (NonRetryableError, host) =>
      consumed(host, { ...remembering(), process: throwing(new NonRetryableError("for good")) }),
    withRuntime: async (withRuntime, { kinesisConsumer }) => {
      const lines: string[] = [];
      const context = withRuntime({}, { write: (line: string) => lines.push(line) });
      const handler = kinesisConsumer({ consumer: "c", process() {} });
      await handler(eventOf(["a"]), context);
      return lines.length;
    },
    onceStreamWide: (onceStreamWide, host) =>
      consumed(host, {
        ...remembering(),
        uniqueId: ({ id }: any) => id,
        process: onceStreamWide(ids, () => {}),
      }),
    commitWith: async (commitWith, host) => {
      const { tableName, client } = await table();
      const write = (id: string) => ({ Put: { TableName: tableName, Item: { pk: id, sk: "x" } } });
      return consumed(host, {
        progress: dynamodb.dynamodbProgress({ tableName, client }),
        process: ({ id }: any) => commitWith(write(id)),
      });
    },
    memoryParking: async (memoryParking, host) => {
      const park = memoryParking();
      const outcome = await consumed(host, {
        progress: index.memoryProgress(),
        park,
        maxAttempts: 1,
        process: throwing(new Error("no")),
      });
      return { outcome, parked: [...park.parked.keys()] };
    },
    parking: (parking, host) =>
      consumed(host, {
        progress: index.memoryProgress(),
        park: parking({ async park() {}, async confirm() {} }),
        maxAttempts: 1,
        process: throwing(new Error("no")),
      }),
    memoryProgress: (memoryProgress, host) => {
      const event = eventOf(["a", "b"]);
      return consumed(host, { progress: memoryProgress() }, [event, event]);
    },
    progressStore: (progressStore, host) => {
      const event = eventOf(["a", "b"]);
      return consumed(host, { progress: progressStore(index.memoryProgress()) }, [event, event]);
    },
    cloudWatchLogs: (cloudWatchLogs, host) => {
      const control = gzipSync('{"messageType":"CONTROL_MESSAGE"}');
      const event = testing.kinesisEvent([control, "no gzip"]);
      return consumed(host, { decode: cloudWatchLogs() }, [event]);
    },
    gzip: (gzip, host) =>
      consumed(host, { decode: gzip(decode) }, [
        testing.kinesisEvent([gzipSync('{"id":"a","key":"a"}'), "no gzip"]),
      ]),
    zstd: (zstd, host) =>
      consumed(host, { decode: zstd(decode) }, [
        testing.kinesisEvent([zstdCompressSync('{"id":"a","key":"a"}'), "no zstd"]),
      ]),
    drop: (drop, host) => consumed(host, { decode: () => drop() }),
    json: async (json, host) => [
      await consumed(
        host,
        { ...remembering(), decode: json(), uniqueId: ({ id }: any) => String(id) },
        [testing.kinesisEvent(['{"id":0.1}', '{"id":0.1000000000000000055}', "no json"])],
      ),
      await transformed(host, { decode: json() }, ['{"a":0.1000000000000000055,"b":1e400}', "no"]),
    ],
    bytes: (bytes, host) => transformed(host, { decode: bytes() }),
    text: (text, host) => transformed(host, { decode: text() }, ["a", Buffer.from([0xff])]),
    fail: async (fail, host) => [
      await transformed(host, { transform: () => fail("Not this one.") }),
      await consumed(host, { process: () => fail("Not this one.") }),
      await consumed(host, {
        decode: undefined,
        pipeline: index.pipeline({ map: () => fail("No.") }),
      }),
    ],
    pipeline: async (pipeline, host) => {
      const steps = (map: (value: any) => unknown) => pipeline({ decode: index.json(), map });
      return [
        await transformed(host, { pipeline: steps((value) => value) }),
        await consumed(host, { decode: undefined, pipeline: steps(throwing(new Error("no"))) }),
        await consumed(host, { decode: undefined, pipeline: steps(({ id }) => [{ id }]) }),
      ];
    },
  },
  dynamodb: {
    dynamodbCheckpoints: "are plain functions",
    dynamodbVisits: "are plain functions",
    dynamodbProgress: async (dynamodbProgress, host) => {
      const { tableName, client } = await table();
      const progress = () => dynamodbProgress({ tableName, client });
      const event = eventOf(["a", "b"]);
      const stop = { progress: progress(), onProgressUnavailable: "continue" };
      const runtime = { parentsOf: async () => [] };
      const { context } = world();
      const handler = host.kinesisConsumer({
        consumer: "c",
        metrics: false,
        ...stop,
        runtime,
        process() {},
      });
      return [
        await consumed(host, { progress: progress() }, [event, event]),
        // The log is another function's: that must not be taken for a log that cannot be read.
        await handler(event, context(60_000, "other")).catch(({ message }: Error) => message),
      ];
    },
    dynamodbParking: async (dynamodbParking, host) => {
      const options = await table();
      const progress = index.memoryProgress();
      const park = dynamodbParking(options);
      return consumed(host, { progress, park, maxAttempts: 1, process: throwing(new Error("no")) });
    },
    dynamodbIds: async (dynamodbIds, host) =>
      consumed(host, {
        ...remembering(),
        uniqueId: ({ id }: any) => id,
        process: index.onceStreamWide(dynamodbIds(await table()), () => {}),
      }),
  },
  firehose: {
    firehoseTransform: "is a host",
    drop: (drop, host) => transformed(host, { transform: () => drop() }),
    fail: (fail, host) => transformed(host, { transform: () => fail("Not this one.") }),
    pipeline: (pipeline, host) =>
      consumed(host, { decode: undefined, pipeline: pipeline({ map: () => ({ id: "x" }) }) }),
    toBytes: (toBytes, host) => transformed(host, { encode: toBytes() }),
    toCsv: (toCsv, host) =>
      transformed(host, { decode: index.json(), encode: toCsv({ columns: ["id"] }) }),
    toJsonLines: (toJsonLines, host) =>
      transformed(host, { decode: index.json(), encode: toJsonLines() }, ['{"x":1e400}']),
    toText: (toText, host) => transformed(host, { decode: index.text(), encode: toText() }),
    parseErrorObjects: "reads what stands in a bucket",
    reingest: (reingest, host) =>
      transformed(
        host,
        {
          transform: () => big,
          maxResponseBytes: 2000,
          overflow: reingest({ firehose: { send: async () => ({ FailedPutCount: 0 }) } }),
        },
        ["a", "b"],
      ),
  },
  forest: {
    randomCutForest: "knows no handler",
    restoreForest: "reads bytes",
    explanationJson: "makes text",
    hotspots: "knows no handler",
    restoreHotspots: "reads bytes",
    hotspotsJson: "makes text",
  },
  sql: {
    sqlApplication: "knows no handler",
    discoverSchema: "makes a plain object",
    schemaOf: "makes a plain object",
    excerptOf: "makes text",
    SqlError: "is thrown at the start, to whoever reads it",
    RowError: "is told to the caller",
    OtherApplicationError: "is told to the caller",
    SqlStateError: "is told to the caller",
    sqlConsumer: "is a host, and brings its own",
    s3Csv: "makes a plain object",
    s3Json: "makes a plain object",
  },
  kpl: {
    aggregate: "makes bytes",
    deaggregate: "reads bytes",
    effectiveHashKey: "makes a number",
    kplAggregator: "makes bytes",
    simdAggregator: "makes bytes",
    simdDeaggregator: (simdDeaggregator, host) =>
      consumed(host, { deaggregator: simdDeaggregator() }, [
        eventOf(["a", "b"], { aggregate: true }),
      ]),
    strictDeaggregator: (strictDeaggregator, host) =>
      consumed(
        host,
        {
          deaggregator: strictDeaggregator({
            hashKeyRangeOf: async () => ({ start: 0n, end: 2n ** 127n }),
          }),
        },
        [eventOf(["a", "b", "c", "d"], { aggregate: true })],
      ),
  },
  producer: {
    kinesisProducer: "is a host of its own",
    producerMetrics: "is a function on plain data",
    flushProducer: "calls the producer that it is given",
    idIn: (idIn, host) =>
      consumed(host, { ...remembering(), uniqueId: idIn("key") }, [eventOf(["a@k", "b@k"])]),
    withId: "makes bytes",
    toGzip: "makes bytes",
    toJson: "makes bytes",
    toZstd: "makes bytes",
    isPutError: async (isPutError) =>
      [producer, copies.producer].map(({ RecordExpired }) =>
        isPutError(new RecordExpired("late", putDetails)),
      ),
    ...Object.fromEntries(
      (["PutError", "RecordExpired", "RecordRejected", "RecordThrottled"] as const).map((name) => [
        name,
        async (Made: any) => {
          class Own extends Made {}
          const error: Error = new (Own as any)("no", putDetails);
          return [producer, copies.producer].map(({ isPutError }) => isPutError(error));
        },
      ]),
    ),
  },
  s3: {
    s3Overflow: (s3Overflow, host) =>
      transformed(
        host,
        {
          transform: () => big,
          maxResponseBytes: 4000,
          overflow: s3Overflow({ bucket: "b", client }),
        },
        ["a", "b"],
      ),
    s3Parking: (s3Parking, host) =>
      consumed(host, {
        progress: index.memoryProgress(),
        park: s3Parking({ bucket: "b", client }),
        maxAttempts: 1,
        process: throwing(new Error("no")),
      }),
    s3Payloads: "is a store of bytes",
  },
  scaling: {
    scaleStream: "is a host of streams, and takes nothing of another copy",
    decide: "is a function on plain data",
    forecastOf: "is a function on plain data",
    outlookOf: "is a function on plain data",
    policyOf: "is a function on plain data",
    recentOperations: "is a function on plain data",
    shardsFilledBy: "is a function on plain data",
    shardTakes: "is plain data",
    standardPolicy: "is plain data",
  },
  sinks: {
    SinkError: "is what a sink makes",
    csv: "writes files",
    // What is final for a format is so for a consumer of another copy.
    parquet: async (parquet, host) => {
      const format = parquet({ columns: { id: "int" } });
      const processBatch = sinks.s3Sink({ bucket: "b", format, client });
      const stores = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch, ...stores });
    },
    ndjson: "writes files",
    s3Sink: async (s3Sink, host) => {
      const format = { ...sinks.ndjson(), prepare: throwing(new index.NonRetryableError("no")) };
      const processBatch = s3Sink({ bucket: "b", format, client });
      const stores = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch, ...stores });
    },
    s3Flush: "makes files of what a sink of its own copy has written",
    sinkTo: async (sinkTo, host) => {
      const failing = async (records: any[]) => ({
        failed: records.map((record) => ({ record, error: new index.NonRetryableError("no") })),
      });
      const stores = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch: sinkTo(failing), ...stores });
    },
    ...Object.fromEntries(
      [
        [
          "dynamodbSink",
          { tableName: "t", key: ["id"], maxAttempts: 1 },
          "ValidationException",
        ] as const,
        [
          "firehoseSink",
          { deliveryStreamName: "d", maxAttempts: 1 },
          "ThrottlingException",
        ] as const,
        ["kinesisSink", { streamName: "s" }, "ResourceNotFoundException"] as const,
      ].map(([name, options, error]) => [
        name,
        async (sink: any, host: Host) => {
          const send = () => Promise.reject(Object.assign(new Error("no"), { name: error }));
          const processBatch = sink({ ...options, client: { send } });
          const stores = { progress: index.memoryProgress(), park: index.memoryParking() };
          return consumed(host, { process: undefined, processBatch, ...stores });
        },
      ]),
    ),
    redshiftSink: async (redshiftSink, host) => {
      const where = { workgroupName: "w", database: "d", table: "t", bucket: "b" };
      const row = throwing(new index.NonRetryableError("no"));
      const processBatch = redshiftSink({ ...where, columns: ["id"], row, client, s3: client });
      const stores = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch, ...stores });
    },
    // What is final for a sink is so for a consumer of another copy: it is parked.
    httpSink: async (httpSink, host) => {
      const fetch = async () => new Response("too large", { status: 413 });
      const processBatch = httpSink({ url: "https://vendor.example", fetch });
      const options = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch, ...options });
    },
    opensearchSink: async (opensearchSink, host) => {
      const item = { create: { status: 400, error: { type: "a", reason: "b" } } };
      const fetch = async () => Response.json({ items: [item, item] });
      const processBatch = opensearchSink({ endpoint: "https://a.example", index: "a", fetch });
      const options = { progress: index.memoryProgress(), park: index.memoryParking() };
      return consumed(host, { process: undefined, processBatch, ...options });
    },
  },
  sqs: {
    sqsParking: (sqsParking, host) =>
      consumed(host, {
        progress: index.memoryProgress(),
        park: sqsParking({ queueUrl: "https://q", client }),
        maxAttempts: 1,
        process: throwing(new Error("no")),
      }),
  },
  testing: {
    kinesisEvent: (kinesisEvent, host) =>
      consumed(host, { decode: undefined }, [kinesisEvent(["a"])]),
    firehoseEvent: async (firehoseEvent, { firehoseTransform }) =>
      firehoseTransform({ metrics: false })(firehoseEvent(["a"])),
    testConsumer: async (testConsumer, { kinesisConsumer }) => {
      const handler = kinesisConsumer({ consumer: "c", decode, process() {} });
      const t = await testConsumer(handler, { shards: 2 });
      await t.put([{ id: "a", key: "a" }]);
      await t.drain();
      await t.close();
      return [t.effects, t.lines];
    },
  },
  video: {
    rekognition: (rekognition, host) => {
      const sighting = { camera: "door", at: 1_767_225_600, label: "ann", confidence: 90 };
      return consumed(host, { decode: rekognition() }, [testing.kinesisEvent([sighting, "none"])]);
    },
    notifyOnce: "makes a plain function",
    memoryVisits: "are plain functions",
    consumeVideo: "is a host of checkpoints, which are plain functions",
    getMedia: "makes a plain function",
    memoryCheckpoints: "are plain functions",
    readFragments: "knows no handler",
    bytesOf: "is a function on plain data",
    isBehind: "is a function on plain data",
    MatroskaError: "is told by its name",
    GetMediaError: "is told by its name",
  },
  windows: {
    tumbling: ofKind({ seconds: 60 }),
    hopping: ofKind({ seconds: 60, everySeconds: 30 }),
    sliding: ofKind({ seconds: 60 }),
    session: ofKind({ gapSeconds: 60 }),
    stagger: ofKind({ seconds: 60 }),
    lambdaWindow: countedByLambda,
    ...Object.fromEntries(
      Object.entries({
        approximateDistinct: (make: any) => make(({ id }: any) => id),
        average: (make: any) => make(() => 1),
        count: (make: any) => make(),
        distinct: (make: any) => make(({ id }: any) => id),
        first: (make: any) => make(({ id }: any) => id),
        last: (make: any) => make(({ id }: any) => id),
        max: (make: any) => make(() => 1),
        min: (make: any) => make(() => 1),
        quantile: (make: any) => make(0.5, () => 1),
        sum: (make: any) => make(() => 1),
        topK: (make: any) => make(2, ({ id }: any) => id),
      }).map(([name, call]) => [
        name,
        (make: any, host: Host) => aggregated(call(make))(make, host),
      ]),
    ),
  },
  worker: {
    runWorker: "is a host: it calls a handler as Lambda does, and looks at nothing else of it",
    kclLeases: "is a table that its host reads and writes by plain rows",
    memoryLeases: "is a table that its host reads and writes by plain rows",
    polling: "is plain options",
    fanOut: "is plain options",
  },
};

it("every sub-path is looked at, and everything that it exports", async () => {
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const published = Object.keys(exports).map((path) => path.slice(2) || "index");
  expect(subPaths.toSorted()).toEqual(published.sort());
  for (const subPath of subPaths) {
    expect(Object.keys(scenarios[subPath]).sort()).toEqual(Object.keys(own[subPath]).sort());
  }
});

const cases = subPaths.flatMap((subPath) =>
  Object.entries(scenarios[subPath]).flatMap(([name, run]) =>
    typeof run === "string" ? [] : [{ subPath, name, run }],
  ),
);

describe.each(cases)("$name of shardmill/$subPath", ({ subPath, name, run }) => {
  it("is the same in another copy's handler", async () => {
    const ownHost: Host = { ...index, ...firehose };
    const otherHost: Host = { ...copies.index, ...copies.firehose };
    const taken = (own[subPath] as any)[name];
    const wanted = await run(taken, ownHost);
    expect(copies[subPath][name]).not.toBe(taken);
    expect(await run(copies[subPath][name], ownHost)).toEqual(wanted);
    expect(await run(taken, otherHost)).toEqual(wanted);
    // Each sub-path is a copy of its own, so these two are as well.
    expect(await run(copies[subPath][name], otherHost)).toEqual(wanted);
  });
});

describe("two versions", () => {
  it("are refused at start, since what a store brings along works on the inside of a batch", () => {
    for (const option of ["progress", "park"] as const) {
      const { progress, park } = remembering();
      const given = { progress, park };
      const rules = { ...given[option].rules, version: "9.9.9" };
      const options = {
        consumer: "c",
        process() {},
        ...given,
        [option]: { ...given[option], rules },
      };
      expect(() => index.kinesisConsumer(options as never)).toThrow(
        new RegExp(`${option} comes from shardmill 9\\.9\\.9, and the consumer from ${version}\\.`),
      );
    }
  });

  it.each([
    ["9.9.9", "9.9.9"],
    [undefined, "of an older version"],
  ])(
    "are refused where process returns a commit of another, %s: it would be misread",
    async (theirs, said) => {
      const put = { Put: { TableName: "t", Item: { pk: "a" } } };
      let committed = 0;
      const ids = { claim: async () => void committed++, complete: async () => true };
      const returned = [
        index.commitWith(put),
        index.onceStreamWide(ids as never, () => {})("a", {} as never, {} as never),
      ];
      for (const commit of returned) {
        const { answers, lines } = await consumed(
          { ...index, ...firehose },
          {
            ...remembering(),
            uniqueId: ({ id }: any) => id,
            process: () => ({ ...commit, version: theirs }),
          },
          [eventOf(["a"])],
        );
        expect(answers).toEqual([{ batchItemFailures: [{ itemIdentifier: expect.any(String) }] }]);
        expect(lines.flat()).toContain(
          `What process returned comes from shardmill ${said}, and the consumer from ${version}. Have one version: npm ls shardmill shows both.`,
        );
      }
      expect(committed).toBe(0);
    },
  );

  it("are told apart by package.json's", async () => {
    const published = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(version).toBe(published.version);
  });
});

/** Globals of another realm: what jest's sandbox and node:vm hand over. */
const foreign = runInNewContext(`({
  error: Object.assign(new RangeError("elsewhere"), { cause: new Error("the cause") }),
  bytes: new Uint8Array([104, 105]),
  date: new Date(0),
})`);

describe("values of another realm", () => {
  const host: Host = { ...index, ...firehose };

  it("are errors with a name, a message and a cause", async () => {
    const { lines } = await consumed(host, { process: throwing(foreign.error) }, [eventOf(["a"])]);
    expect(lines).toContainEqual(["A record failed.", "RangeError", "elsewhere"]);
    const decoding = await consumed(host, { decode: throwing(foreign.error), logPayload: true }, [
      eventOf(["a"]),
    ]);
    expect(decoding.lines).toContainEqual([
      "A record failed for good.",
      "DecodeError",
      "elsewhere",
    ]);
  });

  it("are bytes, and dates", async () => {
    const { bytes, date } = foreign;
    const value = { transform: () => bytes };
    expect((await transformed(host, value, ["a"])).delivered).toEqual(["hi"]);
    expect(
      (await transformed(host, { ...value, encode: firehose.toBytes() }, ["a"])).delivered,
    ).toEqual(["hi"]);
    const encode = firehose.toCsv({ columns: ["at"] });
    const dated = { transform: () => ({ at: date }), encode };
    expect((await transformed(host, dated, ["a"])).delivered).toEqual([
      "1970-01-01T00:00:00.000Z\n",
    ]);
    const [record] = testing.kinesisEvent([bytes]).Records;
    expect(record!.kinesis.data).toBe("aGk=");
  });
});
