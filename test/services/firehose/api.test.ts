import {
  CreateDeliveryStreamCommand,
  DeleteDeliveryStreamCommand,
  DescribeDeliveryStreamCommand,
  FirehoseClient,
  ListDeliveryStreamsCommand,
  PutRecordBatchCommand,
  PutRecordCommand,
} from "@aws-sdk/client-firehose";
import { afterEach, expect, test } from "vitest";
import {
  createDeliveryStream,
  type DeliveryStreamSettings,
  type FirehoseServerOptions,
  serveFirehose,
} from "../../../packages/services/src/firehose/index.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { bucketArn, rig, toS3 } from "./rig.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function served(options: FirehoseServerOptions = {}) {
  const at = rig(toS3({ BufferingHints: { SizeInMBs: 5, IntervalInSeconds: 300 } }));
  const server = await serveFirehose({
    deliveryStreams: [at.stream],
    clock: at.clock,
    random: seededRandom(3),
    ...options,
  });
  const client = new FirehoseClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
    maxAttempts: 1,
  });
  closing.push(
    () => server.close(),
    () => client.destroy(),
  );
  return { ...at, client, server };
}

const DeliveryStreamName = "orders";
const data = (value: string) => ({ Data: Buffer.from(value) });

test("An AWS client puts records, and they are delivered.", async () => {
  const { client, stream, texts } = await served();
  const one = await client.send(new PutRecordCommand({ DeliveryStreamName, Record: data("a\n") }));
  expect(one).toMatchObject({ RecordId: expect.stringMatching(/^\d{62}$/), Encrypted: false });
  const many = await client.send(
    new PutRecordBatchCommand({ DeliveryStreamName, Records: [data("b\n"), data("c\n")] }),
  );
  expect(many.FailedPutCount).toBe(0);
  expect(many.RequestResponses).toHaveLength(2);
  await stream.drain();
  expect(texts()).toEqual(["a\nb\nc\n"]);
});

test("T9: a PutRecordBatch that fails in part answers each record at its own place.", async () => {
  const { client, stream, texts } = await served({
    faults: { PutRecordBatch: { throttleRate: 0.4 } },
  });
  const values = Array.from({ length: 200 }, (_, at) => `${at}\n`);
  let left = values;
  for (let calls = 0; left.length > 0; calls++) {
    expect(calls).toBeLessThan(40);
    const { FailedPutCount, RequestResponses = [] } = await client.send(
      new PutRecordBatchCommand({ DeliveryStreamName, Records: left.map(data) }),
    );
    const failed = left.filter((_, at) => RequestResponses[at]?.ErrorCode !== undefined);
    expect(RequestResponses).toHaveLength(left.length);
    expect(FailedPutCount).toBe(failed.length);
    if (calls === 0) expect(failed.length).toBeGreaterThan(0);
    for (const one of RequestResponses) {
      if (one.RecordId === undefined) {
        expect(one).toMatchObject({
          ErrorCode: "ServiceUnavailableException",
          ErrorMessage: "Slow down.",
        });
      }
    }
    left = failed;
  }
  await stream.drain();
  // Each once: what was answered as put was put, what was answered as failed was not.
  expect(texts().join("").trim().split("\n").sort()).toEqual(
    values.map((one) => one.trim()).sort(),
  );
});

test.each<[string, () => { Data: Uint8Array }[], string]>([
  [
    "501 records",
    () => Array.from({ length: 501 }, () => data("a")),
    "Member must have length less than or equal to 500",
  ],
  ["no record", () => [], "Member must have length greater than or equal to 1"],
  [
    "a record of more than 1,000 KiB",
    () => [{ Data: new Uint8Array(1_024_001) }],
    "Member must have length less than or equal to 1024000",
  ],
  [
    "more than 4 MiB",
    () => Array.from({ length: 5 }, () => ({ Data: new Uint8Array(900_000) })),
    "Records size exceeds 4 MB limit",
  ],
])("PutRecordBatch refuses %s.", async (_, records, message) => {
  const { client, stream } = await served();
  const call = client.send(new PutRecordBatchCommand({ DeliveryStreamName, Records: records() }));
  await expect(call).rejects.toThrow(message);
  expect(stream.counts.incoming).toBe(0);
});

test("A record of exactly 1,000 KiB is taken.", async () => {
  const { client, stream } = await served();
  await client.send(
    new PutRecordCommand({ DeliveryStreamName, Record: { Data: new Uint8Array(1_024_000) } }),
  );
  expect(stream.counts.incoming).toBe(1);
});

test("More than 5 MiB in a second are refused, record by record, until the next second.", async () => {
  const { client, clock } = await served();
  const batch = () =>
    client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName,
        Records: Array.from({ length: 4 }, () => ({ Data: new Uint8Array(1_000_000) })),
      }),
    );
  expect((await batch()).FailedPutCount).toBe(0);
  const { FailedPutCount, RequestResponses } = await batch();
  expect(FailedPutCount).toBe(3);
  expect(RequestResponses?.map(({ ErrorCode }) => ErrorCode !== undefined)).toEqual([
    false,
    true,
    true,
    true,
  ]);
  await clock.advance(1000);
  expect((await batch()).FailedPutCount).toBe(0);
});

