import { firehoseTransform, type Overflow, parseErrorObjects } from "shardmill/firehose";
import { s3Overflow } from "shardmill/s3";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { keepingOverflow, world } from "./world.ts";

/** A bucket that keeps what is put, and refuses when it is told to. */
function bucket(refuse?: string) {
  const objects: any[] = [];
  const client = {
    async send({ input }: any) {
      if (refuse) throw Object.assign(new Error("Not allowed."), { name: refuse });
      objects.push(input);
      return {};
    },
  };
  return { objects, client: client as never };
}

/** Two records fit: of five, three overflow. */
async function overflowing(overflow?: Overflow | readonly Overflow[], source?: "kinesis") {
  const its = world();
  const handler = firehoseTransform({
    runtime: its.runtime,
    maxResponseBytes: 1500,
    transform: () => "x".repeat(300),
    ...(overflow ? { overflow } : {}),
  });
  const event = firehoseEvent(["a", "b", "c", "d", "e"], source ? { source } : {});
  const { records } = await its.finish(handler(event, its.context()));
  return { ...its, event, results: records.map(({ result }) => result).join(" ") };
}

describe("what has no room in the response", () => {
  it("fails with a reason where there is no overflow", async () => {
    const { logs, metrics, results } = await overflowing();
    expect(results).toBe("Ok Ok ProcessingFailed ProcessingFailed ProcessingFailed");
    expect(logs()).toHaveLength(3);
    expect(logs()[0]!.error.message).toMatch(/takes \d+ bytes, and the other 4 .* at most 1500/);
    expect(metrics()).toMatchObject([{ Delivered: 2, Failed: 3, Overflowed: 0 }]);
  });

  it("is dropped where an overflow has taken it", async () => {
    const { overflow, taken } = keepingOverflow();
    const { event, logs, metrics, results } = await overflowing(overflow, "kinesis");
    expect(results).toBe("Ok Ok Dropped Dropped Dropped");
    expect(metrics()).toMatchObject([{ Delivered: 2, Dropped: 0, Failed: 0, Overflowed: 3 }]);
    expect(logs()).toMatchObject([{ level: "WARN", records: 3 }]);
    expect(taken).toMatchObject([
      {
        recordId: event.records[2]!.recordId,
        data: Buffer.from("c"),
        partitionKey: "key-2",
        rounds: 0,
      },
      { data: Buffer.from("d") },
      { data: Buffer.from("e") },
    ]);
  });

  it("leaves room for what comes after it and is smaller", async () => {
    const { runtime } = world();
    const handler = firehoseTransform({
      runtime,
      metrics: false,
      maxResponseBytes: 1500,
      transform: (value) => "x".repeat(Number(String(value))),
    });
    const { records } = await handler(firehoseEvent(["500", "500", "20"]));
    expect(records.map(({ result }) => result)).toEqual(["Ok", "ProcessingFailed", "Ok"]);
  });

  it("goes to the next overflow where the first does not take it, and fails where none does", async () => {
    const first = keepingOverflow(({ data }) => data.toString() === "c");
    const second = keepingOverflow(({ data }) => data.toString() !== "d");
    const { logs, results } = await overflowing([first.overflow, second.overflow]);
    expect(results).toBe("Ok Ok Dropped ProcessingFailed Dropped");
    expect(first.taken.map(({ data }) => String(data))).toEqual(["c"]);
    expect(second.taken.map(({ data }) => String(data))).toEqual(["e"]);
    expect(logs()[0]!.error.message).toMatch(/no room.* Not this one\. Not this one\.$/);
  });

  it.each<[string, Overflow]>([
    ["rejects", { take: () => Promise.reject(new Error("no")) }],
    [
      "throws",
      {
        take: () => {
          throw new Error("no");
        },
      },
    ],
    ["rejects with nothing", { take: () => Promise.reject() }],
  ])("goes on to the next overflow where one %s", async (_, broken) => {
    const { overflow, taken } = keepingOverflow();
    const { logs, results } = await overflowing([broken, overflow]);
    expect(results).toBe("Ok Ok Dropped Dropped Dropped");
    expect(taken).toHaveLength(3);
    expect(logs()[0]).toMatchObject({ level: "ERROR", records: 3 });
  });

  it("is not what can never fit: that fails at once, and no overflow sees it", async () => {
    const { overflow, taken } = keepingOverflow();
    const { logs, runtime } = world();
    const handler = firehoseTransform({
      runtime,
      overflow,
      metrics: false,
      maxResponseBytes: 1500,
      transform: () => "x".repeat(2000),
    });
    const { records } = await handler(firehoseEvent(["a"]));
    expect(records[0]!.result).toBe("ProcessingFailed");
    expect(taken).toEqual([]);
    expect(logs()[0]!.error).toMatchObject({
      name: "ResponseTooLarge",
      message: expect.stringMatching(/can never fit/),
    });
  });
});

