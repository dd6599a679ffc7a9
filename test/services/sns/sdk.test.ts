import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTagsForResourceCommand,
  ListTopicsCommand,
  NotFoundException,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-sns";
import { expect, test } from "vitest";
import { serveSns } from "../../../packages/services/src/sns/index.ts";
import { served } from "./served.ts";

async function withTopic() {
  const it = await served();
  const { TopicArn } = await it.client.send(new CreateTopicCommand({ Name: "orders" }));
  const subscribe = async (queue: string, Attributes: Record<string, string> = {}) => {
    const { arn } = it.sqs.createQueue(queue);
    const subscription = { TopicArn, Protocol: "sqs", Endpoint: arn, Attributes };
    return (await it.client.send(new SubscribeCommand(subscription))).SubscriptionArn!;
  };
  return { ...it, TopicArn, subscribe };
}

test("a queue gets the message in its envelope, or as it is", async () => {
  const { client, clock, TopicArn, subscribe, received } = await withTopic();
  const SubscriptionArn = await subscribe("enveloped");
  await subscribe("raw", { RawMessageDelivery: "true" });
  const MessageAttributes = {
    kind: { DataType: "String", StringValue: "new & <old>" },
    bytes: { DataType: "Binary", BinaryValue: Uint8Array.of(0, 255) },
  };
  const { MessageId } = await client.send(
    new PublishCommand({ TopicArn, Message: "héllo 🚀", Subject: "greeting", MessageAttributes }),
  );
  const [enveloped] = await received("enveloped");
  expect(JSON.parse(enveloped!.body)).toEqual({
    Type: "Notification",
    MessageId,
    TopicArn,
    Subject: "greeting",
    Message: "héllo 🚀",
    Timestamp: new Date(clock.now()).toISOString(),
    SignatureVersion: "1",
    Signature: expect.any(String),
    SigningCertURL: expect.stringMatching(/\.pem$/),
    UnsubscribeURL: expect.stringContaining(encodeURIComponent(SubscriptionArn)),
    MessageAttributes: {
      kind: { Type: "String", Value: "new & <old>" },
      bytes: { Type: "Binary", Value: "AP8=" },
    },
  });
  expect(enveloped?.attributes).toEqual({});
  const [raw] = await received("raw");
  expect(raw?.body).toBe("héllo 🚀");
  expect(raw?.attributes).toEqual({
    kind: MessageAttributes.kind,
    bytes: { DataType: "Binary", BinaryValue: Buffer.from([0, 255]) },
  });
});

test("a batch publishes entry by entry", async () => {
  const { client, TopicArn, subscribe, received } = await withTopic();
  await subscribe("all", { RawMessageDelivery: "true" });
  const publish = (PublishBatchRequestEntries: { Id: string; Message: string }[]) =>
    client.send(new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries }));
  const done = await publish([
    { Id: "a", Message: "1" },
    { Id: "b", Message: "" },
    { Id: "c", Message: "3" },
  ]);
  expect(done.Successful?.map(({ Id }) => Id)).toEqual(["a", "c"]);
  expect(done.Failed).toMatchObject([{ Id: "b", Code: "InvalidParameter", SenderFault: true }]);
  expect((await received("all")).map(({ body }) => body)).toEqual(["1", "3"]);
  const many = Array.from({ length: 11 }, (_, at) => ({ Id: `${at}`, Message: "a" }));
  await expect(publish(many)).rejects.toThrow("more entries than permissible");
  await expect(publish([])).rejects.toThrow("any entries");
  await expect(publish([many[0]!, many[0]!])).rejects.toThrow("same Id");
  const large = { Message: "x".repeat(200_000) };
  await expect(
    publish([
      { Id: "a", ...large },
      { Id: "b", ...large },
    ]),
  ).rejects.toThrow("262144");
});

test("a message may have a text for queues", async () => {
  const { client, TopicArn, subscribe, received } = await withTopic();
  await subscribe("all", { RawMessageDelivery: "true" });
  const publish = (texts: unknown) =>
    client.send(
      new PublishCommand({
        ...{ TopicArn, MessageStructure: "json" },
        Message: typeof texts === "string" ? texts : JSON.stringify(texts),
      }),
    );
  await publish({ default: "for all", sqs: "for queues" });
  await publish({ default: "for all", email: "for mails" });
  expect((await received("all")).map(({ body }) => body)).toEqual(["for queues", "for all"]);
  await expect(publish({ sqs: "a" })).rejects.toThrow("No default entry");
  await expect(publish("no json")).rejects.toThrow("failed to parse");
});

