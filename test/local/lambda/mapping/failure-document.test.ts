/** A58 to A69: what a failure destination gets. */
import { expect, test } from "vitest";
import {
  s3ContentType,
  validateSettings,
} from "../../../../packages/local/src/lambda/mapping/index.ts";
import { fail, failing, letters, partialResponses, rig } from "./rig.ts";

const bucket = { destinationConfig: { onFailure: { destination: "arn:aws:s3:::failures" } } };

test("A58 A62 the body for a queue or a topic, field by field and in AWS's order", async () => {
  const t = rig();
  const first = t.put(["a"]);
  await t.clock.advance(1500);
  const last = t.put(["b"]);
  const mapping = t.map({ maximumRetryAttempts: 1 }, fail);
  await mapping.drain();
  expect(JSON.stringify(t.documents[0], undefined, 2)).toBe(
    JSON.stringify(
      {
        requestContext: {
          requestId: t.deliveries[0]!.requestId,
          functionArn: "arn:aws:lambda:us-east-1:123456789012:function:function",
          condition: "RetryAttemptsExhausted",
          approximateInvokeCount: 2,
        },
        responseContext: {
          statusCode: 200,
          executedVersion: "$LATEST",
          functionError: "Unhandled",
        },
        version: "1.0",
        timestamp: "2026-01-01T00:00:01.700Z",
        KinesisBatchInfo: {
          shardId: "shardId-000000000000",
          startSequenceNumber: first[0]!.sequenceNumber,
          endSequenceNumber: last[0]!.sequenceNumber,
          approximateArrivalOfFirstRecord: "2026-01-01T00:00:00.000Z",
          approximateArrivalOfLastRecord: "2026-01-01T00:00:01.500Z",
          batchSize: 2,
          streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
        },
      },
      undefined,
      2,
    ),
  );
});

test.each([
  ["departures", "$LATEST"],
  ["departures:live", "live"],
  ["departures:7", "7"],
  ["departures:$LATEST", "$LATEST"],
])("A58 the function is %s, as the mapping names it", async (name, version) => {
  const functionArn = `arn:aws:lambda:eu-west-1:123456789012:function:${name}`;
  for (const settings of [{}, bucket]) {
    const t = rig();
    t.put(["a"]);
    await t.map({ maximumRetryAttempts: 0, ...settings }, fail, { functionArn }).drain();
    expect(t.documents[0]!.requestContext.functionArn).toBe(functionArn);
    expect(t.documents[0]!.responseContext!.executedVersion).toBe(version);
  }
});

test("A59 the condition is RetryAttemptsExhausted or RecordAgeExceeded", async () => {
  const t = rig();
  t.put(["a"]);
  await t.map({ maximumRetryAttempts: 0 }, fail).drain();
  await t.map({ maximumRecordAgeInSeconds: 60 }, fail).drain();
  expect(t.documents.map(({ requestContext }) => requestContext.condition)).toEqual([
    "RetryAttemptsExhausted",
    "RecordAgeExceeded",
  ]);
});

test("A60 there is no responseContext where age was the cause", async () => {
  const t = rig();
  t.put(["a"]);
  await t.map({ maximumRecordAgeInSeconds: 60 }, fail).drain();
  expect(Object.keys(t.documents[0]!)).toEqual([
    "requestContext",
    "version",
    "timestamp",
    "KinesisBatchInfo",
  ]);
});

test("A61 a record too old before any invocation has an approximateInvokeCount of 1", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(61_000);
  const mapping = t.map({ maximumRecordAgeInSeconds: 60 });
  await mapping.drain();
  expect(mapping.trace).toEqual([]);
  expect(t.documents[0]!.requestContext.approximateInvokeCount).toBe(1);
});

test("A63 no record data is in a document for a queue", async () => {
  const t = rig();
  t.put(["a secret"], "a key");
  await t.map({ maximumRetryAttempts: 0 }, fail).drain();
  const text = JSON.stringify(t.documents[0]);
  expect(text).not.toContain(Buffer.from("a secret").toString("base64"));
  expect(text).not.toContain("a key");
  expect(t.destinations[0]).toEqual({ type: "sqs", arn: undefined });
});

test("A64 batchSize counts records after filtering, the range spans what was filtered out", async () => {
  const t = rig();
  const values = ['{"keep":1}', '{"keep":0}', '{"keep":1}'];
  const placed = t.put(values, "k");
  await t
    .map(
      {
        maximumRetryAttempts: 0,
        filterCriteria: { filters: [{ pattern: '{"data":{"keep":[1]}}' }] },
      },
      fail,
    )
    .drain();
  expect(t.documents[0]!.KinesisBatchInfo).toMatchObject({
    batchSize: 2,
    startSequenceNumber: placed[0]!.sequenceNumber,
    endSequenceNumber: placed[2]!.sequenceNumber,
  });
});

