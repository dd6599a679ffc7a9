import { createHash } from "node:crypto";
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
  TagQueueCommand,
  UntagQueueCommand,
} from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { handClock } from "./hand-clock.ts";
import { credentials, served } from "./served.ts";

test("a message goes through, with attributes that the SDK checks the digests of", async () => {
  const { client } = await served();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "orders" }));
  const sent = await client.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: 'line 1\nünïcödé <&> "quoted" 🚀',
      MessageAttributes: {
        text: { DataType: "String", StringValue: "ä" },
        number: { DataType: "Number.float", StringValue: "1.5" },
        bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 1, 255) },
      },
      MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: "Root=1" } },
    }),
  );
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MessageAttributeNames: ["All"],
      MessageSystemAttributeNames: ["All"],
    }),
  );
  expect(Messages).toMatchObject([
    {
      MessageId: sent.MessageId,
      Body: 'line 1\nünïcödé <&> "quoted" 🚀',
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: { ApproximateReceiveCount: "1", AWSTraceHeader: "Root=1" },
      MessageAttributes: {
        text: { DataType: "String", StringValue: "ä" },
        number: { DataType: "Number.float", StringValue: "1.5" },
        bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 1, 255) },
      },
    },
  ]);
  const [{ ReceiptHandle } = {}] = Messages;
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    QueueArn: "arn:aws:sqs:us-east-1:123456789012:orders",
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0",
    VisibilityTimeout: "30",
    MaximumMessageSize: "1048576",
  });
});

test("a digest is as AWS documents it, computed elsewhere", async () => {
  const { client } = await served();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "digests" }));
  const MessageAttributes = { test: { DataType: "String", StringValue: "1234" } };
  const sent = await client.send(
    new SendMessageCommand({ QueueUrl, MessageBody: "This is a test message", MessageAttributes }),
  );
  expect(sent.MD5OfMessageBody).toBe("fafb00f5732ab283681e124bf8747ed1");
  // The bytes that the documentation lists, hashed by hand.
  const bytes = Buffer.concat([
    Buffer.from([0, 0, 0, 4]),
    Buffer.from("test"),
    Buffer.from([0, 0, 0, 6]),
    Buffer.from("String"),
    Buffer.from([1, 0, 0, 0, 4]),
    Buffer.from("1234"),
  ]);
  expect(sent.MD5OfMessageAttributes).toBe(createHash("md5").update(bytes).digest("hex"));
});

test("only the attributes that are asked for come, and the SDK finds their digest right", async () => {
  const { client } = await served();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "asked" }));
  const value = { DataType: "String", StringValue: "x" };
  const MessageAttributes = { "trace.id": value, "trace.span": value, other: value };
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "a", MessageAttributes }));
  const names = async (MessageAttributeNames: string[]) => {
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames, VisibilityTimeout: 0 }),
    );
    return Object.keys(message?.MessageAttributes ?? {}).sort();
  };
  expect(await names([])).toEqual([]);
  expect(await names(["other", "none"])).toEqual(["other"]);
  expect(await names(["trace.*"])).toEqual(["trace.id", "trace.span"]);
  expect(await names([".*"])).toEqual(["other", "trace.id", "trace.span"]);
});

test("batches send, delete and change entry by entry", async () => {
  const { client } = await served();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "batches" }));
  const sent = await client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "1" },
        { Id: "b", MessageBody: "2", DelaySeconds: 901 },
        { Id: "c", MessageBody: "3" },
      ],
    }),
  );
  expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
  expect(sent.Failed).toMatchObject([
    { Id: "b", SenderFault: true, Code: "InvalidParameterValue" },
  ]);
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
  );
  expect(Messages.map(({ Body }) => Body)).toEqual(["1", "3"]);
  const handles = Messages.map(({ ReceiptHandle }, at) => ({ Id: `${at}`, ReceiptHandle }));
  const changed = await client.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl,
      Entries: handles.map((entry) => ({ ...entry, VisibilityTimeout: 60 })),
    }),
  );
  expect(changed.Successful).toHaveLength(2);
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl,
      Entries: [...handles, { Id: "wrong", ReceiptHandle: "nonsense" }],
    }),
  );
  expect(deleted.Successful?.map(({ Id }) => Id)).toEqual(["0", "1"]);
  expect(deleted.Failed).toMatchObject([{ Id: "wrong", Code: "ReceiptHandleIsInvalid" }]);
});

test("a batch that is none is refused", async () => {
  const { client } = await served();
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "batches" }));
  const send = (ids: string[], MessageBody = "a") =>
    client.send(
      new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody })) }),
    );
  const numbers = Array.from({ length: 11 }, (_, at) => `${at}`);
  await expect(send([])).rejects.toThrow("at least one SendMessageBatchRequestEntry");
  await expect(send(numbers)).rejects.toMatchObject({ name: "TooManyEntriesInBatchRequest" });
  await expect(send(["a", "a"])).rejects.toMatchObject({ name: "BatchEntryIdsNotDistinct" });
  await expect(send(["a b"])).rejects.toMatchObject({ name: "InvalidBatchEntryId" });
  await expect(send(["a", "b"], "x".repeat(600_000))).rejects.toMatchObject({
    name: "BatchRequestTooLong",
  });
});