test("topics and subscriptions are made once, listed, changed and deleted", async () => {
  const { client, TopicArn, subscribe, received } = await withTopic();
  expect(TopicArn).toBe("arn:aws:sns:us-east-1:123456789012:orders");
  expect((await client.send(new CreateTopicCommand({ Name: "orders" }))).TopicArn).toBe(TopicArn);
  const SubscriptionArn = await subscribe("q");
  expect(await subscribe("q")).toBe(SubscriptionArn);
  const { Topics } = await client.send(new ListTopicsCommand({}));
  expect(Topics).toEqual([{ TopicArn }]);
  const listed = { SubscriptionArn, Protocol: "sqs", TopicArn };
  const all = await client.send(new ListSubscriptionsCommand({}));
  const ofTopic = await client.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  expect([all.Subscriptions, ofTopic.Subscriptions]).toMatchObject([[listed], [listed]]);

  const name = { AttributeName: "DisplayName", AttributeValue: "Orders" };
  await client.send(new SetTopicAttributesCommand({ TopicArn, ...name }));
  const topic = await client.send(new GetTopicAttributesCommand({ TopicArn }));
  expect(topic.Attributes).toMatchObject({ DisplayName: "Orders", SubscriptionsConfirmed: "1" });

  const raw = { AttributeName: "RawMessageDelivery", AttributeValue: "true" };
  await client.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, ...raw }));
  const set = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
  expect(set.Attributes).toMatchObject({ RawMessageDelivery: "true", Protocol: "sqs" });
  await client.send(new PublishCommand({ TopicArn, Message: "raw" }));
  expect(await received("q")).toMatchObject([{ body: "raw" }]);

  const Tags = [{ Key: "team", Value: "x" }];
  await client.send(new TagResourceCommand({ ResourceArn: TopicArn, Tags }));
  const tags = () => client.send(new ListTagsForResourceCommand({ ResourceArn: TopicArn }));
  expect((await tags()).Tags).toEqual(Tags);
  await client.send(new UntagResourceCommand({ ResourceArn: TopicArn, TagKeys: ["team"] }));
  expect((await tags()).Tags).toEqual([]);

  await client.send(new UnsubscribeCommand({ SubscriptionArn }));
  await client.send(new PublishCommand({ TopicArn, Message: "to nobody" }));
  expect(await received("q")).toHaveLength(1);
  await client.send(new DeleteTopicCommand({ TopicArn }));
  await expect(client.send(new PublishCommand({ TopicArn, Message: "a" }))).rejects.toBeInstanceOf(
    NotFoundException,
  );
});

test("long lists come page by page", async () => {
  const { client, sns } = await served();
  for (let at = 0; at < 150; at++) sns.createTopic(`t${at}`);
  const first = await client.send(new ListTopicsCommand({}));
  const { NextToken } = first;
  const second = await client.send(new ListTopicsCommand({ NextToken }));
  expect([first.Topics?.length, second.Topics?.length, second.NextToken]).toEqual([
    100,
    50,
    undefined,
  ]);
});

test("what is not here is refused by name", async () => {
  const { client, TopicArn } = await withTopic();
  const subscribe = (Protocol: string, Endpoint: string, Attributes = {}) =>
    client.send(new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes }));
  await expect(subscribe("email", "a@b.c")).rejects.toThrow("subscriptions by email");
  await expect(subscribe("sqs", "orders")).rejects.toThrow("SQS endpoint ARN");
  const queue = "arn:aws:sqs:us-east-1:123456789012:q";
  await expect(subscribe("sqs", queue, { DeliveryPolicy: "{}" })).rejects.toThrow("DeliveryPolicy");
  await expect(
    client.send(new PublishCommand({ PhoneNumber: "+1", Message: "a" })),
  ).rejects.toThrow("PhoneNumber");
  const long = new PublishCommand({ TopicArn, Message: "x".repeat(262_145) });
  await expect(client.send(long)).rejects.toThrow("Message too long");
  await expect(
    client.send(new PublishCommand({ TopicArn: "orders", Message: "a" })),
  ).rejects.toThrow("orders is not the ARN of a topic");
});

test("web pages and calls without a signature are kept out; a port in use is told", async () => {
  const { server, sns } = await served();
  const ask = async (headers: Record<string, string>) => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const init = { method: "POST", headers: { ...form, ...headers }, body: "Action=ListTopics" };
    return (await fetch(server.endpoint, init)).status;
  };
  expect(await ask({ authorization: "any" })).toBe(200);
  expect(await ask({ authorization: "any", origin: "http://localhost" })).toBe(403);
  expect(await ask({})).toBe(403);
  await expect(serveSns({ sns, port: server.port })).rejects.toThrow("SNS cannot listen on");
});