test("A65 an S3 object has the whole event as an escaped string, under AWS's key", async () => {
  const t = rig();
  t.put(letters(2));
  const mapping = t.map({ ...bucket, maximumRetryAttempts: 0 }, fail);
  await mapping.drain();
  const { payload, ...document } = t.documents[0]!;
  expect(typeof payload).toBe("string");
  expect(JSON.parse(payload!)).toEqual(t.deliveries[0]!.event);
  expect(Object.keys(document).at(-1)).toBe("KinesisBatchInfo");
  const { type, arn, key } = t.destinations[0]!;
  expect({ type, arn }).toEqual({ type: "s3", arn: "arn:aws:s3:::failures" });
  const pattern = `^aws/lambda/${mapping.uuid}/shardId-000000000000/2026/01/01/2026-01-01T00\\.00\\.00-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`;
  expect(key).toMatch(new RegExp(pattern));
  expect(s3ContentType).toBe("application/octet-stream");
});

test("A65 a record that was never invoked has its event in the object, too", async () => {
  const t = rig();
  t.put(["a"]);
  await t.clock.advance(61_000);
  await t.map({ ...bucket, maximumRecordAgeInSeconds: 60 }).drain();
  const event = JSON.parse(t.documents[0]!.payload!);
  expect(Buffer.from(event.Records[0].kinesis.data, "base64").toString()).toBe("a");
});

test("A66 streamArn is the consumer's ARN for enhanced fan-out", async () => {
  const t = rig({ consumer: true });
  t.put(["a"]);
  await t.map({ maximumRetryAttempts: 0 }, fail).drain();
  expect(t.documents[0]!.KinesisBatchInfo.streamArn).toBe(t.consumerArn);
});

test("A67 a document under a tumbling window says which; an empty final batch has shard and stream only", async () => {
  const t = rig();
  const placed = t.put(["a"]);
  const mapping = t.map({ tumblingWindowInSeconds: 60, maximumRetryAttempts: 0 }, ({ event }) => {
    if (event.isFinalInvokeForWindow) fail();
    return event.Records.length === 1 ? { state: { seen: true } } : {};
  });
  await mapping.drain();
  const other = t.map({ tumblingWindowInSeconds: 60, maximumRetryAttempts: 0 }, fail);
  await other.drain();
  const timeWindowInfo = { start: "2026-01-01T00:00:00Z", end: "2026-01-01T00:01:00Z" };
  const streamArn = "arn:aws:kinesis:us-east-1:123456789012:stream/orders";
  expect(t.documents[0]).toMatchObject({ timeWindowInfo });
  expect(t.documents[0]!.KinesisBatchInfo).toEqual({ shardId: placed[0]!.shardId, streamArn });
  expect(t.documents[1]).toMatchObject({ timeWindowInfo, KinesisBatchInfo: { batchSize: 1 } });
});

test("A68 a document that cannot be delivered is counted, and the shard goes on", async () => {
  const t = rig();
  t.put(letters(4));
  const mapping = t.map(
    { batchSize: 2, maximumRetryAttempts: 0 },
    (_, index) => {
      if (index === 0) fail();
    },
    { onFailure: () => Promise.reject(new Error("AccessDenied")) },
  );
  await mapping.drain();
  expect(mapping.metrics).toMatchObject({
    DestinationDeliveryFailures: 1,
    DroppedEventCount: 2,
    OnFailureDestinationDeliveredEventCount: 0,
  });
  expect(t.deliveries.map(({ values }) => values.join(""))).toEqual(["ab", "cd"]);
});

test("A68 A69 FIFO queues and topics and Kafka topics are refused", () => {
  const to = (destination: string) => () =>
    validateSettings({ destinationConfig: { onFailure: { destination } } });
  expect(to("arn:aws:sqs:us-east-1:123456789012:failures.fifo")).toThrow(/only standard queues/);
  expect(to("arn:aws:sns:us-east-1:123456789012:failures.fifo")).toThrow(/only standard queues/);
  expect(to("kafka://failures")).toThrow(/Kafka topics are for Kafka sources/);
  expect(to("arn:aws:sns:us-east-1:123456789012:failures")).not.toThrow();
});

test("a topic is told from a queue, and documents arrive before the shard goes on", async () => {
  const t = rig();
  t.put(letters(2));
  const order: string[] = [];
  const mapping = t.map(
    {
      batchSize: 1,
      maximumRetryAttempts: 0,
      destinationConfig: {
        onFailure: { destination: "arn:aws:sns:us-east-1:123456789012:failures" },
      },
    },
    ({ values }) => {
      order.push(values[0]!);
      fail();
    },
    {
      async onFailure(_, { type }) {
        await t.clock.sleep(10);
        order.push(type);
      },
    },
  );
  await mapping.drain();
  expect(order).toEqual(["a", "sns", "b", "sns"]);
});

test("a partial response's suffix that is given up has its own range", async () => {
  const t = rig();
  const placed = t.put(letters(5));
  await t.map({ ...partialResponses, maximumRetryAttempts: 1 }, (d) => failing(d, "d")).drain();
  expect(t.documents[0]!.KinesisBatchInfo).toMatchObject({
    batchSize: 2,
    startSequenceNumber: placed[3]!.sequenceNumber,
    endSequenceNumber: placed[4]!.sequenceNumber,
  });
});
