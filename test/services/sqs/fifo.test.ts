import fc from "fast-check";
import { expect, test } from "vitest";
import { createSqs } from "../../../packages/services/src/sqs/index.ts";
import { handClock } from "./hand-clock.ts";

function fifo(attributes: Record<string, string> = {}) {
  const clock = handClock();
  const sqs = createSqs({ clock });
  const queue = sqs.createQueue("orders.fifo", {
    FifoQueue: "true",
    ContentBasedDeduplication: "true",
    ...attributes,
  });
  const send = (body: string, groupId = "g", deduplicationId?: string) =>
    queue.send({ body, groupId, deduplicationId });
  return { clock, sqs, queue, send };
}

test("messages of a group come in order, and none comes while an earlier one is in flight", async () => {
  const { queue, send } = fifo();
  for (const body of ["a1", "a2", "a3"]) send(body, "a");
  send("b1", "b");
  const [first] = await queue.receive();
  expect(first?.body).toBe("a1");
  const others = await queue.receive({ maxMessages: 10 });
  expect(others.map(({ body }) => body)).toEqual(["b1"]);
  queue.delete(first!.receiptHandle);
  const rest = await queue.receive({ maxMessages: 10 });
  expect(rest.map(({ body }) => body)).toEqual(["a2", "a3"]);
});

test("an equal message within five minutes is sent once", async () => {
  const { clock, queue, send } = fifo();
  const first = send("a");
  clock.advance(299_999);
  expect(send("a")).toEqual(first);
  expect(send("a", "g", "other").messageId).not.toBe(first.messageId);
  clock.advance(1);
  expect(send("a").messageId).not.toBe(first.messageId);
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("3");
});

test("a message that was deleted is still not taken again", async () => {
  const { queue, send } = fifo();
  send("a");
  const [{ receiptHandle } = { receiptHandle: "" }] = await queue.receive();
  queue.delete(receiptHandle);
  send("a");
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("0");
});

test("with deduplication by group, equal messages of two groups are two", () => {
  const scope = { DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" };
  const { queue, send } = fifo(scope);
  send("a", "x");
  send("a", "y");
  send("a", "y");
  expect(queue.attributes().ApproximateNumberOfMessages).toBe("2");
});

test("sequence numbers grow and have twenty digits", () => {
  const { send } = fifo();
  const numbers = ["a", "b", "c"].map((body) => send(body).sequenceNumber!);
  expect(numbers.every((number) => /^\d{20}$/.test(number))).toBe(true);
  expect([...numbers].sort()).toEqual(numbers);
});

test("what a FIFO queue needs is asked for, and what another cannot have is refused", () => {
  const { sqs, queue } = fifo({ ContentBasedDeduplication: "false" });
  expect(() => queue.send({ body: "a" })).toThrow("MessageGroupId");
  expect(() => queue.send({ body: "a", groupId: "g" })).toThrow("MessageDeduplicationId");
  const full = { body: "a", groupId: "g", deduplicationId: "d" };
  expect(() => queue.send({ ...full, delaySeconds: 5 })).toThrow("DelaySeconds");
  expect(() => queue.send({ ...full, groupId: "a b" })).toThrow("MessageGroupId");
  const standard = sqs.createQueue("orders");
  expect(() => standard.send(full)).toThrow("not valid for this queue type");
  expect(() => sqs.createQueue("x.fifo")).toThrow("FifoQueue");
  expect(() => sqs.createQueue("x", { FifoQueue: "true" })).toThrow(".fifo");
});

test("a receipt handle whose time is up deletes nothing, and says so", async () => {
  const { clock, queue, send } = fifo({ VisibilityTimeout: "1" });
  send("a");
  const [{ receiptHandle } = { receiptHandle: "" }] = await queue.receive();
  clock.advance(1_000);
  expect(() => queue.delete(receiptHandle)).toThrow("expired");
});

test("each group is worked off in order, whatever returns and however slow", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }),
      fc.infiniteStream(fc.boolean()),
      async (groups, luck) => {
        const { clock, queue, send } = fifo({ VisibilityTimeout: "5" });
        groups.forEach((group, at) => {
          send(`${at}`, group);
        });
        const done: Record<string, number[]> = {};
        for (let rounds = 0; rounds < 200; rounds++) {
          for (const message of await queue.receive({ maxMessages: 3 })) {
            if (!luck.next().value) break;
            const { [message.groupId!]: before = [] } = done;
            done[message.groupId!] = [...before, Number(message.body)];
            queue.delete(message.receiptHandle);
          }
          clock.advance(2_500);
        }
        for (const numbers of Object.values(done)) {
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        }
        expect(queue.attributes().ApproximateNumberOfMessages).toBe("0");
      },
    ),
    { numRuns: 30 },
  );
});
