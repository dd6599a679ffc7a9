/** A1 to A10: the event, key for key, and its size, byte for byte. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  buildEvent,
  type DeliveredRecord,
  envelopeBytes,
  recordMeasure,
} from "../../../../src/record/lambda-event.ts";
import { anyCharacter } from "../../../any-character.ts";
import { letters, rig } from "./rig.ts";

test("A1 an event has Records only: 1 to BatchSize records of one shard", async () => {
  const t = rig({ shards: 2 });
  t.put(letters(20));
  await t.map({ batchSize: 4 }).drain();
  for (const { event } of t.deliveries) {
    expect(Object.keys(event)).toEqual(["Records"]);
    expect(event.Records.length).toBeGreaterThan(0);
    expect(event.Records.length).toBeLessThanOrEqual(4);
    expect(new Set(event.Records.map(({ eventID }) => eventID.split(":")[0])).size).toBe(1);
  }
});

test("A2 A3 A4 A5 A6 A7 A8 a record has AWS's keys in AWS's order, and its constants", async () => {
  const t = rig();
  await t.clock.advance(23);
  const [placed] = t.put([Buffer.from([0, 255, 254])], "héllo");
  await t.map({}, undefined, { roleArn: "arn:aws:iam::123456789012:role/mine" }).drain();
  const [record] = t.deliveries[0]!.event.Records;
  expect(JSON.stringify(record)).toBe(
    JSON.stringify({
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: "héllo",
        sequenceNumber: placed!.sequenceNumber,
        data: "AP/+",
        approximateArrivalTimestamp: 1767225600.023,
      },
      eventSource: "aws:kinesis",
      eventVersion: "1.0",
      eventID: `shardId-000000000000:${placed!.sequenceNumber}`,
      eventName: "aws:kinesis:record",
      invokeIdentityArn: "arn:aws:iam::123456789012:role/mine",
      awsRegion: "us-east-1",
      eventSourceARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    }),
  );
});

test("A7 arrival is in seconds, trailing zeros dropped", async () => {
  const t = rig();
  await t.clock.advance(680);
  t.put(["x"]);
  await t.map({}).drain();
  const text = JSON.stringify(t.deliveries[0]!.event.Records[0]!.kinesis);
  expect(text).toContain('"approximateArrivalTimestamp":1767225600.68}');
});

test("A9 eventSourceARN is the consumer's ARN for enhanced fan-out, given as consumer or as stream", async () => {
  const t = rig({ consumer: true });
  t.put(["x"]);
  await t.map({}).drain();
  const other = t.map({}, undefined, { consumer: undefined as never, stream: t.consumerArn! });
  await other.drain();
  const [first, second] = t.deliveries.map(({ event }) => event.Records[0]!.eventSourceARN);
  expect(first).toBe(t.consumerArn);
  expect(second).toBe(t.consumerArn);
  expect(first).toMatch(/:stream\/orders\/consumer\/departures:\d+$/);
});

test("A10 an envelope is about 530 bytes, so that 10,000 records are 5.3 MB before any data", () => {
  const measure = recordMeasure(origin);
  const record = {
    sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
    partitionKey: "1",
    data: new Uint8Array(),
    approximateArrivalTimestamp: 1545084650987,
  };
  expect(measure(record)).toBeGreaterThan(450);
  expect(measure(record)).toBeLessThan(580);
});

const origin = {
  shardId: "shardId-000000000006",
  eventSourceArn: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
  roleArn: "arn:aws:iam::123456789012:role/lambda-role",
  region: "us-east-2",
};

const records: fc.Arbitrary<DeliveredRecord[]> = fc.array(
  fc
    .record({
      sequenceNumber: fc.bigInt({ min: 0n, max: 2n ** 188n }).map(String),
      partitionKey: fc.oneof(
        fc.string({ unit: anyCharacter, maxLength: 40 }),
        // Halves of surrogate pairs, control characters, quotes.
        fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
      ),
      data: fc.uint8Array({ maxLength: 50 }),
      approximateArrivalTimestamp: fc.integer({ min: 0, max: 4e12 }),
    })
    .chain((record) =>
      fc
        .option(fc.nat(), { nil: undefined })
        .map((subSequenceNumber) =>
          subSequenceNumber === undefined ? record : { ...record, subSequenceNumber },
        ),
    ),
  { maxLength: 8 },
);

test("A25 the size of an event is measured to the byte, for any key and any data", () => {
  const measure = recordMeasure(origin);
  fc.assert(
    fc.property(records, fc.option(fc.jsonValue()), (records, state) => {
      const window = state === null ? undefined : { ...windowFields, state: { state } };
      const event = buildEvent(records, origin, window);
      const commas = Math.max(0, records.length - 1);
      const measured = records.reduce((sum, one) => sum + measure(one), envelopeBytes(window));
      expect(measured + commas).toBe(Buffer.byteLength(JSON.stringify(event)));
    }),
    { numRuns: 500 },
  );
});

const windowFields = {
  window: { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" },
  shardId: "shardId-000000000006",
  eventSourceARN: origin.eventSourceArn,
  isFinalInvokeForWindow: false,
  isWindowTerminatedEarly: false,
};

test("each attempt gets an event of its own", async () => {
  const t = rig();
  t.put(["x"]);
  const mapping = t.map({ maximumRetryAttempts: 1 }, ({ event }, index) => {
    (event.Records as unknown[]).length = 0;
    if (index === 0) throw new Error("again");
  });
  await mapping.drain();
  expect(t.deliveries.map(({ values }) => values)).toEqual([["x"], ["x"]]);
});
