import fc from "fast-check";
import { expect, test } from "vitest";
import { createSqs, SqsError } from "../../../packages/services/src/sqs/index.ts";
import { handClock } from "./hand-clock.ts";

function queueOf(attributes: Record<string, string> = {}, name = "orders") {
  const clock = handClock();
  const sqs = createSqs({ clock });
  const queue = sqs.createQueue(name, attributes);
  const bodies = async (maxMessages = 10) =>
    (await queue.receive({ maxMessages })).map(({ body }) => body);
  return { clock, sqs, queue, bodies };
}

test("a message that was received comes again after the visibility timeout, and says how often it was", async () => {
  const { clock, queue } = queueOf({ VisibilityTimeout: "30" });
  queue.send({ body: "a" });
  const [first] = await queue.receive();
  expect(await queue.receive()).toEqual([]);
  clock.advance(29_999);
  expect(await queue.receive()).toEqual([]);
  clock.advance(1);
  const [second] = await queue.receive();
  expect([first?.receiveCount, second?.receiveCount]).toEqual([1, 2]);
  expect(second?.firstReceivedAt).toBe(first?.firstReceivedAt);
  expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
});

test("an old receipt handle deletes nothing once the message was received again", async () => {
  const { clock, queue } = queueOf();
  queue.send({ body: "a" });
  const [first] = await queue.receive();
  clock.advance(30_000);
  const [second] = await queue.receive();
  queue.delete(first!.receiptHandle);
  clock.advance(30_000);
  expect(await queue.receive()).toHaveLength(1);
  const [last] = await queue.receive({ visibilityTimeout: 0 });
  expect(last).toBeUndefined();
  expect(second?.receiveCount).toBe(2);
});

test("a delayed message cannot be received before its time; its own delay counts over the queue's", async () => {
  const { clock, queue, bodies } = queueOf({ DelaySeconds: "10" });
  queue.send({ body: "late" });
  queue.send({ body: "now", delaySeconds: 0 });
  expect(queue.attributes()).toMatchObject({
    ApproximateNumberOfMessages: "1",
    ApproximateNumberOfMessagesDelayed: "1",
  });
  expect(await bodies()).toEqual(["now"]);
  clock.advance(10_000);
  expect(await bodies()).toEqual(["late"]);
  expect(queue.attributes().ApproximateNumberOfMessagesNotVisible).toBe("2");
});

test("a waiting receive wakes when a message in flight becomes visible", async () => {
  const { clock, queue } = queueOf({ VisibilityTimeout: "5" });
  queue.send({ body: "a" });
  await queue.receive();
  const again = queue.receive({ waitTimeSeconds: 20 });
  clock.advance(5_000);
  expect(await again).toMatchObject([{ body: "a", receiveCount: 2 }]);
});

test("of two waiting receives one gets the message, and the other goes on waiting", async () => {
  const { clock, queue } = queueOf();
  const [first, second] = [1, 2].map(() => queue.receive({ waitTimeSeconds: 10 }));
  queue.send({ body: "a" });
  clock.advance(10_000);
  expect([await first, await second].map((received) => received?.length)).toEqual([1, 0]);
});

test("the queue's own waiting time holds where a receive has none", async () => {
  const { clock, queue } = queueOf({ ReceiveMessageWaitTimeSeconds: "3" });
  const received = queue.receive();
  queue.send({ body: "a" });
  expect(await received).toHaveLength(1);
  const nothing = queue.receive();
  expect(clock.waiting()).toBe(1);
  clock.advance(3_000);
  expect(await nothing).toEqual([]);
});

test("a message older than the retention is gone, received or not", async () => {
  const { clock, sqs, queue } = queueOf({ MessageRetentionPeriod: "60", VisibilityTimeout: "0" });
  queue.send({ body: "a" });
  clock.advance(59_999);
  expect(await queue.receive()).toHaveLength(1);
  queue.send({ body: "b" });
  clock.advance(1);
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("1");
  sqs.setAttributes("orders", { MessageRetentionPeriod: "120" });
  clock.advance(119_998);
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("1");
  clock.advance(1);
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("0");
});

test("a message is not kept in flight beyond twelve hours", async () => {
  const { clock, queue } = queueOf();
  queue.send({ body: "a" });
  const [{ receiptHandle } = { receiptHandle: "" }] = await queue.receive();
  queue.changeVisibility(receiptHandle, 43_200);
  clock.advance(1_000);
  expect(() => queue.changeVisibility(receiptHandle, 43_200)).toThrow("beyond the limit");
});

test("a receipt handle of another queue is refused", async () => {
  const { sqs, queue } = queueOf();
  queue.send({ body: "a" });
  const [{ receiptHandle } = { receiptHandle: "" }] = await queue.receive();
  expect(() => sqs.createQueue("other").delete(receiptHandle)).toThrow(SqsError);
});

test("what is sent, received, returned and deleted adds up, whatever happens in which order", async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("send" as const), delay: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ kind: fc.constant("receive" as const), most: fc.integer({ min: 1, max: 10 }) }),
    fc.record({ kind: fc.constant("delete" as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant("return" as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(40_000) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, queue } = queueOf();
      const there = new Set<string>();
      const held = new Map<string, { handle: string; until: number }>();
      let sent = 0;
      for (const step of steps) {
        const now = clock.now();
        const [id, holding] = [...held][("at" in step ? step.at : 0) % (held.size || 1)] ?? [];
        if (step.kind === "wait") clock.advance(step.ms);
        if (step.kind === "send") {
          there.add(queue.send({ body: `${sent++}`, delaySeconds: step.delay }).messageId);
        }
        if (step.kind === "receive") {
          for (const message of await queue.receive({ maxMessages: step.most })) {
            expect(there.has(message.messageId)).toBe(true);
            expect(held.get(message.messageId)?.until ?? 0).toBeLessThanOrEqual(now);
            held.set(message.messageId, { handle: message.receiptHandle, until: now + 30_000 });
          }
        }
        if (step.kind === "delete" && id && holding) {
          queue.delete(holding.handle);
          held.delete(id);
          there.delete(id);
        }
        if (step.kind === "return" && id && holding && holding.until > now) {
          queue.changeVisibility(holding.handle, 0);
          held.set(id, { ...holding, until: now });
        }
        const { ApproximateNumberOfMessages, ...counts } = queue.attributes();
        const total =
          Number(ApproximateNumberOfMessages) +
          Number(counts.ApproximateNumberOfMessagesNotVisible) +
          Number(counts.ApproximateNumberOfMessagesDelayed);
        expect(total).toBe(there.size);
      }
      clock.advance(60_000);
      const left = new Set<string>();
      for (let got = 1; got > 0; ) {
        const received = await queue.receive({ maxMessages: 10 });
        got = received.length;
        for (const { messageId } of received) left.add(messageId);
      }
      expect(left).toEqual(there);
    }),
    { numRuns: 100 },
  );
});
