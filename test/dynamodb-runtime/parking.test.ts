import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { ParkedRecord } from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";

let records = 0;

/** A parked record of a consumer of its own. */
function parkedRecord(more: Partial<ParkedRecord> = {}): ParkedRecord {
  const consumer = `c${++records}`;
  const sequenceNumber = "49659172051921876073359630856560954531429613779191595010";
  return {
    id: `${consumer}#us-east-1:123456789012:orders#1735689600#shardId-000000000000#${sequenceNumber}.3`,
    consumer,
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    shardId: "shardId-000000000000",
    sequenceNumber,
    subSequenceNumber: 3,
    partitionKey: "SFO",
    explicitHashKey: undefined,
    approximateArrivalTimestamp: 1_767_225_600_123,
    data: Uint8Array.from([0, 1, 0xff]),
    uniqueId: undefined,
    error: { name: "TypeError", message: "no", stack: undefined },
    attempts: 5,
    firstFailedAt: 1_767_225_601_000,
    parkedAt: 1_767_225_602_000,
    ...more,
  };
}

describe.each(engines)("dynamodbParking on %s", (engine) => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  }, 60_000);
  afterAll(() => db.close());

  const parking = (more = {}) =>
    dynamodbParking({ tableName: "progress", client: db.client, ...more });
  const itemOf = async ({ consumer }: ParkedRecord) => {
    const items = await db.items(`${consumer}#parked`);
    expect(items.length).toBeLessThanOrEqual(1);
    return items[0];
  };

  it("stores a record as documented", async () => {
    const record = parkedRecord({ uniqueId: "order-1", explicitHashKey: "17" });
    await parking().park(record);
    const { id, ...rest } = record;
    expect(await itemOf(record)).toEqual({
      ...rest,
      pk: `${record.consumer}#parked`,
      sk: `us-east-1:123456789012:orders#shardId-000000000000#${record.sequenceNumber}.3`,
      error: { name: "TypeError", message: "no" },
      state: "parked",
      expiresAt: 1_767_225_602 + 90 * 86_400,
    });
  });

  it("keeps it as long as it is told", async () => {
    const record = parkedRecord();
    await parking({ keepInDays: 1 }).park(record);
    expect(await itemOf(record)).toMatchObject({ expiresAt: 1_767_225_602 + 86_400 });
  });

  it("parks it once, however often it is asked to; the last word counts", async () => {
    const record = parkedRecord();
    await parking().park(record);
    await parking().park({ ...record, attempts: 6 });
    expect(await itemOf(record)).toMatchObject({ state: "parked", attempts: 6 });
  });

  it("confirms it, once or twice", async () => {
    const record = parkedRecord();
    await parking().park(record);
    await parking().confirm(record);
    await parking().confirm(record);
    expect(await itemOf(record)).toMatchObject({ state: "confirmed", data: record.data });
  });

  it("leaves a confirmed one as it is: somebody may be taking it", async () => {
    const record = parkedRecord();
    await parking().park(record);
    await parking().confirm(record);
    await parking().park({ ...record, attempts: 9 });
    expect(await itemOf(record)).toMatchObject({ state: "confirmed", attempts: 5 });
  });

  it("confirms nothing that is not there", async () => {
    const record = parkedRecord();
    await parking().confirm(record);
    expect(await itemOf(record)).toBeUndefined();
  });

  it("works with a document client of one's own, whatever that does with undefined", async () => {
    const record = parkedRecord();
    const client = DynamoDBDocumentClient.from(db.client);
    await parking({ client }).park(record);
    expect(await itemOf(record)).toMatchObject({ state: "parked" });
  });

  it("takes a payload of 380 KB, and parks a larger one as a pointer, with a warning", async () => {
    const record = parkedRecord({ data: new Uint8Array(380 * 1024).fill(7) });
    await parking().park(record);
    expect((await itemOf(record))!.data.byteLength).toBe(380 * 1024);
    const larger = parkedRecord({ data: new Uint8Array(380 * 1024 + 1) });
    expect(await parking().park(larger)).toMatch(/389121 bytes is too large .* retention/);
    const pointer = (await itemOf(larger))!;
    expect(pointer).toMatchObject({ pointer: true, sequenceNumber: larger.sequenceNumber });
    expect(pointer.data).toBeUndefined();
  });

  it("takes an error with a message of any length: the record must not be lost over it", async () => {
    const long = "x".repeat(500_000);
    const error = { name: "Error", message: long, stack: `Error: ${long}` };
    const record = parkedRecord({ data: new Uint8Array(370 * 1024), error });
    await parking().park(record);
    expect((await itemOf(record))!.error.message).toMatch(/^x{100}/);
  });

  it("rejects when the table refuses", async () => {
    const lost = parking({ tableName: "nowhere" });
    await expect(lost.park(parkedRecord())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    await expect(lost.confirm(parkedRecord())).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });
});
