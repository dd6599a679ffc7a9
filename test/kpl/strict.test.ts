import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { kinesisConsumer, memoryProgress, text } from "shardmill";
import {
  aggregate,
  type Deaggregator,
  type KplUserRecord,
  type StrictDeaggregatorOptions,
  simdDeaggregator,
  strictDeaggregator,
} from "shardmill/kpl";
import { kinesisEvent, testConsumer } from "shardmill/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type KinesisServer,
} from "../../packages/local/src/kinesis/server/index.ts";

const half = 2n ** 127n;
const lower: KplUserRecord = user("lower", half - 1n);
const upper: KplUserRecord = user("upper", half);

function user(name: string, hashKey: bigint): KplUserRecord {
  return { partitionKey: name, explicitHashKey: String(hashKey), data: Buffer.from(name) };
}

/** Two shards, a half of the ring each. What reaches them as given, and what the handler makes of it. */
async function consume(
  deaggregator: Deaggregator | undefined,
  records: readonly KplUserRecord[][],
) {
  const seen: [string, string, number][] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    metrics: false,
    decode: text(),
    ...(deaggregator && { deaggregator }),
    process(value, { shardId, subSequenceNumber }) {
      seen.push([value, shardId.at(-1)!, subSequenceNumber]);
    },
  });
  const t = await testConsumer(handler, { shards: 2 });
  for (const inner of records) {
    t.kinesis.putRecord({ stream: "orders", ...(inner.length > 1 ? aggregate(inner) : inner[0]!) });
  }
  await t.drain();
  await t.close();
  expect(t.failures).toEqual([]);
  const warnings = t.lines
    .map((line) => JSON.parse(line))
    .filter(({ message }) => /aggregate/.test(message));
  return { seen: seen.sort(), warnings };
}

/** A consumer that says nothing, and what it has seen. */
function quietConsumer(deaggregator: Deaggregator) {
  const seen: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    metrics: false,
    decode: text(),
    runtime: { write: () => {} },
    deaggregator,
    process: (value) => void seen.push(value),
  });
  return { handler, seen };
}

/** Has the clients that a handler makes for itself ask this endpoint. */
function stubClient(endpoint: string) {
  vi.stubEnv("AWS_ENDPOINT_URL_KINESIS", endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "any");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "any");
}

const mixed = [[lower, upper, lower], [lower, lower], [upper, upper], [upper]];

test("by default no user record is left out, whatever its hash key", async () => {
  const { seen, warnings } = await consume(undefined, mixed);
  expect(seen.map(([value]) => value)).toEqual([
    ...Array(4).fill("lower"),
    ...Array(4).fill("upper"),
  ]);
  expect(warnings).toEqual([]);
});

test("as in the KCL, an aggregate with a user record of another shard is left out whole, and it is said", async () => {
  const { seen, warnings } = await consume(strictDeaggregator({ drop: "aggregate" }), mixed);
  expect(seen).toEqual([
    ["lower", "0", 0],
    ["lower", "0", 1],
    ["upper", "1", 0],
    ["upper", "1", 0],
    ["upper", "1", 1],
  ]);
  expect(warnings).toMatchObject([{ level: "WARN", foreign: 1, userRecords: 3 }]);
  expect(warnings[0].record).toMatch(/^shardId-000000000000:\d{56}$/);
});

test("strict, that record alone is left out, and the others keep their places", async () => {
  const { seen, warnings } = await consume(strictDeaggregator(), mixed);
  expect(seen).toContainEqual(["lower", "0", 2]);
  expect(seen.filter(([value]) => value === "lower")).toHaveLength(4);
  expect(seen.filter(([value]) => value === "upper")).toHaveLength(3);
  expect(warnings).toMatchObject([{ foreign: 1, userRecords: 3 }]);
});

test("a batch of which nothing is left is done", async () => {
  const { seen } = await consume(strictDeaggregator({ drop: "aggregate" }), [[lower, upper]]);
  expect(seen).toEqual([]);
});

test("it takes what another deaggregator has taken apart", async () => {
  const deaggregator = strictDeaggregator({
    drop: "aggregate",
    deaggregator: simdDeaggregator(),
  });
  const aggregates = Array.from({ length: 6 }, () => [lower, lower]);
  const { seen } = await consume(deaggregator, [...aggregates, [lower, upper]]);
  expect(seen).toHaveLength(12);
});

test("it has the KCL's own range: both ends are the shard's", async () => {
  const ends = [0n, half - 1n, half, 2n ** 128n - 1n].map((hashKey) => [
    user("a", hashKey),
    user("b", hashKey),
  ]);
  expect((await consume(strictDeaggregator(), ends)).seen).toHaveLength(8);
});