test("Without limits nothing is refused.", async () => {
  const { client } = await served({ limits: false });
  for (let call = 0; call < 3; call++) {
    const { FailedPutCount } = await client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName,
        Records: Array.from({ length: 4 }, () => ({ Data: new Uint8Array(1_000_000) })),
      }),
    );
    expect(FailedPutCount).toBe(0);
  }
});

test("What is not there is not found.", async () => {
  const { client } = await served();
  const call = client.send(new PutRecordCommand({ DeliveryStreamName: "lost", Record: data("a") }));
  await expect(call).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Firehose lost under account 123456789012 not found.",
  });
});

test("Throttled and failing calls do nothing.", async () => {
  const throttled = await served({ faults: { PutRecord: { throttleRate: 1 } } });
  const put = () => new PutRecordCommand({ DeliveryStreamName, Record: data("a") });
  await expect(throttled.client.send(put())).rejects.toMatchObject({
    name: "ServiceUnavailableException",
  });
  const failing = await served({ faults: { PutRecord: { internalFailureRate: 1 } } });
  await expect(failing.client.send(put())).rejects.toMatchObject({ name: "InternalFailure" });
  expect([throttled, failing].map(({ stream }) => stream.counts.incoming)).toEqual([0, 0]);
});

test("A client creates, describes, lists and deletes delivery streams.", async () => {
  const { client, bucket, clock } = await served({
    create: (name, settings) =>
      createDeliveryStream({ name, settings: settings as DeliveryStreamSettings, bucket, clock }),
  });
  const { DeliveryStreamARN } = await client.send(
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: "more",
      DeliveryStreamType: "DirectPut",
      ExtendedS3DestinationConfiguration: {
        BucketARN: bucketArn,
        RoleARN: "arn:aws:iam::123456789012:role/firehose",
        CompressionFormat: "GZIP",
      },
    }),
  );
  expect(DeliveryStreamARN).toBe("arn:aws:firehose:us-east-1:123456789012:deliverystream/more");
  const { DeliveryStreamDescription } = await client.send(
    new DescribeDeliveryStreamCommand({ DeliveryStreamName: "more" }),
  );
  expect(DeliveryStreamDescription).toMatchObject({
    DeliveryStreamARN,
    DeliveryStreamStatus: "ACTIVE",
    DeliveryStreamType: "DirectPut",
    VersionId: "1",
    CreateTimestamp: new Date(clock.now()),
    Destinations: [
      { ExtendedS3DestinationDescription: { BucketARN: bucketArn, CompressionFormat: "GZIP" } },
    ],
  });
  const list = () => client.send(new ListDeliveryStreamsCommand({ Limit: 1 }));
  expect(await list()).toMatchObject({
    DeliveryStreamNames: ["more"],
    HasMoreDeliveryStreams: true,
  });
  const both = await client.send(new ListDeliveryStreamsCommand({ Limit: 2 }));
  expect(both).toMatchObject({
    DeliveryStreamNames: ["more", "orders"],
    HasMoreDeliveryStreams: false,
  });
  await client.send(new PutRecordCommand({ DeliveryStreamName: "more", Record: data("a") }));
  await client.send(new DeleteDeliveryStreamCommand({ DeliveryStreamName: "more" }));
  // What it had is delivered.
  await expect
    .poll(() => [...bucket.objects.keys()])
    .toEqual([expect.stringMatching(/more-1-.*\.gz$/)]);
  expect((await list()).DeliveryStreamNames).toEqual(["orders"]);
});

test("Creating is refused where nobody makes delivery streams, and under a name that is taken.", async () => {
  const create = (name: string) =>
    new CreateDeliveryStreamCommand({
      DeliveryStreamName: name,
      S3DestinationConfiguration: {
        BucketARN: bucketArn,
        RoleARN: "arn:aws:iam::123456789012:role/r",
      },
    });
  const { client } = await served();
  await expect(client.send(create("more"))).rejects.toMatchObject({
    name: "InvalidArgumentException",
  });
  await expect(client.send(create("orders"))).rejects.toMatchObject({
    name: "ResourceInUseException",
  });
});

test("Other actions and other protocols are refused with their name.", async () => {
  const { server } = await served();
  const post = (target: string, headers = {}) =>
    fetch(server.endpoint, {
      method: "POST",
      headers: {
        "x-amz-target": target,
        "content-type": "application/x-amz-json-1.1",
        authorization: "any",
        ...headers,
      },
      body: "{}",
    });
  const unknown = await post("Firehose_20150804.UpdateDestination");
  expect(unknown.status).toBe(400);
  expect(await unknown.json()).toMatchObject({
    __type: "UnknownOperationException",
    message: expect.stringContaining('"Firehose_20150804.UpdateDestination" is not served here'),
  });
  const invalid = await post("Firehose_20150804.PutRecord");
  expect(await invalid.json()).toMatchObject({
    __type: "ValidationException",
    message: expect.stringContaining("Value null at 'deliveryStreamName'"),
  });
  const unsigned = await post("Firehose_20150804.PutRecord", { authorization: "" });
  expect(await unsigned.json()).toMatchObject({ __type: "MissingAuthenticationTokenException" });
});
