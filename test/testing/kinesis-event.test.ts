import { kinesisConsumer, text, type UserRecord } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";

const payloads = (event: ReturnType<typeof kinesisEvent>) =>
  event.Records.map(({ kinesis }) => Buffer.from(kinesis.data, "base64").toString());

/** The user records that a consumer makes of an event. */
async function userRecords(event: unknown) {
  const seen: (UserRecord & { readonly value: string })[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode: text(),
    order: "shard",
    metrics: false,
    runtime: { write: () => {} },
    process: (value, record) => void seen.push({ ...record, value }),
  });
  expect(await handler(event)).toEqual({ batchItemFailures: [] });
  return seen;
}

describe("kinesisEvent", () => {
  it("writes all digits of bigints", () => {
    expect(payloads(kinesisEvent([{ id: 9007199254740993n }]))).toEqual([
      '{"id":9007199254740993}',
    ]);
  });

  it("makes an event as Lambda sends it", () => {
    const event = kinesisEvent([{ id: 1 }]);
    const { sequenceNumber } = event.Records[0]!.kinesis;
    expect(event).toEqual({
      Records: [
        {
          kinesis: {
            kinesisSchemaVersion: "1.0",
            partitionKey: "key-0",
            sequenceNumber,
            data: Buffer.from('{"id":1}').toString("base64"),
            approximateArrivalTimestamp: Date.UTC(2026, 0, 1) / 1000,
          },
          eventSource: "aws:kinesis",
          eventVersion: "1.0",
          eventID: `shardId-000000000000:${sequenceNumber}`,
          eventName: "aws:kinesis:record",
          invokeIdentityArn: "arn:aws:iam::123456789012:role/lambda-role",
          awsRegion: "us-east-1",
          eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(event))).toEqual(event);
  });

  it("writes strings and bytes as they are, and all else as JSON", () => {
    const event = kinesisEvent(["text", Buffer.from("bytes"), { a: 1 }, [2], 3, null, true]);
    expect(payloads(event)).toEqual(["text", "bytes", '{"a":1}', "[2]", "3", "null", "true"]);
  });

  it("gives each value the partition key that it is told", () => {
    const event = kinesisEvent([{ user: "u1" }, { user: "u2" }], {
      partitionKey: ({ user }, index) => `${user}/${index}`,
    });
    expect(event.Records.map(({ kinesis }) => kinesis.partitionKey)).toEqual(["u1/0", "u2/1"]);
  });

  it("may be of another stream and shard, or come through a fan-out consumer", () => {
    const [record] = kinesisEvent(["a"], {
      streamName: "refunds",
      shardId: "shardId-000000000007",
      fanOutConsumer: "fast",
    }).Records;
    expect(record!.eventID).toMatch(/^shardId-000000000007:\d{56}$/);
    expect(record!.eventSourceARN).toMatch(
      /^arn:aws:kinesis:us-east-1:123456789012:stream\/refunds\/consumer\/fast:\d{10}$/,
    );
  });

  it("comes to a fan-out consumer with its aggregates taken apart, as Lambda does it", () => {
    const { Records } = kinesisEvent(["a", "b", "c"], { aggregate: 2, fanOutConsumer: "fast" });
    expect(payloads({ Records })).toEqual(["a", "b", "c"]);
    const [a, b, c] = Records.map(({ kinesis }) => kinesis.sequenceNumber);
    expect(a).toBe(b);
    expect(BigInt(c!)).toBeGreaterThan(BigInt(b!));
    expect(Records.map(({ kinesis }) => kinesis.partitionKey)).toEqual(["key-0", "key-1", "key-2"]);
  });

  it.each([
    [true, 1],
    [5, 1],
    [2, 3],
    [1, 5],
    [false, 5],
  ])("with aggregate %o packs five values into %i Kinesis records", async (aggregate, packed) => {
    const values = ["a", "b", "c", "d", "e"];
    const event = kinesisEvent(values, { aggregate });
    expect(event.Records).toHaveLength(packed);
    const records = await userRecords(event);
    expect(records.map(({ value }) => value)).toEqual(values);
    expect(records.every(({ aggregated }) => aggregated === Boolean(aggregate))).toBe(true);
    expect(records.map(({ partitionKey }) => partitionKey)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `key-${n}`),
    );
  });

  it("of nothing is an event of no records", () => {
    expect(kinesisEvent([])).toEqual({ Records: [] });
    expect(kinesisEvent([], { aggregate: true })).toEqual({ Records: [] });
  });
});

describe("its sequence numbers", () => {
  const numbers = (...args: Parameters<typeof kinesisEvent>) =>
    kinesisEvent(...args).Records.map(({ kinesis }) => BigInt(kinesis.sequenceNumber));

  it("ascend, also from one event to the next, whatever the arrivals", () => {
    const first = numbers(["a", "b", "c"]);
    const second = numbers(["d", "e"], { from: 3, arrival: Date.UTC(2025, 11, 1) });
    const all = [...first, ...second];
    for (let n = 1; n < all.length; n++) expect(all[n]! > all[n - 1]!).toBe(true);
  });

  it("are the same for the same place, and others in another shard", () => {
    expect(numbers(["a", "b"])).toEqual(numbers(["x", "y"]));
    expect(numbers(["b"], { from: 1, arrival: Date.UTC(2026, 0, 1) + 1 })).toEqual(
      numbers(["a", "b"]).slice(1),
    );
    expect(numbers(["a"])).not.toEqual(numbers(["a"], { shardId: "shardId-000000000001" }));
  });

  it("tell the second of arrival, as Kinesis's own do", () => {
    const arrival = Date.UTC(2026, 5, 1, 12, 30, 15);
    const [number] = numbers(["a"], { arrival });
    // Bits 36 to 71 of a version 2 number.
    expect(Number((number! >> 36n) & 0xfffffffffn) * 1000).toBe(arrival);
  });
});