test("queues are made, found, listed page by page, changed, emptied and deleted", async () => {
  const { client, server } = await served();
  for (const name of ["a-1", "a-2", "a-3", "b-1"]) {
    await client.send(new CreateQueueCommand({ QueueName: name, tags: { team: "x" } }));
  }
  const QueueUrl = `${server.endpoint}/123456789012/a-1`;
  expect((await client.send(new GetQueueUrlCommand({ QueueName: "a-1" }))).QueueUrl).toBe(QueueUrl);
  const list = (input: object) => client.send(new ListQueuesCommand(input));
  expect((await list({})).QueueUrls).toHaveLength(4);
  const first = await list({ QueueNamePrefix: "a-", MaxResults: 2 });
  const second = await list({ QueueNamePrefix: "a-", MaxResults: 2, NextToken: first.NextToken });
  const names = [first, second].map(({ QueueUrls }) => QueueUrls?.map((url) => url.slice(-3)));
  expect([names, second.NextToken]).toEqual([[["a-1", "a-2"], ["a-3"]], undefined]);

  const Attributes = { VisibilityTimeout: "7" };
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  const asked = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["VisibilityTimeout"] });
  expect((await client.send(asked)).Attributes).toEqual(Attributes);
  await client.send(new CreateQueueCommand({ QueueName: "a-1", Attributes }));
  await expect(
    client.send(
      new CreateQueueCommand({ QueueName: "a-1", Attributes: { VisibilityTimeout: "8" } }),
    ),
  ).rejects.toMatchObject({ name: "QueueNameExists" });

  await client.send(new TagQueueCommand({ QueueUrl, Tags: { more: "y" } }));
  await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: ["team"] }));
  expect((await client.send(new ListQueueTagsCommand({ QueueUrl }))).Tags).toEqual({ more: "y" });

  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "gone soon" }));
  await client.send(new PurgeQueueCommand({ QueueUrl }));
  expect((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toBeUndefined();
  await client.send(new DeleteQueueCommand({ QueueUrl }));
  await expect(client.send(new ReceiveMessageCommand({ QueueUrl }))).rejects.toBeInstanceOf(
    QueueDoesNotExist,
  );
});

test("the URL of a queue finds it on the endpoint, on its own host, and under AWS's host", async () => {
  const { client, server, sqs } = await served();
  sqs.createQueue("orders");
  const path = "/123456789012/orders";
  const send = (by: SQSClient, QueueUrl: string) =>
    by.send(new SendMessageCommand({ QueueUrl, MessageBody: "a" }));
  await send(client, `${server.endpoint}${path}`);
  await send(client, `https://sqs.us-east-1.amazonaws.com${path}`);
  const logger = { warn() {}, info() {}, debug() {}, error() {} };
  const unaware = new SQSClient({ region: "us-east-1", credentials, logger });
  await send(unaware, `${server.endpoint}${path}`);
  unaware.destroy();
  expect(sqs.queue("orders").attributes().ApproximateNumberOfMessages).toBe("3");
  await expect(send(client, "orders")).rejects.toMatchObject({ name: "InvalidAddress" });
});

test("what is not here is refused by name", async () => {
  const { client, sqs } = await served();
  const { arn } = sqs.createQueue("orders");
  await expect(client.send(new StartMessageMoveTaskCommand({ SourceArn: arn }))).rejects.toThrow(
    "The SQS of this machine does not have the action StartMessageMoveTask.",
  );
});

test("a receive waits for a message, and ends with nothing when time is up or the server closes", async () => {
  const clock = handClock();
  const { client, server, sqs } = await served({ clock });
  const queue = sqs.createQueue("orders");
  const QueueUrl = `${server.endpoint}/123456789012/orders`;
  const receive = () =>
    client.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }),
    );
  const first = receive();
  await asked(clock);
  queue.send({ body: "late" });
  expect((await first).Messages).toMatchObject([{ Body: "late" }]);
  const second = receive();
  await asked(clock);
  clock.advance(20_000);
  expect((await second).Messages).toBeUndefined();
  const third = receive();
  await asked(clock);
  await server.close();
  expect((await third).Messages).toBeUndefined();
});

test("a message of a client that went away stays for others", async () => {
  const clock = handClock();
  const { client, server, sqs } = await served({ clock });
  const queue = sqs.createQueue("orders");
  const QueueUrl = `${server.endpoint}/123456789012/orders`;
  const leaving = new AbortController();
  const abandoned = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }), {
    abortSignal: leaving.signal,
  });
  await asked(clock);
  leaving.abort();
  await expect(abandoned).rejects.toThrow();
  while (clock.waiting() > 0) await new Promise((resolve) => setImmediate(resolve));
  queue.send({ body: "kept" });
  expect(await queue.receive()).toMatchObject([{ body: "kept" }]);
});

test("a dead-letter queue names its sources", async () => {
  const { client, server, sqs } = await served();
  const dead = sqs.createQueue("dead");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 });
  sqs.createQueue("orders", { RedrivePolicy });
  const listed = await client.send(
    new ListDeadLetterSourceQueuesCommand({ QueueUrl: `${server.endpoint}/123456789012/dead` }),
  );
  expect(listed.queueUrls).toEqual([`${server.endpoint}/123456789012/orders`]);
});

test("the visibility of a message is given up, and prolonged", async () => {
  const { client, server, sqs } = await served();
  const queue = sqs.createQueue("orders");
  queue.send({ body: "a" });
  const QueueUrl = `${server.endpoint}/123456789012/orders`;
  const [{ receiptHandle: ReceiptHandle } = { receiptHandle: "" }] = await queue.receive();
  const change = (VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  await change(600);
  await change(0);
  await expect(change(600)).rejects.toThrow("not available for visibility timeout change");
  expect(await queue.receive()).toHaveLength(1);
});

/** Until a receive waits. */
async function asked(clock: { waiting(): number }): Promise<void> {
  while (clock.waiting() === 0) await new Promise((resolve) => setImmediate(resolve));
}
