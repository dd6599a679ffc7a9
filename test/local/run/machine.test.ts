import { expect, test, vi } from "vitest";
import {
  callService,
  dynamodbProtocol,
  signed,
  sqsProtocol,
} from "../../../packages/local/src/run/call-service.ts";
import {
  buildHandler,
  type LocalService,
  type MachineEvent,
  type MachineOptions,
  startMachine,
  startServices,
} from "../../../packages/local/src/run/index.ts";
import type { Template } from "../../../packages/local/src/template/types.ts";
import { after } from "../../ending.ts";
import {
  bucket,
  deliveryStream,
  fn,
  glueTable,
  mapping,
  project,
  queue,
  stream,
  table,
  template,
  topic,
} from "./templates.ts";

/** Brings a template up, all functions built and all mappings on. */
async function up(model: Template, { letThrough }: Pick<MachineOptions, "letThrough"> = {}) {
  const events: MachineEvent[] = [];
  const without = (letThrough?.services ?? []) as LocalService[];
  const services = await startServices({ ...model, without });
  after(services.close);
  const machine = await startMachine({
    template: model,
    services,
    ...(letThrough && { letThrough }),
    onEvent: (event) => events.push(event),
  });
  after(machine.close);
  for (const fn of model.functions) {
    machine.load(fn, await buildHandler(fn.source, `${model.projectRoot}/out/${fn.name}`));
  }
  const mappings = model.mappings.map((one) => machine.map(one));
  const kinesis = services.kinesis!;
  const put = (stream: string, ...values: unknown[]) => {
    for (const value of values) {
      const data = Buffer.from(JSON.stringify(value));
      kinesis.putRecord({ stream, partitionKey: "a", data });
    }
  };
  const lines = () => events.flatMap((event) => (event.type === "log" ? [event.line.line] : []));
  const batches = () => events.flatMap((event) => (event.type === "batch" ? [event] : []));
  const drain = async () => {
    for (const mapped of mappings) await mapped.drain();
  };
  return { machine, services, kinesis, events, put, lines, batches, drain };
}

test("a record that is put reaches the function, with the variables of the template", async () => {
  const at = project({
    "orders.ts": `export const handler = async (event: any) => {
      for (const { kinesis } of event.Records)
        console.log(process.env.GREETING, Buffer.from(kinesis.data, "base64").toString());
    };`,
  });
  const { put, drain, lines, batches } = await up(
    template(at.root, {
      streams: [stream("orders", 2)],
      functions: [fn("orders", at.at("orders.ts"), { environment: { GREETING: "hello" } })],
      mappings: [mapping("orders", "orders")],
    }),
  );
  put("orders", { id: 1 }, { id: 2 });
  await drain();
  expect(lines()).toEqual(['hello {"id":1}', 'hello {"id":2}']);
  expect(batches()).toMatchObject([
    { functionName: "orders", stream: "orders", invocation: { batchSize: 2, outcome: "success" } },
  ]);
});

test("a handler's own clients reach the template's tables, queues and buckets, with nothing set", async () => {
  const at = project({
    "orders.ts": `
      import { DynamoDBClient, PutItemCommand, GetItemCommand } from "@aws-sdk/client-dynamodb";
      import { KinesisClient, ListShardsCommand } from "@aws-sdk/client-kinesis";
      import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
      import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
      export const handler = async () => {
        const dynamodb = new DynamoDBClient({});
        await dynamodb.send(new PutItemCommand({ TableName: "counts", Item: { id: { S: "a" }, n: { N: "1" } } }));
        const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "counts", Key: { id: { S: "a" } } }));
        const sqs = new SQSClient({});
        const QueueUrl = process.env.QUEUE_URL;
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
        const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
        const s3 = new S3Client({});
        await s3.send(new PutObjectCommand({ Bucket: "orders-files", Key: "a/b.txt", Body: "bytes" }));
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: "orders-files", Key: "a/b.txt" }));
        const { Shards } = await new KinesisClient({}).send(new ListShardsCommand({ StreamName: "orders" }));
        return [Item, Messages?.[0]?.Body, await Body?.transformToString(), Shards?.length];
      };`,
  });
  const queueUrl = "https://sqs.us-east-1.amazonaws.com/123456789012/work";
  const model = template(at.root, {
    streams: [stream("orders", 3)],
    tables: [table("counts", "id")],
    queues: [queue("work")],
    buckets: [bucket("orders-files")],
    functions: [fn("orders", at.at("orders.ts"), { environment: { QUEUE_URL: queueUrl } })],
  });
  const { machine } = await up(model);
  const [only] = machine.functions.values();
  expect(await only!.invoke({}, { awsRequestId: "1" })).toEqual([
    { id: { S: "a" }, n: { N: "1" } },
    "hello",
    "bytes",
    3,
  ]);
});

