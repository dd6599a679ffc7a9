import { expect, test } from "vitest";
import type { DeliveryStreamOptions } from "../../../packages/local/src/firehose/delivery-stream.ts";
import { type CreateStream, createKinesis } from "../../../packages/local/src/kinesis/index.ts";
import { aggregate } from "../../../src/kpl.ts";
import { seededRandom } from "../../../src/time/random.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import {
  echo,
  lambdaProcessor,
  processing,
  processor,
  rig,
  text,
  toS3,
} from "../../services/firehose/rig.ts";

const newline = processor("AppendDelimiterToRecord");

function reading(options: Partial<DeliveryStreamOptions> = {}, stream: Partial<CreateStream> = {}) {
  const clock = virtualClock({ patience: 0 });
  const kinesis = createKinesis({ clock, random: seededRandom(1) });
  kinesis.createStream({ name: "orders", ...stream });
  const arn = kinesis.describeStream({ stream: "orders" }).arn;
  const put = (value: string | Uint8Array, partitionKey = String(value)) =>
    kinesis.putRecord({ stream: "orders", partitionKey, data: Buffer.from(value) });
  const start = (processors: object[] = [newline]) =>
    rig(
      {
        DeliveryStreamName: "orders",
        DeliveryStreamType: "KinesisStreamAsSource",
        KinesisStreamSourceConfiguration: {
          KinesisStreamARN: arn,
          RoleARN: "arn:aws:iam::1:role/r",
        },
        ...toS3(processing(...processors)),
      },
      { kinesis, clock, ...options },
    );
  return { clock, kinesis, arn, put, start };
}

const lines = (texts: readonly string[]) => texts.join("").trim().split("\n").sort();

test("It reads every shard, from what comes after its creation on.", async () => {
  const { put, start } = reading({}, { shards: 3 });
  put("before");
  const { stream, texts } = start();
  const values = Array.from({ length: 20 }, (_, at) => `record ${at}`);
  for (const value of values) put(value);
  await stream.drain();
  expect(lines(texts())).toEqual(values.sort());
  expect(stream.sourceType).toBe("KinesisStreamAsSource");
});

test("It can begin with the oldest record.", async () => {
  const { put, start } = reading({ startingPosition: "TRIM_HORIZON" });
  put("before");
  const { stream, texts } = start();
  put("after");
  await stream.drain();
  expect(lines(texts())).toEqual(["after", "before"]);
});

test("The event says where a record comes from.", async () => {
  const { put, start, arn, clock } = reading({ invoke: echo });
  const { stream, events } = start([lambdaProcessor()]);
  const { sequenceNumber, shardId } = put("a", "the key");
  const at = clock.now();
  await stream.drain();
  expect(events[0]).toMatchObject({
    sourceKinesisStreamArn: arn,
    records: [
      {
        approximateArrivalTimestamp: at,
        kinesisRecordMetadata: {
          shardId,
          sequenceNumber,
          subsequenceNumber: 0,
          partitionKey: "the key",
          approximateArrivalTimestamp: at,
        },
      },
    ],
  });
});

test("Aggregates of the KPL are taken apart before the function sees them.", async () => {
  const { put, start } = reading({ invoke: echo });
  const { stream, events } = start([lambdaProcessor()]);
  const user = (value: string) => ({ partitionKey: `key ${value}`, data: Buffer.from(value) });
  put(aggregate(["a", "b", "c"].map(user)).data, "key a");
  await stream.drain();
  const records = events.flatMap((event) => event.records);
  expect(
    records.map(({ data, kinesisRecordMetadata }) => [
      text(data),
      kinesisRecordMetadata?.partitionKey,
      kinesisRecordMetadata?.subsequenceNumber,
    ]),
  ).toEqual([
    ["a", "key a", 0],
    ["b", "key b", 1],
    ["c", "key c", 2],
  ]);
  expect(new Set(records.map(({ recordId }) => recordId)).size).toBe(3);
  expect(stream.counts.incoming).toBe(3);
});

test("It follows the stream through a reshard.", async () => {
  const { put, start, kinesis } = reading();
  const { stream, texts } = start();
  put("one");
  kinesis.splitShard({
    stream: "orders",
    shardToSplit: "shardId-000000000000",
    newStartingHashKey: String(2n ** 127n),
  });
  for (const value of ["two", "three", "four"]) put(value);
  await stream.drain();
  expect(lines(texts())).toEqual(["four", "one", "three", "two"]);
});

test("flush reads what is there, and does not wait for the next poll.", async () => {
  const { put, start, clock } = reading();
  const { stream, texts } = start();
  put("a");
  const at = clock.now();
  await stream.flush();
  expect(lines(texts())).toEqual(["a"]);
  expect(clock.now()).toBe(at);
});

test("A record that no event can hold fails unseen, and its neighbours do not.", async () => {
  const { put, start } = reading({ invoke: echo }, { maxRecordSizeInKiB: 10_240 });
  const { stream, texts, events, failures } = start([lambdaProcessor()]);
  put("before");
  put(new Uint8Array(5 * 1024 * 1024), "large");
  put("after");
  await stream.drain();
  expect(texts("2026").join("")).toBe("beforeafter");
  expect(events.flatMap(({ records }) => records)).toHaveLength(2);
  expect(failures("processing-failed")).toMatchObject([
    {
      errorCode: "Lambda.FunctionError",
      errorMessage: expect.stringContaining("The record has 5242880 bytes"),
      attemptsMade: 0,
    },
  ]);
});

test("A closed delivery stream reads no more.", async () => {
  const { put, start } = reading();
  const { stream, texts } = start();
  put("a");
  await stream.flush();
  await stream.close();
  put("b");
  await stream.drain();
  expect(lines(texts())).toEqual(["a"]);
});

test("Nothing can be put into it.", () => {
  const { start } = reading();
  const { stream } = start();
  expect(() => stream.put(Buffer.from("a"))).toThrow(
    "This operation is not permitted on KinesisStreamAsSource delivery stream type",
  );
});

test("Its stream must be there, and somebody must have it.", () => {
  const settings = {
    ...toS3(),
    DeliveryStreamType: "KinesisStreamAsSource",
    KinesisStreamSourceConfiguration: {
      KinesisStreamARN: "arn:aws:kinesis:us-east-1:123456789012:stream/lost",
    },
  };
  expect(() => rig(settings)).toThrow("give `kinesis`");
  expect(() => rig(settings, { kinesis: createKinesis() })).toThrow(
    "is not there. Create it first.",
  );
});
