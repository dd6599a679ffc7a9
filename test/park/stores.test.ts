import { kinesisConsumer, memoryProgress, NonRetryableError, type ParkedRecord } from "shardmill";
import { dynamodbParking } from "shardmill/dynamodb";
import { s3Parking, s3Payloads } from "shardmill/s3";
import { sqsParking } from "shardmill/sqs";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";

const parked: ParkedRecord = {
  id: "billing#us-east-1:123456789012:orders#1#shardId-000000000000#42.3",
  consumer: "billing",
  streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  shardId: "shardId-000000000000",
  sequenceNumber: "42",
  subSequenceNumber: 3,
  partitionKey: "ann",
  approximateArrivalTimestamp: 1,
  data: Buffer.from("payload"),
  error: { name: "Error", message: "no" },
  attempts: 5,
  firstFailedAt: 2,
  parkedAt: 3,
};
const large: ParkedRecord = { ...parked, data: Buffer.alloc(900 * 1024, 7) };

/** Keeps what was sent, and refuses what `refuse` names. */
function fakeClient(refuse: (input: any) => string | undefined = () => undefined) {
  const sent: any[] = [];
  return {
    sent,
    async send({ input }: { input: any }) {
      sent.push(input);
      const name = refuse(input);
      if (name) throw Object.assign(new Error(name), { name });
      return {};
    },
  } as { sent: any[]; send: any };
}

describe("s3Parking", () => {
  it("writes one object, and says in it when it is confirmed", async () => {
    const client = fakeClient();
    const parking = s3Parking({ bucket: "b", client });
    await parking.park(parked);
    await parking.confirm(parked);
    const key = "parked/billing/orders/shardId-000000000000/42.3.json";
    expect(client.sent).toMatchObject([
      { Bucket: "b", Key: key, IfNoneMatch: "*" },
      { Bucket: "b", Key: key },
    ]);
    // Where a store gives no versions there is none to ask for.
    expect(client.sent[1].IfMatch).toBeUndefined();
    const [first, second] = client.sent.map(({ Body }) => JSON.parse(Body));
    expect(first).toMatchObject({ id: parked.id, state: "parked", attempts: 5 });
    expect(Buffer.from(first.data, "base64").toString()).toBe("payload");
    expect(second.state).toBe("confirmed");
  });

  it("passes on what the store refuses", async () => {
    const client = fakeClient(() => "AccessDenied");
    await expect(s3Parking({ bucket: "b", client }).park(parked)).rejects.toThrow("AccessDenied");
  });

  it("fails at start without a bucket", () => {
    expect(() => s3Parking({ bucket: undefined })).toThrow("no bucket");
  });
});

describe("sqsParking", () => {
  it("sends the record with its payload", async () => {
    const client = fakeClient();
    await sqsParking({ queueUrl: "https://queue", client }).park(parked);
    const [{ QueueUrl, MessageBody, MessageGroupId }] = client.sent;
    expect([QueueUrl, MessageGroupId]).toEqual(["https://queue", undefined]);
    expect(JSON.parse(MessageBody)).toMatchObject({
      id: parked.id,
      data: Buffer.from("payload").toString("base64"),
    });
  });

  it("keeps the order of a partition key in a FIFO queue, and drops a repeat", async () => {
    const client = fakeClient();
    const parking = sqsParking({ queueUrl: "https://queue.fifo", client });
    await parking.park(parked);
    await parking.park({ ...parked, parkedAt: 4 });
    const [first, second] = client.sent;
    expect(first.MessageDeduplicationId).toBe(second.MessageDeduplicationId);
    // Once the log has moved on it is no repeat.
    await parking.park({ ...parked, logEntry: 7 });
    await parking.park({ ...parked, logEntry: 8 });
    const ids = client.sent.map(({ MessageDeduplicationId }) => MessageDeduplicationId);
    expect(new Set(ids).size).toBe(3);
    expect(first.MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
  });

  it("sends no message above 256 KiB", async () => {
    const client = fakeClient();
    const parking = sqsParking({ queueUrl: "https://queue", client });
    await parking.park({ ...parked, data: Buffer.alloc(180 * 1024, 255) });
    expect(Buffer.byteLength(client.sent[0].MessageBody)).toBeLessThan(256 * 1024);
  });

  it("sends what SQS refuses in a text so that it comes back as it was", async () => {
    const client = fakeClient();
    const parking = sqsParking({ queueUrl: "https://queue", client });
    const partitionKey = "\uFFFE, \uFFFF and \uFFFD";
    await parking.park({ ...parked, partitionKey });
    const [{ MessageBody }] = client.sent;
    expect(MessageBody).not.toMatch(/[\uFFFE\uFFFF]/);
    expect(JSON.parse(MessageBody).partitionKey).toBe(partitionKey);
  });

  it("fails at start without a queue", () => {
    expect(() => sqsParking({ queueUrl: undefined })).toThrow("no queueUrl");
  });
});

it("a store says where it is", () => {
  const client = fakeClient();
  const stores = [
    dynamodbParking({ tableName: "t", client }),
    s3Parking({ bucket: "b", prefix: "p/", client }),
    sqsParking({ queueUrl: "https://queue", client }),
  ];
  expect(stores.map(({ location }) => location)).toEqual(["t", "s3://b/p/", "https://queue"]);
});

describe("a payload that is too large for its store", () => {
  it.each(["dynamodb", "sqs"])("goes to S3 from %s", async (kind) => {
    const s3 = fakeClient();
    const client = fakeClient();
    const overflow = s3Payloads({ bucket: "b", client: s3 });
    const parking =
      kind === "sqs"
        ? sqsParking({ queueUrl: "https://queue", client, overflow })
        : dynamodbParking({ tableName: "t", client, overflow });
    expect(await parking.park(large)).toBeUndefined();
    expect(s3.sent[0].Body).toBe(large.data);
    const stored = kind === "sqs" ? JSON.parse(client.sent[0].MessageBody) : client.sent[0].Item;
    expect(stored.data).toBeUndefined();
    expect(stored.payloadLocation).toBe(
      "s3://b/parked/billing/orders/shardId-000000000000/42.3.data",
    );
  });

  it("is a pointer without one, and the log says until when it can be read", async () => {
    const client = fakeClient();
    const lines: any[] = [];
    const handler = kinesisConsumer({
      consumer: "billing",
      progress: memoryProgress(),
      park: dynamodbParking({ tableName: "t", client }),
      metrics: false,
      runtime: { write: (line) => lines.push(JSON.parse(line)) },
      process() {
        throw new NonRetryableError("never");
      },
    });
    expect(await handler(kinesisEvent([large.data]))).toEqual({ batchItemFailures: [] });
    expect(client.sent[0].Item).toMatchObject({ pointer: true, state: "parked" });
    expect(client.sent[0].Item.data).toBeUndefined();
    expect(lines.find(({ id }) => id)?.warning).toMatch(
      /no overflow is set: .* before the stream's retention ends/,
    );
  });

  it("blocks its shard when the overflow fails", async () => {
    const overflow = s3Payloads({ bucket: "b", client: fakeClient(() => "SlowDown") });
    const parking = dynamodbParking({ tableName: "t", client: fakeClient(), overflow });
    await expect(parking.park(large)).rejects.toThrow("SlowDown");
  });
});