test("version 2 of the AWS SDK would ask AWS, and who has it is told", async () => {
  const at = project({
    "node_modules/aws-sdk/index.js": "exports.Kinesis = class {};",
    "old.ts": `import { Kinesis } from "aws-sdk"; export const handler = async () => new Kinesis();`,
    "new.ts": "export const handler = async () => {};",
  });
  const functions = [fn("old", at.at("old.ts")), fn("new", at.at("new.ts"))];
  const { events } = await up(template(at.root, { functions }));
  expect(events).toEqual([
    {
      type: "note",
      text: expect.stringMatching(/^old has version 2 of the AWS SDK.*AWS_ENDPOINT_URL_KINESIS/),
    },
  ]);
});

test("a table has its indexes and its time to live; a queue its dead letters, in whatever order they stand", async () => {
  const letters = queue("letters");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: letters.arn, maxReceiveCount: 3 });
  const index = {
    IndexName: "byName",
    KeySchema: [{ AttributeName: "name", KeyType: "HASH" }],
    Projection: { ProjectionType: "ALL" },
  };
  const counts = table("counts", "id");
  const { services } = await up(
    template(project().root, {
      tables: [
        {
          ...counts,
          attributeDefinitions: [
            ...counts.attributeDefinitions,
            { AttributeName: "name", AttributeType: "S" },
          ],
          globalSecondaryIndexes: [index],
          timeToLive: "expiresAt",
        },
        { ...table("fixed"), billingMode: "PROVISIONED" },
      ],
      queues: [{ ...queue("work"), attributes: { RedrivePolicy } }, letters],
    }),
  );
  const call = (operation: string, TableName: string) =>
    callService(services.endpoints.dynamodb!, dynamodbProtocol, operation, { TableName });
  const { Table } = await call("DescribeTable", "counts");
  expect(Table.GlobalSecondaryIndexes).toMatchObject([{ IndexName: "byName" }]);
  expect((await call("DescribeTimeToLive", "counts")).TimeToLiveDescription).toMatchObject({
    TimeToLiveStatus: "ENABLED",
    AttributeName: "expiresAt",
  });
  expect((await call("DescribeTable", "fixed")).Table.ProvisionedThroughput).toMatchObject({
    ReadCapacityUnits: 1,
  });
  const { Attributes } = await callService(
    services.endpoints.sqs!,
    sqsProtocol,
    "GetQueueAttributes",
    {
      QueueUrl: `${services.endpoints.sqs}/123456789012/work`,
      AttributeNames: ["RedrivePolicy"],
    },
  );
  expect(JSON.parse(Attributes.RedrivePolicy)).toEqual(JSON.parse(RedrivePolicy));
});