it("ids that leave no room for any answer fail the invocation, and say what to do", async () => {
  const handler = firehoseTransform({ maxResponseBytes: 1000 });
  const event = firehoseEvent(Array(20).fill("a"));
  await expect(handler(event)).rejects.toThrow(/20 records.*BufferSizeInMBs/);
});

describe("s3Overflow", () => {
  it("writes one object in the form of Firehose's own errors", async () => {
    const { client, objects } = bucket();
    const { clock, results } = await overflowing(s3Overflow({ bucket: "b", client }));
    expect(results).toBe("Ok Ok Dropped Dropped Dropped");
    expect(objects).toHaveLength(1);
    const [{ Bucket, Body, Key }] = objects;
    expect(Bucket).toBe("b");
    expect(Key).toBe(
      "processing-failed/2026/01/01/00/deliveries-2026-01-01-00-00-00-11111111-2222-3333-4444-555555555555",
    );
    const lines = Body.trimEnd().split("\n");
    expect(Object.keys(JSON.parse(lines[0]))).toEqual([
      "rawData",
      "errorCode",
      "errorMessage",
      "attemptsMade",
      "arrivalTimestamp",
      "attemptEndingTimestamp",
      "lambdaARN",
    ]);
    const errors = parseErrorObjects(Body);
    expect(errors.map(({ rawData }) => String(rawData))).toEqual(["c", "d", "e"]);
    expect(errors[0]).toMatchObject({
      errorCode: "Shardmill.ResponseTooLarge",
      errorMessage: expect.stringMatching(/no room/),
      attemptsMade: 1,
      arrivalTimestamp: Date.UTC(2026, 0, 1) + 2,
      attemptEndingTimestamp: clock.now(),
      lambdaArn: "arn:aws:lambda:us-east-1:123456789012:function:clean",
    });
  });

  it("writes an invocation that is tried again over what it wrote before", async () => {
    const { client, objects } = bucket();
    const overflow = s3Overflow({ bucket: "b", client });
    await overflowing(overflow);
    await overflowing(overflow);
    expect(objects[0]!.Key).toBe(objects[1]!.Key);
  });

  it("takes a prefix, and ids with anything in them", async () => {
    const { client, objects } = bucket();
    const handler = firehoseTransform({
      runtime: world().runtime,
      maxResponseBytes: 1000,
      transform: () => "x".repeat(500),
      overflow: s3Overflow({ bucket: "b", prefix: "late/", client }),
    });
    await handler(firehoseEvent(["a", "b"], { invocationId: "../a b/é" }));
    expect(objects[0]!.Key).toMatch(/^late\/2026\/01\/01\/00\/deliveries-[\d-]{19}-\.\.-a-b--$/);
  });

  it("takes nothing where the bucket refuses: what overflows fails", async () => {
    const { client } = bucket("AccessDenied");
    const { logs, results } = await overflowing(s3Overflow({ bucket: "b", client }));
    expect(results).toBe("Ok Ok ProcessingFailed ProcessingFailed ProcessingFailed");
    expect(logs()[0]!.error.name).toBe("AccessDenied");
  });

  it("fails at start without a bucket", () => {
    expect(() => s3Overflow({ bucket: undefined })).toThrow(/no bucket/);
  });
});