describe("the range", () => {
  const handlerWith = (options: StrictDeaggregatorOptions) =>
    quietConsumer(strictDeaggregator(options));
  const asked: string[][] = [];
  const all = { start: 0n, end: 2n ** 128n - 1n };

  test("is asked for once a shard, and not for records that are no aggregates", async () => {
    const { handler, seen } = handlerWith({
      hashKeyRangeOf: async (...shard) => {
        asked.push(shard);
        return all;
      },
    });
    await handler(kinesisEvent(["plain"]));
    expect(asked).toEqual([]);
    for (let i = 0; i < 3; i++) await handler(kinesisEvent(["a", "b"], { aggregate: true }));
    expect(asked).toEqual([
      ["arn:aws:kinesis:us-east-1:123456789012:stream/orders", "shardId-000000000000"],
    ]);
    expect(seen).toEqual(["plain", "a", "b", "a", "b", "a", "b"]);
  });

  test.each([
    undefined,
    {},
    { start: 0, end: 3.4e38 },
    { start: "0", end: "7" },
    { startingHashKey: 0n, endingHashKey: 7n },
  ])("fails the batch where it is %o, which would let every record pass", async (range) => {
    const { handler, seen } = handlerWith({ hashKeyRangeOf: async () => range as never });
    const event = kinesisEvent(["a", "b"], { aggregate: true });
    await expect(handler(event)).rejects.toThrow(/must return \{ start, end \} as bigints/);
    expect(seen).toEqual([]);
  });

  test("fails the batch where it cannot be found, and is asked for again", async () => {
    let isDown = true;
    const { handler, seen } = handlerWith({
      hashKeyRangeOf: async () => {
        if (isDown) throw new Error("throttled");
        return all;
      },
    });
    const event = kinesisEvent(["a", "b"], { aggregate: true });
    await expect(handler(event)).rejects.toThrow("throttled");
    expect(seen).toEqual([]);
    isDown = false;
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual(["a", "b"]);
  });
});

test("what is left out counts as done, is measured, and is remembered", async () => {
  const lines: string[] = [];
  const seen: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode: text(),
    progress: memoryProgress(),
    runtime: { write: (line) => void lines.push(line) },
    deaggregator: strictDeaggregator({
      drop: "aggregate",
      hashKeyRangeOf: async () => ({ start: 0n, end: 0n }),
    }),
    process: (value) => void seen.push(value),
  });
  const event = kinesisEvent(["a", "b"], { aggregate: true });
  const redelivered = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    const metrics = lines.map((line) => JSON.parse(line)).findLast(({ _aws }) => _aws);
    expect(metrics).toMatchObject({ Received: 1, UserRecords: 2, Processed: 0, Failed: 0 });
    redelivered.push(metrics.Redelivered);
  }
  expect(seen).toEqual([]);
  expect(redelivered).toEqual([0, 2]);
});

test("ListShards that nobody answers fails the batch before the invocation ends", async () => {
  const sockets = new Set<Socket>();
  const deaf = createServer((socket) => void sockets.add(socket)).listen(0, "127.0.0.1");
  await once(deaf, "listening");
  const { port } = deaf.address() as AddressInfo;
  stubClient(`http://127.0.0.1:${port}`);
  try {
    const handler = kinesisConsumer({
      consumer: "c",
      metrics: false,
      runtime: { write: () => {} },
      deaggregator: strictDeaggregator(),
      process: () => {},
    });
    const context = { getRemainingTimeInMillis: () => 1500 };
    const event = kinesisEvent(["a", "b"], { aggregate: true });
    await expect(handler(event, context as never)).rejects.toThrow(
      /hash keys of shardId-000000000000 could not be asked for.*kinesis:ListShards/,
    );
  } finally {
    vi.unstubAllEnvs();
    for (const socket of sockets) socket.destroy();
    deaf.close();
  }
});

test("another drop is refused at the start", () => {
  expect(() => strictDeaggregator({ drop: "all" as never })).toThrow(
    'drop must be "record" or "aggregate"; it is all.',
  );
});

describe("by ListShards", () => {
  const kinesis = createKinesis();
  let server: KinesisServer;

  beforeAll(async () => {
    kinesis.createStream({ name: "orders", shards: 3 });
    server = await createKinesisServer({ kinesis });
    stubClient(server.endpoint);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await server.close();
  });

  const deaggregator = strictDeaggregator();
  const handled = async (shardId: string, hashKey: bigint) => {
    const { sequenceNumber } = kinesis.putRecord({ stream: "orders", ...lower });
    const { handler, seen } = quietConsumer(deaggregator);
    const event = structuredClone(kinesisEvent(["a"]));
    const [record] = event.Records;
    const { data } = aggregate([user("a", hashKey), user("b", hashKey)]);
    const eventID = `${shardId}:${sequenceNumber}`;
    const eventSourceARN = kinesis.describeStream({ stream: "orders" }).arn;
    const kinesisPart = {
      ...record!.kinesis,
      sequenceNumber,
      data: Buffer.from(data).toString("base64"),
    };
    await handler({ Records: [{ ...record!, eventID, eventSourceARN, kinesis: kinesisPart }] });
    return seen;
  };

  test("the shard's own range decides", async () => {
    const [, second] = kinesis.listShards({ stream: "orders" });
    const { startingHashKey, endingHashKey } = second!.hashKeyRange;
    const [start, end] = [BigInt(startingHashKey), BigInt(endingHashKey)];
    expect(await handled(second!.shardId, start - 1n)).toEqual([]);
    expect(await handled(second!.shardId, start)).toEqual(["a", "b"]);
    expect(await handled(second!.shardId, end)).toEqual(["a", "b"]);
    expect(await handled(second!.shardId, end + 1n)).toEqual([]);
  });

  test("the same shard of a stream that was made anew has another range", async () => {
    expect(await handled("shardId-000000000000", 0n)).toEqual(["a", "b"]);
    expect(await handled("shardId-000000000000", half)).toEqual([]);
    kinesis.deleteStream({ stream: "orders" });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    kinesis.createStream({ name: "orders", shards: 1 });
    expect(await handled("shardId-000000000000", half)).toEqual(["a", "b"]);
  });

  test("a shard that is not there fails the batch, and says what the role needs", async () => {
    await expect(handled("shardId-000000000009", 0n)).rejects.toThrow(
      /hash keys of shardId-000000000009 .* does not know .* needs kinesis:ListShards on arn:/,
    );
  });
});