test("a batch that is given up is an object in the bucket, event and all", async () => {
  const at = project({
    "orders.ts": `export const handler = () => { throw new Error("never"); };`,
  });
  const { put, drain, services, events } = await up(
    template(at.root, {
      streams: [stream("orders")],
      buckets: [bucket("failed")],
      functions: [fn("orders", at.at("orders.ts"))],
      mappings: [
        mapping("orders", "orders", {
          maximumRetryAttempts: 0,
          destinationConfig: { onFailure: { destination: "arn:aws:s3:::failed" } },
        }),
      ],
    }),
  );
  put("orders", { id: 1 });
  await drain();
  expect(events).toContainEqual(
    expect.objectContaining({ type: "discarded", destination: "arn:aws:s3:::failed" }),
  );
  const listed = await (
    await fetch(`${services.endpoints.s3}/failed`, { headers: signed("s3") })
  ).text();
  const [, key] = /<Key>([^<]+)/.exec(listed)!;
  expect(key).toMatch(/^aws\/lambda\/[\w-]+\/shardId-000000000000\//);
  const object = await fetch(`${services.endpoints.s3}/failed/${key}`, { headers: signed("s3") });
  expect(object.headers.get("content-type")).toBe("application/octet-stream");
  const { payload, KinesisBatchInfo } = (await object.json()) as any;
  expect(KinesisBatchInfo).toMatchObject({ batchSize: 1 });
  expect(JSON.parse(payload).Records).toHaveLength(1);
});

test("a batch that is given up is published to the topic, and so to its queue", async () => {
  const at = project({
    "orders.ts": `export const handler = () => { throw new Error("never"); };`,
  });
  const { put, drain, services } = await up(
    template(at.root, {
      streams: [stream("orders")],
      queues: [queue("mails")],
      topics: [topic("failed", "mails")],
      functions: [fn("orders", at.at("orders.ts"))],
      mappings: [
        mapping("orders", "orders", {
          maximumRetryAttempts: 0,
          destinationConfig: { onFailure: { destination: topic("failed").arn } },
        }),
      ],
    }),
  );
  put("orders", { id: 1 });
  await drain();
  const QueueUrl = `${services.endpoints.sqs}/123456789012/mails`;
  const received = await callService(services.endpoints.sqs!, sqsProtocol, "ReceiveMessage", {
    QueueUrl,
  });
  const { Message } = JSON.parse(received.Messages[0].Body);
  expect(JSON.parse(Message)).toMatchObject({ KinesisBatchInfo: { batchSize: 1 } });
});

test("what a topic cannot publish to here is named", async () => {
  const { events } = await up(template(project().root, { topics: [topic("failed", "elsewhere")] }));
  expect(events).toEqual([
    {
      type: "note",
      text: `Topic failed does not publish to ${queue("elsewhere").arn} (sqs) here: only to queues of the template.`,
    },
  ]);
});

test("a destination that is not there loses the batch, and it is said", async () => {
  const at = project({
    "orders.ts": `export const handler = () => { throw new Error("never"); };`,
  });
  const { put, drain, events } = await up(
    template(at.root, {
      streams: [stream("orders")],
      functions: [fn("orders", at.at("orders.ts"))],
      mappings: [
        mapping("orders", "orders", {
          maximumRetryAttempts: 0,
          destinationConfig: { onFailure: { destination: queue("elsewhere").arn } },
        }),
      ],
    }),
  );
  put("orders", { id: 1 });
  await drain();
  const discarded = events.find(({ type }) => type === "discarded");
  expect(discarded).toMatchObject({
    error: { message: expect.stringContaining("does not exist") },
  });
});

test("a fan-out consumer gets its records under the ARN that it has here", async () => {
  const at = project({
    "orders.ts": `export const handler = async (event: any) => console.log(event.Records[0].eventSourceARN);`,
  });
  const { arn: streamArn } = stream("orders");
  const consumerArn = `${streamArn}/consumer/fast:1700000000`;
  const { put, drain, lines } = await up(
    template(at.root, {
      streams: [stream("orders")],
      consumers: [
        {
          ...{
            logicalId: "fast",
            type: "AWS::Kinesis::StreamConsumer",
            name: "fast",
            arn: consumerArn,
          },
          ...{ properties: {}, place: { file: "/template.json" }, streamArn },
        },
      ],
      functions: [fn("orders", at.at("orders.ts"))],
      mappings: [{ ...mapping("orders", "orders"), consumerArn }],
    }),
  );
  put("orders", { id: 1 });
  await drain();
  expect(lines()).toEqual([expect.stringMatching(/stream\/orders\/consumer\/fast:\d+$/)]);
});

test("a mapping that cannot read on says so", async () => {
  const at = project({ "orders.ts": `export const handler = async () => {};` });
  const { kinesis, put, events } = await up(
    template(at.root, {
      streams: [stream("orders")],
      functions: [fn("orders", at.at("orders.ts"))],
      mappings: [
        { ...mapping("orders", "orders"), consumerArn: `${stream("orders").arn}/consumer/fast:1` },
      ],
    }),
  );
  const [consumer] = kinesis.listStreamConsumers({ stream: "orders" });
  kinesis.deregisterStreamConsumer({ consumer: consumer!.arn });
  put("orders", { id: 1 });
  const note = await vi.waitUntil(() => events.find(({ type }) => type === "note"), {
    timeout: 30_000,
  });
  expect(note).toMatchObject({
    text: expect.stringContaining("The mapping of orders to orders has stopped: "),
  });
});

test("real credentials and endpoints reach a function only for what is let through", async () => {
  const at = project({
    "orders.ts": `export const handler = async () =>
      Object.fromEntries(Object.entries(process.env).filter(([name]) => /^AWS_(ENDPOINT|ACCESS|SECRET|SESSION)/.test(name)));`,
  });
  const credentials = { accessKeyId: "AKIAREAL", secretAccessKey: "real", sessionToken: "token" };
  const letThrough = { services: ["ssm", "secretsmanager", "dynamodb"], credentials };
  const model = template(at.root, { functions: [fn("orders", at.at("orders.ts"))] });
  const { machine } = await up(model, { letThrough });
  const [only] = machine.functions.values();
  const variables = await only!.invoke({}, { awsRequestId: "1" });
  expect(variables).toMatchObject({
    AWS_ACCESS_KEY_ID: "AKIAREAL",
    AWS_SECRET_ACCESS_KEY: "real",
    AWS_SESSION_TOKEN: "token",
    AWS_ENDPOINT_URL: expect.stringContaining("http://127.0.0.1:"),
    AWS_ENDPOINT_URL_SSM: "https://ssm.us-east-1.amazonaws.com",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://secretsmanager.us-east-1.amazonaws.com",
    AWS_ENDPOINT_URL_DYNAMODB: "https://dynamodb.us-east-1.amazonaws.com",
    AWS_ENDPOINT_URL_SQS: expect.stringContaining("http://127.0.0.1:"),
  });
});

const lambdaProcessor = (functionName: string) => ({
  Enabled: true,
  Processors: [
    {
      Type: "Lambda",
      Parameters: [{ ParameterName: "LambdaArn", ParameterValue: fn(functionName, "").arn }],
    },
  ],
});

test("a delivery stream takes what is put, has the function transform it, and writes to the bucket", async () => {
  const at = project({
    "loud.ts": `
      import { FirehoseClient, PutRecordCommand } from "@aws-sdk/client-firehose";
      export const handler = async (event: any) => {
        if (!event.records) return new FirehoseClient({}).send(
          new PutRecordCommand({ DeliveryStreamName: "archive", Record: { Data: Buffer.from("quiet") } }));
        const loud = (data: string) => Buffer.from(Buffer.from(data, "base64").toString().toUpperCase()).toString("base64");
        return { records: event.records.map(({ recordId, data }: any) => ({ recordId, result: "Ok", data: loud(data) })) };
      };`,
  });
  const { events, machine, services } = await up(
    template(at.root, {
      functions: [fn("loud", at.at("loud.ts"))],
      deliveryStreams: [
        deliveryStream("archive", {
          ExtendedS3DestinationConfiguration: {
            BucketARN: "arn:aws:s3:::archive",
            ProcessingConfiguration: lambdaProcessor("loud"),
          },
        }),
      ],
    }),
  );
  const [only] = machine.functions.values();
  await only!.invoke({}, { awsRequestId: "1" });
  // At the end what is buffered is delivered, as if its time had come, and told.
  await machine.close();
  expect(events.filter(({ type }) => type !== "note").slice(-2)).toMatchObject([
    { type: "transform", functionName: "loud", records: 1 },
    { type: "object", deliveryStream: "archive", records: 1 },
  ]);
  const bucketUrl = `${services.endpoints.s3}/archive`;
  const [, key] = /<Key>([^<]+)/.exec(
    await (await fetch(bucketUrl, { headers: signed("s3") })).text(),
  )!;
  expect(await (await fetch(`${bucketUrl}/${key}`, { headers: signed("s3") })).text()).toBe(
    "QUIET",
  );
});

const toParquet = (tableName: string) => ({
  ExtendedS3DestinationConfiguration: {
    BucketARN: "arn:aws:s3:::archive",
    DataFormatConversionConfiguration: {
      InputFormatConfiguration: { Deserializer: { OpenXJsonSerDe: {} } },
      OutputFormatConfiguration: { Serializer: { ParquetSerDe: {} } },
      SchemaConfiguration: { DatabaseName: "lake", TableName: tableName },
    },
  },
});

test("a delivery stream converts by the template's Glue table, and says which one is missing", async () => {
  const { events, services } = await up(
    template(project().root, {
      deliveryStreams: [
        deliveryStream("converted", toParquet("lines")),
        deliveryStream("mistyped", toParquet("lanes")),
      ],
      glueTables: [glueTable("Lake", "Lines", { id: "int" })],
    }),
  );
  expect(events).toEqual([
    {
      type: "note",
      text: "Firehose mistyped does not run here: its Glue table lake.lanes is not in the template. Did you mean lake.lines?",
    },
  ]);
  expect(services.endpoints.firehose).toContain("http://127.0.0.1:");
});

test("a delivery stream that cannot run here is named, and the rest runs", async () => {
  const { events, services } = await up(
    template(project().root, {
      deliveryStreams: [
        deliveryStream("search", { RedshiftDestinationConfiguration: {} }),
        deliveryStream("lost", {
          ExtendedS3DestinationConfiguration: {
            BucketARN: "arn:aws:s3:::archive",
            ProcessingConfiguration: lambdaProcessor("elsewhere"),
          },
        }),
      ],
    }),
  );
  expect(services.endpoints.firehose).toContain("http://127.0.0.1:");
  const notes = events.map((event) => (event.type === "note" ? event.text : ""));
  expect(notes[0]).toContain("Firehose search does not run here: ");
  expect(notes[0]).toContain("Redshift");
  expect(notes[1]).toBe(
    `Firehose lost does not run here: its function ${fn("elsewhere", "").arn} is not in the template, or does not run here.`,
  );
});
