import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createKinesis, type Kinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../../../packages/local/src/kinesis/server/index.ts";
import { anyCharacter } from "../../../any-character.ts";
import { served } from "../api/served.ts";
import { shardId, start } from "../simulated.ts";

const stream = "orders";

/** Lengths on both sides of where CBOR takes another byte for them, and of those that base64 fills up. */
const someData = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc
    .constantFrom(23, 24, 255, 256, 65_535, 65_536)
    .map((length) => new Uint8Array(length).fill(length)),
);
const someKey = fc.oneof(
  fc.string({ unit: anyCharacter, minLength: 1, maxLength: 30 }),
  fc.constantFrom('"', "\\", "\u0000\u001f", "\u007f\u2028", "a".repeat(256), "\u0001".repeat(256)),
);
const someRecords = fc.array(
  fc.record({ partitionKey: someKey, data: someData, later: fc.constantFrom(0, 0, 0.4, 1, 4321) }),
  { maxLength: 15 },
);

const base64 = (data: Uint8Array) => Buffer.from(data).toString("base64");

test("any records are read in JSON and in CBOR as the stream has them", async () => {
  const { kinesis, clock, call, cbor } = await served();
  await fc.assert(
    fc.asyncProperty(someRecords, fc.boolean(), async (records, encrypted) => {
      kinesis.createStream({ name: stream });
      if (encrypted) kinesis.keep(stream, { encryptionKeyId: "alias/orders" });
      for (const { later, ...record } of records) {
        clock.time += later;
        kinesis.putRecord({ stream, ...record });
      }
      const from = { stream, shardId: shardId(0), type: "TRIM_HORIZON" } as const;
      const ShardIterator = kinesis.getShardIterator(from);
      const held = kinesis.getRecords({ shardIterator: ShardIterator });
      const asJson = await call("GetRecords", { ShardIterator });
      const { body: asCbor } = await cbor("GetRecords", { ShardIterator });
      kinesis.deleteStream({ stream });
      const read = held.records.map((record, at) => ({
        SequenceNumber: record.sequenceNumber,
        ApproximateArrivalTimestamp: Math.trunc(record.approximateArrivalTimestamp),
        Data: base64(records[at]!.data),
        PartitionKey: records[at]!.partitionKey,
        ...(encrypted && { EncryptionType: "KMS" }),
      }));
      const more = { NextShardIterator: held.nextShardIterator, MillisBehindLatest: 0 };
      const inBase64 = (one: any) => ({ ...one, Data: base64(one.Data) });
      expect({ ...asCbor, Records: asCbor.Records.map(inBase64) }).toEqual({
        Records: read,
        ...more,
      });
      const inSeconds = (one: (typeof read)[number]) => ({
        ...one,
        ApproximateArrivalTimestamp: one.ApproximateArrivalTimestamp / 1000,
      });
      expect(asJson).toEqual({ Records: read.map(inSeconds), ...more });
    }),
    { numRuns: 30 },
  );
});

test("a page in JSON is what JSON.stringify would have written", async () => {
  const { kinesis, send } = await served();
  kinesis.createStream({ name: stream });
  kinesis.putRecord({ stream, partitionKey: 'é"\u0001😀', data: Buffer.from("one") });
  kinesis.putRecord({ stream, partitionKey: "b", data: new Uint8Array() });
  const from = { stream, shardId: shardId(0), type: "TRIM_HORIZON" } as const;
  const ShardIterator = kinesis.getShardIterator(from);
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "7" });
  const asked = JSON.stringify({ ShardIterator });
  const { body, headers } = await send("GetRecords", asked);
  expect(Object.keys(body)).toEqual(["Records", "MillisBehindLatest", "ChildShards"]);
  expect(Number(headers.get("content-length"))).toBe(Buffer.byteLength(JSON.stringify(body)));
  expect(body.Records[0].ApproximateArrivalTimestamp).toBe(start / 1000);
});

test("a Kinesis with a getRecords of its own is asked for that", async () => {
  const inner = createKinesis();
  inner.createStream({ name: stream });
  inner.putRecord({ stream, partitionKey: "a", data: Buffer.from("one") });
  const own: Kinesis = {
    ...inner,
    getRecords(input) {
      const { records, ...rest } = inner.getRecords(input);
      return { ...rest, records: records.map((one) => ({ ...one, partitionKey: "mine" })) };
    },
  };
  const server = await createKinesisServer({ kinesis: own });
  try {
    const from = { stream, shardId: shardId(0), type: "TRIM_HORIZON" } as const;
    const answer = await fetch(server.endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "Kinesis_20131202.GetRecords",
        Authorization: "AWS4-HMAC-SHA256",
      },
      body: JSON.stringify({ ShardIterator: inner.getShardIterator(from) }),
    });
    expect(await answer.json()).toMatchObject({
      Records: [{ PartitionKey: "mine", Data: base64(Buffer.from("one")) }],
    });
  } finally {
    await server.close();
  }
});
