import { expect, test } from "vitest";
import { createSqs } from "../../../packages/services/src/sqs/index.ts";
import { handClock } from "./hand-clock.ts";

function withDeadLetters(maxReceiveCount: number | string = 2, allow = {}) {
  const clock = handClock();
  const sqs = createSqs({ clock });
  const dead = sqs.createQueue("dead", allow);
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount });
  const make = () => sqs.createQueue("orders", { RedrivePolicy, VisibilityTimeout: "1" });
  return { clock, sqs, dead, make };
}

test("a message that was received too often goes to the dead-letter queue, and keeps its id and its age", async () => {
  const { clock, dead, make } = withDeadLetters("2");
  const orders = make();
  const { messageId } = orders.send({ body: "poison" });
  const sentAt = clock.now();
  for (let time = 0; time < 2; time++) {
    expect(await orders.receive()).toHaveLength(1);
    clock.advance(1_000);
  }
  const waiting = dead.receive({ waitTimeSeconds: 20 });
  expect(await orders.receive()).toEqual([]);
  expect(await waiting).toMatchObject([
    { messageId, body: "poison", sentAt, sourceArn: orders.arn, receiveCount: 3 },
  ]);
});

test("the others behind it are received in the same call", async () => {
  const { clock, make } = withDeadLetters(1);
  const orders = make();
  orders.send({ body: "poison" });
  await orders.receive();
  clock.advance(1_000);
  orders.send({ body: "good" });
  expect(await orders.receive()).toMatchObject([{ body: "good" }]);
});

test("where the dead-letter queue was deleted, a message stays", async () => {
  const { clock, sqs, make } = withDeadLetters(1);
  const orders = make();
  orders.send({ body: "poison" });
  await orders.receive();
  clock.advance(1_000);
  sqs.deleteQueue("dead");
  expect(await orders.receive()).toMatchObject([{ body: "poison" }]);
});

test("a policy that cannot work is refused when it is set", () => {
  const { sqs, make } = withDeadLetters();
  const set = (policy: unknown) => () =>
    sqs.setAttributes("orders", { RedrivePolicy: JSON.stringify(policy) });
  make();
  const arn = "arn:aws:sqs:us-east-1:123456789012:";
  expect(set({ deadLetterTargetArn: `${arn}none`, maxReceiveCount: 1 })).toThrow("does not exist");
  expect(set({ deadLetterTargetArn: `${arn}dead` })).toThrow("maxReceiveCount");
  expect(set({ deadLetterTargetArn: `${arn}dead`, maxReceiveCount: 1001 })).toThrow("1 and 1000");
  expect(set("text")).toThrow("JSON object");
  sqs.createQueue("dead.fifo", { FifoQueue: "true" });
  expect(set({ deadLetterTargetArn: `${arn}dead.fifo`, maxReceiveCount: 1 })).toThrow("same type");
});

test("a dead-letter queue may take the messages of some queues only", () => {
  const allow = (policy: object) => ({ RedriveAllowPolicy: JSON.stringify(policy) });
  const arn = "arn:aws:sqs:us-east-1:123456789012:";
  const none = withDeadLetters(1, allow({ redrivePermission: "denyAll" }));
  expect(none.make).toThrow("does not allow");
  const others = allow({ redrivePermission: "byQueue", sourceQueueArns: [`${arn}other`] });
  expect(withDeadLetters(1, others).make).toThrow("does not allow");
  const this_ = allow({ redrivePermission: "byQueue", sourceQueueArns: [`${arn}orders`] });
  expect(withDeadLetters(1, this_).make).not.toThrow();
  expect(() => withDeadLetters(1, allow({ redrivePermission: "some" }))).toThrow("byQueue");
});
