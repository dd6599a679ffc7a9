import { expect, test } from "vitest";
import { createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { bucketArn, echo, lambdaProcessor, processing, processor, rig, toS3 } from "./rig.ts";

test("Without a delimiter, records stand one after the other.", async () => {
  const { stream, put, texts } = rig(toS3());
  put("abc", "abc", "abc");
  await stream.drain();
  expect(texts()).toEqual(["abcabcabc"]);
});

test.each([
  ["\\n", "a\nb\n"],
  [undefined, "a\nb\n"],
  ["|", "a|b|"],
  ["\\t\\\\", "a\t\\b\t\\"],
])("The delimiter %j is appended to each record.", async (Delimiter, expected) => {
  const own = processor("AppendDelimiterToRecord", Delimiter === undefined ? {} : { Delimiter });
  const { stream, put, texts } = rig(toS3(processing(own)));
  put("a", "b");
  await stream.drain();
  expect(texts()).toEqual([expected]);
});

test("An object is written when its buffer is as old as its hint, by default 300 seconds.", async () => {
  const { put, keys, clock, stream } = rig(toS3());
  put("a");
  await clock.advance(299_999);
  put("b");
  expect(keys()).toEqual([]);
  await clock.advance(1);
  expect(keys()).toHaveLength(1);
  await stream.drain();
});

test("An object is written when its buffer is as full as its hint.", async () => {
  const hints = { BufferingHints: { SizeInMBs: "1", IntervalInSeconds: "900" } };
  const { stream, clock, bucket } = rig(toS3(hints));
  for (let put = 0; put < 3; put++) stream.put(new Uint8Array(600_000));
  await clock.settle();
  const sizes = () => [...bucket.objects.values()].map(({ bytes }) => bytes.length);
  // The third record made the second go.
  expect(sizes()).toEqual([600_000, 600_000]);
  stream.put(new Uint8Array(1024 * 1024 - 600_000));
  await clock.settle();
  expect(sizes()).toEqual([600_000, 600_000, 1024 * 1024]);
});

test("The age of a buffer begins anew with the first record after it was full.", async () => {
  const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 300 } };
  const { stream, put, keys, clock } = rig(toS3(hints));
  stream.put(new Uint8Array(1_000_000));
  stream.put(new Uint8Array(48_576));
  await clock.advance(200_000);
  put("late");
  await clock.advance(299_999);
  expect(keys()).toHaveLength(1);
  await clock.advance(1);
  expect(keys()).toHaveLength(2);
});

test("With zero buffering, objects are written at once.", async () => {
  const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } };
  const { stream, put, clock, keys } = rig(toS3(hints));
  const at = clock.now();
  put("a");
  await stream.drain();
  expect(keys()).toHaveLength(1);
  expect(clock.now()).toBe(at);
});

test("A developer need not wait as long as AWS does.", async () => {
  const { stream, put, keys, clock } = rig(toS3(processing(lambdaProcessor())), {
    invoke: echo,
    longestWaitMs: 500,
  });
  const at = clock.now();
  put("a");
  await stream.drain();
  expect(keys()).toHaveLength(1);
  expect(clock.now()).toBe(at + 1000);
});

test("Who wants to, hears of everything at once.", async () => {
  const heard: string[] = [];
  const { stream, put } = rig(toS3(), { trace: false, on: ({ type }) => heard.push(type) });
  put("a");
  await stream.drain();
  expect(heard).toEqual(["object"]);
  expect(stream.trace).toEqual([]);
});

test("A listener that throws is not taken for a bucket that fails.", async () => {
  const thrown: unknown[] = [];
  // What a microtask throws ends the process, unless somebody listens.
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => thrown.push(error));
  try {
    const mistake = new Error("in the listener");
    const { stream, put, keys } = rig(toS3(), {
      on() {
        throw mistake;
      },
    });
    put("a");
    await stream.drain();
    expect(keys()).toHaveLength(1);
    expect(stream.trace.map(({ type }) => type)).toEqual(["object"]);
    expect(thrown).toEqual([mistake]);
  } finally {
    process.removeAllListeners("uncaughtException");
    for (const listener of others) process.on("uncaughtException", listener);
  }
});

test("Failure objects are compressed like the others.", async () => {
  const { stream, put, keys, failures } = rig(
    toS3({ CompressionFormat: "GZIP", ...processing(lambdaProcessor()) }),
    { invoke: () => ({ records: [] }) },
  );
  put("a");
  await stream.drain();
  expect(keys()[0]).toMatch(/^processing-failed\/.*\.gz$/);
  expect(failures("processing-failed")).toHaveLength(1);
});

test("A source backup holds every record as it came.", async () => {
  const { stream, put, texts } = rig(
    toS3({
      Prefix: "clean/",
      ...processing(lambdaProcessor()),
      S3BackupMode: "Enabled",
      S3BackupConfiguration: { BucketARN: bucketArn, Prefix: "raw/", CompressionFormat: "GZIP" },
    }),
    {
      invoke: ({ records }) => ({
        records: records.map(({ recordId }) => ({ recordId, result: "Dropped" })),
      }),
    },
  );
  put("a", "b");
  await stream.drain();
  expect(texts("raw/")).toEqual(["ab"]);
  expect(texts("clean/")).toEqual([]);
  expect(stream.counts).toMatchObject({ incoming: 2, backedUp: 2, dropped: 2 });
});

