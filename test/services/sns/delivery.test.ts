import { expect, test } from "vitest";
import { served } from "./served.ts";

const text = (StringValue: string) => ({ DataType: "String", StringValue });
const number = (value: number) => ({ DataType: "Number", StringValue: `${value}` });

async function filtered(policy: object, scope?: "MessageBody") {
  const it = await served();
  const { arn } = it.sns.createTopic("orders");
  it.sns.subscribe(arn, "sqs", it.sqs.createQueue("some").arn, {
    RawMessageDelivery: "true",
    FilterPolicy: JSON.stringify(policy),
    ...(scope && { FilterPolicyScope: scope }),
  });
  const publish = (message: string, attributes = {}) =>
    it.sns.publish(arn, { message, attributes });
  const bodies = async () => (await it.received("some")).map(({ body }) => body);
  return { publish, bodies };
}

test("a filter looks at attributes", async () => {
  const { publish, bodies } = await filtered({
    store: ["main", { prefix: "branch-" }],
    price: [{ numeric: [">=", 100] }],
  });
  publish("main", { store: text("main"), price: number(100) });
  publish("branch", { store: text("branch-1"), price: number(250.5) });
  publish("cheap", { store: text("main"), price: number(99) });
  publish("no price", { store: text("main") });
  publish("a text is no number", { store: text("main"), price: text("100") });
  publish("elsewhere", { store: text("other"), price: number(100) });
  expect(await bodies()).toEqual(["main", "branch"]);
});

test("a list among the attributes matches by any of its elements", async () => {
  const { publish, bodies } = await filtered({ tags: ["a", { "anything-but": ["b", "c"] }] });
  const list = (StringValue: string) => ({ tags: { DataType: "String.Array", StringValue } });
  publish("one", list('["a","b"]'));
  publish("none", list('["b","c"]'));
  publish("no list", list("a"));
  expect(await bodies()).toEqual(["one"]);
});

test("a filter may look at the message", async () => {
  const { publish, bodies } = await filtered(
    { order: { total: [{ exists: true }] } },
    "MessageBody",
  );
  publish('{"order":{"total":5}}');
  publish('{"order":{}}');
  publish("no json");
  expect(await bodies()).toEqual(['{"order":{"total":5}}']);
});

test("a filter that is none is refused", async () => {
  await expect(filtered({ a: "text" })).rejects.toThrow('The field "a" must have a list');
  await expect(filtered({ a: [{ like: "x" }] })).rejects.toThrow('no operator "like"');
  await expect(filtered([])).rejects.toThrow("It must be an object.");
});

test("what a queue does not take goes to the subscription's dead-letter queue, and is told", async () => {
  const { sns, sqs, received, undelivered } = await served();
  const { arn } = sns.createTopic("orders");
  const gone = sqs.createQueue("gone");
  const dead = sqs.createQueue("dead");
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn });
  const to = { RawMessageDelivery: "true", RedrivePolicy };
  const subscription = sns.subscribe(arn, "sqs", gone.arn, to);
  sns.subscribe(arn, "sqs", sqs.createQueue("small", { MaximumMessageSize: "1024" }).arn);
  sqs.deleteQueue("gone");
  const { messageId } = sns.publish(arn, { message: "x".repeat(1025) });
  expect(await received("dead")).toMatchObject([{ body: "x".repeat(1025) }]);
  expect(undelivered).toMatchObject([
    { subscriptionArn: subscription.arn, endpoint: gone.arn, messageId, isSaved: true },
    { reason: expect.stringContaining("shorter than 1024 bytes"), isSaved: false },
  ]);
});

test("a FIFO topic keeps groups apart and drops what was published before", async () => {
  const { clock, sns, sqs, received } = await served();
  const fifo = { FifoTopic: "true", ContentBasedDeduplication: "true" };
  const { arn } = sns.createTopic("orders.fifo", fifo);
  const queue = sqs.createQueue("orders.fifo", { FifoQueue: "true" });
  sns.subscribe(arn, "sqs", queue.arn, { RawMessageDelivery: "true" });
  sns.subscribe(arn, "sqs", sqs.createQueue("plain").arn);
  const first = sns.publish(arn, { message: "a", groupId: "g" });
  expect(sns.publish(arn, { message: "a", groupId: "g" })).toEqual(first);
  const second = sns.publish(arn, { message: "b", groupId: "h" });
  const numbers = [first, second].map(({ sequenceNumber }) => sequenceNumber!);
  for (let more = 0; more < 10; more++) {
    numbers.push(sns.publish(arn, { message: `${more}`, groupId: "i" }).sequenceNumber!);
  }
  expect([...numbers].sort()).toEqual(numbers);
  expect((await received("orders.fifo")).slice(0, 2)).toMatchObject([
    { body: "a", groupId: "g" },
    { body: "b", groupId: "h" },
  ]);
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("12");
  expect(sqs.queue("plain").attributes().ApproximateNumberOfMessages).toBe("12");
  clock.advance(300_000);
  expect(sns.publish(arn, { message: "a", groupId: "g" })).not.toEqual(first);
  expect(() => sns.publish(arn, { message: "c" })).toThrow("MessageGroupId");
  const standard = sns.createTopic("standard").arn;
  expect(() => sns.subscribe(standard, "sqs", queue.arn)).toThrow("FIFO SQS Queues");
  expect(() => sns.createTopic("x", { FifoTopic: "true" })).toThrow(".fifo");
});
