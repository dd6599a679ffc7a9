/** One address for all services, as clients of AWS use it that know nothing but AWS_ENDPOINT_URL. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  RegisterStreamConsumerCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  buildHandler,
  startMachine,
  startServices,
} from "../../../packages/local/src/run/index.ts";
import { serviceOf } from "../../../packages/local/src/run/one-address.ts";
import { bucket, fn, queue, stream, template } from "./templates.ts";

let address = "";
const ends: (() => unknown)[] = [];
const oneClient = () => ({
  endpoint: address,
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
  maxAttempts: 1,
});

describe("one address", () => {
  beforeAll(async () => {
    const root = mkdtempSync(join(tmpdir(), "shardmill-address-"));
    ends.push(() => rmSync(root, { recursive: true, force: true }));
    const handler = join(root, "orders.ts");
    writeFileSync(handler, "export const handler = async (event: any) => event.n * 2;");
    const model = template(root, {
      streams: [stream("orders")],
      queues: [queue("failed")],
      buckets: [bucket("files")],
      functions: [fn("orders", handler)],
    });
    const services = await startServices({ ...model, bucketFolder: join(root, "buckets") });
    ends.push(services.close);
    const oneAddress = { host: "127.0.0.1", port: 0, orAny: false };
    const machine = await startMachine({ template: model, services, oneAddress, onEvent() {} });
    ends.push(machine.close);
    const [only] = model.functions;
    machine.load(only!, await buildHandler(only!.source, join(root, "out")));
    address = machine.address!;
  });
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
  });

  it("takes Kinesis, in HTTP/2 too, and streams a subscription", async () => {
    const client = new KinesisClient(oneClient());
    const data = { StreamName: "orders", PartitionKey: "a", Data: Buffer.from("one") };
    expect((await client.send(new PutRecordCommand(data))).ShardId).toBe("shardId-000000000000");
    const { Consumer } = await client.send(
      new RegisterStreamConsumerCommand({ StreamARN: stream("orders").arn, ConsumerName: "fast" }),
    );
    const { Shards } = await client.send(new ListShardsCommand({ StreamName: "orders" }));
    const { EventStream } = await client.send(
      new SubscribeToShardCommand({
        ConsumerARN: Consumer!.ConsumerARN,
        ShardId: Shards![0]!.ShardId,
        StartingPosition: { Type: "TRIM_HORIZON" },
      }),
    );
    for await (const { SubscribeToShardEvent } of EventStream!) {
      const [record] = SubscribeToShardEvent?.Records ?? [];
      if (!record) continue;
      expect(Buffer.from(record.Data!).toString()).toBe("one");
      break;
    }
    client.destroy();
  });

  it("takes DynamoDB, Lambda and objects of S3", async () => {
    const dynamodb = new DynamoDBClient(oneClient());
    await dynamodb.send(
      new CreateTableCommand({
        TableName: "seats",
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
      }),
    );
    expect((await dynamodb.send(new ListTablesCommand())).TableNames).toContain("seats");
    const lambda = new LambdaClient(oneClient());
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: "orders", Payload: '{"n":21}' }),
    );
    expect(Buffer.from(Payload!).toString()).toBe("42");
    const s3 = new S3Client(oneClient());
    const Body = Buffer.alloc(3_000_000, "ü");
    await s3.send(new PutObjectCommand({ Bucket: "files", Key: "a/ü", Body }));
    const { Body: back } = await s3.send(new GetObjectCommand({ Bucket: "files", Key: "a/ü" }));
    expect(Body.equals(await back!.transformToByteArray())).toBe(true);
    for (const client of [dynamodb, lambda, s3]) client.destroy();
  });

  it("takes messages to the URL of a queue", async () => {
    const client = new SQSClient(oneClient());
    const QueueUrl = `${address}/123456789012/failed`;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "lost" }));
    const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages).toMatchObject([{ Body: "lost" }]);
    client.destroy();
  });

  it("says at /_health where each service is", async () => {
    const health: any = await (await fetch(`${address}/_health`)).json();
    expect(health).toMatchObject({ status: "ok", region: "us-east-1" });
    expect(Object.keys(health.services).sort()).toEqual(
      ["dynamodb", "firehose", "kinesis", "lambda", "s3", "sns", "sqs"].sort(),
    );
  });

  it("refuses services that are not here by name, and web pages", async () => {
    const authorization = "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/ssm/aws4_request";
    const headers = { authorization, "x-amz-target": "AmazonSSM.GetParameter" };
    const refused = await fetch(address, { method: "POST", headers, body: "{}" });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("ssm GetParameter was not sent");
    const page = await fetch(`${address}/_health`, { headers: { origin: "http://evil.example" } });
    expect(page.status).toBe(403);
  });
});

const signed = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=a/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host`,
});

it.each([
  ["its signature", signed("dynamodb"), "/", "dynamodb"],
  [
    "its signature, before its target",
    { ...signed("sqs"), "x-amz-target": "Kinesis_1.A" },
    "/",
    "sqs",
  ],
  [
    "a signature in its address",
    {},
    "/b/k?X-Amz-Credential=a%2F1%2Feu-west-1%2Fs3%2Faws4_request",
    "s3",
  ],
  ["its target", { "x-amz-target": "Kinesis_20131202.PutRecord" }, "/", "kinesis"],
  ["its path", {}, "/2015-03-31/functions/orders/invocations", "lambda"],
  ["nothing, which S3 alone allows", { host: "files.localhost:4566" }, "/a.txt", "s3"],
  ["a service that is not here", signed("ssm"), "/", undefined],
  ["a target that is not here", { "x-amz-target": "AWSEvents.PutEvents" }, "/", undefined],
  [
    "a form without a name",
    { "content-type": "application/x-www-form-urlencoded" },
    "/",
    undefined,
  ],
])("a request is told by %s", (_, headers, url, service) => {
  expect(serviceOf(headers, url)).toBe(service);
});