test("Objects go to the buckets that the settings name.", async () => {
  const puts: string[] = [];
  const { stream, put } = rig(
    toS3({
      S3BackupMode: "Enabled",
      S3BackupConfiguration: { BucketARN: "arn:aws:s3:::backup" },
    }),
    {
      bucket: (name) => ({
        put(key) {
          puts.push(`${name}/${key.slice(0, 13)}`);
        },
      }),
    },
  );
  put("a");
  await stream.drain();
  expect(puts.sort()).toEqual(["archive/2026/01/01/00", "backup/2026/01/01/00"]);
});

/** A bucket that fails so many times. */
const failing = (times: number) => {
  let left = times;
  const objects: string[] = [];
  return {
    objects,
    bucket: {
      put(key: string) {
        if (left-- > 0) throw new Error("503 Slow Down");
        objects.push(key);
      },
    },
  };
};

test("A put that fails is repeated with the same key.", async () => {
  const { bucket, objects } = failing(3);
  const { stream, put, clock } = rig(toS3(), { bucket });
  const at = clock.now();
  put("a");
  await stream.drain();
  expect(objects).toHaveLength(1);
  expect(stream.trace).toMatchObject([
    { type: "failedPut", attempt: 1, key: objects[0], error: new Error("503 Slow Down") },
    { type: "failedPut", attempt: 2 },
    { type: "failedPut", attempt: 3 },
    { type: "object", failedAttempts: 3, key: objects[0] },
  ]);
  expect(clock.now()).toBe(at + 300_000 + 1000 + 2000 + 4000);
});

test("What cannot be delivered for 24 hours is lost, and counted.", async () => {
  const { bucket } = failing(Number.POSITIVE_INFINITY);
  const { stream, put, clock } = rig(toS3(), { bucket });
  const at = clock.now();
  put("a", "b");
  await stream.drain();
  expect(stream.counts).toMatchObject({ lost: 2, delivered: 0 });
  expect(stream.trace.at(-1)).toMatchObject({ type: "lost", records: 2, holds: "records" });
  expect(clock.now()).toBe(at + 300_000 + 86_400_000);
});

test("From a Kinesis stream it is tried for as long as the stream keeps records.", async () => {
  const clock = virtualClock();
  const kinesis = createKinesis({ clock });
  kinesis.createStream({ name: "orders", retentionHours: 48 });
  const { bucket } = failing(Number.POSITIVE_INFINITY);
  const { stream } = rig(
    {
      ...toS3(),
      DeliveryStreamType: "KinesisStreamAsSource",
      KinesisStreamSourceConfiguration: {
        KinesisStreamARN: kinesis.describeStream({ stream: "orders" }).arn,
      },
    },
    { bucket, kinesis, clock },
  );
  kinesis.putRecord({ stream: "orders", partitionKey: "a", data: Buffer.from("a") });
  const at = clock.now();
  await stream.drain();
  expect(stream.counts).toMatchObject({ lost: 1 });
  expect(clock.now() - at).toBeGreaterThanOrEqual(48 * 3_600_000);
});

test("flush delivers without waiting, through all buffers.", async () => {
  const { stream, put, texts, clock } = rig(toS3(processing(lambdaProcessor())), { invoke: echo });
  const at = clock.now();
  put("a", "b");
  await stream.flush();
  expect(texts()).toEqual(["ab"]);
  expect(clock.now()).toBe(at);
});

test("A closed delivery stream has delivered what it had, and takes nothing more.", async () => {
  const { stream, put, texts } = rig(toS3(processing(lambdaProcessor())), { invoke: echo });
  put("a");
  await stream.close();
  expect(texts()).toEqual(["a"]);
  expect(() => put("b")).toThrow("Firehose orders under account 123456789012 not found.");
});

test("drain and flush also end under a real clock.", async () => {
  const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } };
  const { systemClock } = await import("../../../src/time/clock.ts");
  const { stream, put, texts } = rig(
    toS3({ ...hints, ...processing(lambdaProcessor({ BufferIntervalInSeconds: "0" })) }),
    { clock: systemClock, invoke: echo },
  );
  put("a");
  await stream.drain();
  put("b");
  await stream.flush();
  expect(texts()).toEqual(["a", "b"]);
});

test("The caller's bytes may change after they were put.", async () => {
  const { stream, texts } = rig(toS3());
  const bytes = Buffer.from("before");
  stream.put(bytes);
  bytes.write("after!");
  await stream.drain();
  expect(texts()).toEqual(["before"]);
});

test("The trace keeps as much as it is told to.", async () => {
  const hints = { BufferingHints: { SizeInMBs: 1, IntervalInSeconds: 0 } };
  for (const [trace, length] of [
    [true, 3],
    [2, 2],
    [false, 0],
  ] as const) {
    const { stream, put } = rig(toS3(hints), { trace });
    for (const value of ["a", "b", "c"]) {
      put(value);
      await stream.drain();
    }
    expect(stream.trace).toHaveLength(length);
  }
});
