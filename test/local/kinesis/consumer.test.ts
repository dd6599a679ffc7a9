import { expect, test } from "vitest";
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { put, refusal, shardId, simulated, start, stream, values } from "./simulated.ts";

test("a registered consumer is listed, under an ARN with the second of its registration", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  clock.time += 1500;
  const consumer = kinesis.registerStreamConsumer({ stream, name: "billing" });
  expect(consumer).toEqual({
    name: "billing",
    arn: `arn:aws:kinesis:us-east-1:123456789012:stream/orders/consumer/billing:${start / 1000 + 1}`,
    status: "ACTIVE",
    createdAt: start + 1500,
    streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  });
  expect(kinesis.listStreamConsumers({ stream })).toEqual([consumer]);
});

test("a consumer registered anew has another ARN, and the old one is not found", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  const { arn } = kinesis.registerStreamConsumer({ stream, name: "billing" });
  kinesis.deregisterStreamConsumer({ consumer: arn });
  expect(kinesis.listStreamConsumers({ stream })).toEqual([]);
  clock.time += 1000;
  kinesis.registerStreamConsumer({ stream, name: "billing" });
  expect(refusal(() => kinesis.deregisterStreamConsumer({ consumer: arn })).code).toBe(
    "ResourceNotFoundException",
  );
});

test("a name is registered once, and a stream has at most 20 consumers", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  const register = (name: string) => () => kinesis.registerStreamConsumer({ stream, name });
  for (let i = 0; i < 20; i++) register(`consumer-${i}`)();
  expect(refusal(register("consumer-0")).code).toBe("ResourceInUseException");
  expect(refusal(register("consumer-20")).code).toBe("LimitExceededException");
  expect(refusal(register("a b")).message).toContain("Value 'a b' at 'consumerName'");
});

test("an on-demand stream of an account that has committed itself has at most 50 consumers", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream, mode: "ON_DEMAND" });
  kinesis.createStream({ name: "provisioned" });
  kinesis.billingCommitment = { status: "ENABLED" };
  const register = (name: string, of = stream) =>
    kinesis.registerStreamConsumer({ stream: of, name });
  for (let i = 0; i < 49; i++) register(`consumer-${i}`);
  for (let i = 0; i < 20; i++) register(`consumer-${i}`, "provisioned");
  expect(refusal(() => register("consumer-20", "provisioned")).code).toBe("LimitExceededException");
  kinesis.billingCommitment = {
    status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
    earliestAllowedEndAt: clock.time + 1,
  };
  register("consumer-49");
  const { arn } = kinesis.listStreamConsumers({ stream })[0]!;
  expect(refusal(() => register("consumer-50")).code).toBe("LimitExceededException");
  kinesis.deregisterStreamConsumer({ consumer: arn });
  clock.time += 1;
  expect(refusal(() => register("consumer-50")).code).toBe("LimitExceededException");
});

test("a stream that comes or goes takes no consumers", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, transitionMs: 1000 });
  kinesis.createStream({ name: stream });
  const register = () => kinesis.registerStreamConsumer({ stream, name: "billing" });
  const refused = (state: string) => ({
    code: "ResourceInUseException",
    message: `Stream orders under account 123456789012 not ACTIVE or UPDATING, instead in state ${state}`,
  });
  expect(refusal(register)).toEqual(refused("CREATING"));
  await clock.advance(1000);
  kinesis.deleteStream({ stream });
  expect(refusal(register)).toEqual(refused("DELETING"));
});

test("a consumer reads its stream with iterators, and no other stream", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.createStream({ name: "other" });
  put(kinesis, "a");
  const { arn: consumer } = kinesis.registerStreamConsumer({ stream, name: "billing" });
  const iterator = (name: string) =>
    kinesis.getShardIterator({ stream: name, shardId: shardId(0), type: "TRIM_HORIZON" });
  const result = kinesis.readForConsumer({ consumer, shardIterator: iterator(stream) });
  expect(values(result)).toEqual(["a"]);
  const foreign = () => kinesis.readForConsumer({ consumer, shardIterator: iterator("other") });
  expect(refusal(foreign).code).toBe("InvalidArgumentException");
});

test("with transition times, a consumer reads only while it is active", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, transitionMs: 1000 });
  kinesis.createStream({ name: stream });
  await clock.advance(1000);
  const { arn: consumer, status } = kinesis.registerStreamConsumer({ stream, name: "billing" });
  expect(status).toBe("CREATING");
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  const read = () => kinesis.readForConsumer({ consumer, shardIterator });
  expect(refusal(read)).toEqual({
    code: "ResourceInUseException",
    message: `Consumer billing with creation timestamp ${start / 1000 + 1} under stream orders and account 123456789012 is not in ACTIVE status.`,
  });
  await clock.advance(1000);
  read();
  kinesis.deregisterStreamConsumer({ consumer });
  expect(kinesis.listStreamConsumers({ stream })).toMatchObject([{ status: "DELETING" }]);
  expect(refusal(read).code).toBe("ResourceInUseException");
  await clock.advance(1000);
  expect(kinesis.listStreamConsumers({ stream })).toEqual([]);
});
