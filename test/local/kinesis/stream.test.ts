import { expect, test } from "vitest";
import { createKinesis, KinesisError } from "../../../packages/local/src/kinesis/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { put, read, refusal, shardId, simulated, start, stream } from "./simulated.ts";

test("a stream is there at once, with AWS's defaults", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  expect(kinesis.describeStream({ stream })).toEqual({
    name: "orders",
    arn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
    status: "ACTIVE",
    mode: "PROVISIONED",
    createdAt: start,
    retentionHours: 24,
    maxRecordSizeInKiB: 1024,
    openShardCount: 1,
    shards: [
      {
        shardId: "shardId-000000000000",
        hashKeyRange: {
          startingHashKey: "0",
          endingHashKey: "340282366920938463463374607431768211455",
        },
        sequenceNumberRange: { startingSequenceNumber: expect.stringMatching(/^\d{56}$/) },
      },
    ],
    heldBytes: 0,
  });
});

test("an on-demand stream begins with four shards", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, mode: "ON_DEMAND" });
  expect(kinesis.describeStream({ stream })).toMatchObject({
    mode: "ON_DEMAND",
    openShardCount: 4,
  });
});

test("shards divide the hash space evenly, the last one takes the remainder", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream, shards: 3 });
  expect(kinesis.listShards({ stream }).map(({ hashKeyRange }) => hashKeyRange)).toEqual([
    { startingHashKey: "0", endingHashKey: "113427455640312821154458202477256070484" },
    {
      startingHashKey: "113427455640312821154458202477256070485",
      endingHashKey: "226854911280625642308916404954512140969",
    },
    {
      startingHashKey: "226854911280625642308916404954512140970",
      endingHashKey: "340282366920938463463374607431768211455",
    },
  ]);
});

test("a stream is known by its name and by its ARN", () => {
  const { kinesis } = simulated({ region: "eu-west-1", accountId: "000000000001" });
  kinesis.createStream({ name: stream });
  const arn = "arn:aws:kinesis:eu-west-1:000000000001:stream/orders";
  expect(kinesis.describeStream({ stream: arn }).name).toBe(stream);
  kinesis.deleteStream({ stream: arn });
  expect(kinesis.listStreams()).toEqual([]);
});

test("an unknown stream, and one of another region, is not found", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  expect(refusal(() => kinesis.describeStream({ stream: "invoices" }))).toEqual({
    code: "ResourceNotFoundException",
    message: "Stream invoices under account 123456789012 not found.",
  });
  const elsewhere = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders";
  expect(refusal(() => kinesis.describeStream({ stream: elsewhere })).code).toBe(
    "ResourceNotFoundException",
  );
});

test("an error carries AWS's code as its name", () => {
  const { kinesis } = simulated();
  expect(() => kinesis.describeStream({ stream })).toThrow(KinesisError);
  expect(() => kinesis.describeStream({ stream })).toThrow(
    expect.objectContaining({ name: "ResourceNotFoundException" }),
  );
});

test("a name is not taken twice", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  expect(refusal(() => kinesis.createStream({ name: stream }))).toEqual({
    code: "ResourceInUseException",
    message: "Stream orders under account 123456789012 already exists.",
  });
});

test.each([
  [{ name: "" }, "Value '' at 'streamName'", "regular expression pattern: [a-zA-Z0-9_.-]+"],
  [{ name: "a b" }, "Value 'a b' at 'streamName'", "regular expression pattern"],
  [{ name: "a".repeat(129) }, "at 'streamName'", "length less than or equal to 128"],
  [{ name: "a", shards: 0 }, "Value '0' at 'shardCount'", "value greater than or equal to 1"],
  [
    { name: "a", maxRecordSizeInKiB: 10_241 },
    "Value '10241' at 'maxRecordSizeInKiB'",
    "value less than or equal to 10240",
  ],
])("creating %j is refused", (input, where, rule) => {
  const { kinesis } = simulated();
  const { code, message } = refusal(() => kinesis.createStream(input));
  expect(code).toBe("ValidationException");
  expect(message).toMatch(/^1 validation error detected: /);
  expect(message).toContain(where);
  expect(message).toContain(rule);
  expect(kinesis.listStreams()).toEqual([]);
});

test("streams are listed by name", () => {
  const { kinesis } = simulated();
  for (const name of ["b", "c", "a"]) kinesis.createStream({ name });
  expect(kinesis.listStreams()).toEqual(["a", "b", "c"]);
});

test("a stream with consumers goes only when its consumers may go too", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.registerStreamConsumer({ stream, name: "billing" });
  expect(refusal(() => kinesis.deleteStream({ stream }))).toEqual({
    code: "ResourceInUseException",
    message:
      "DeleteStream can't delete 123456789012:orders because there are consumers associated with this data stream. To delete orders anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.",
  });
  kinesis.deleteStream({ stream, enforceConsumerDeletion: true });
  expect(kinesis.listStreams()).toEqual([]);
});

test("the mode may be switched twice in 24 hours", () => {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.updateStreamMode({ stream, mode: "ON_DEMAND" });
  kinesis.updateStreamMode({ stream, mode: "PROVISIONED" });
  kinesis.updateStreamMode({ stream, mode: "PROVISIONED" });
  const again = () => kinesis.updateStreamMode({ stream, mode: "ON_DEMAND" });
  expect(refusal(again).code).toBe("LimitExceededException");
  clock.time += 24 * 3_600_000;
  again();
  expect(kinesis.describeStream({ stream }).mode).toBe("ON_DEMAND");
});

test("the mode that a stream has already is no switch", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  for (let i = 0; i < 3; i++) kinesis.updateStreamMode({ stream, mode: "PROVISIONED" });
  kinesis.updateStreamMode({ stream, mode: "ON_DEMAND" });
  kinesis.updateStreamMode({ stream, mode: "PROVISIONED" });
  expect(kinesis.describeStream({ stream }).mode).toBe("PROVISIONED");
});

test("with transition times, a stream takes its time to come, to change and to go", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, transitionMs: 6000 });
  const status = () => kinesis.describeStream({ stream }).status;
  kinesis.createStream({ name: stream });
  expect(status()).toBe("CREATING");
  expect(kinesis.describeStream({ stream }).shards).toEqual([]);
  expect(refusal(() => put(kinesis, "a")).code).toBe("ResourceNotFoundException");
  await clock.advance(6000);
  expect(status()).toBe("ACTIVE");

  const split = () =>
    kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  split();
  expect(status()).toBe("UPDATING");
  expect(refusal(split)).toEqual({
    code: "ResourceInUseException",
    message: "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING",
  });
  expect(put(kinesis, "a").shardId).toBe(shardId(0));
  await clock.advance(6000);
  expect(kinesis.describeStream({ stream })).toMatchObject({ status: "ACTIVE", openShardCount: 2 });

  kinesis.deleteStream({ stream });
  expect(status()).toBe("DELETING");
  expect(read(kinesis, shardId(0)).records).toHaveLength(1);
  await clock.advance(6000);
  expect(kinesis.listStreams()).toEqual([]);
});

test("a change that a deletion overtakes does not happen", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock, transitionMs: 6000 });
  kinesis.createStream({ name: stream });
  await clock.advance(3000);
  kinesis.deleteStream({ stream });
  await clock.advance(3000);
  expect(kinesis.describeStream({ stream }).status).toBe("DELETING");
  await clock.advance(3000);
  expect(kinesis.listStreams()).toEqual([]);
});
