import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { firstRecords } from "../../src/aws/first-records.ts";
import { streamView } from "../../src/testing/stream-view.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";

const stream = "orders";
const clock = virtualClock({ patience: 0 });
const kinesis = createKinesis({ clock, random: seededRandom(1) });
kinesis.createStream({ name: stream, shards: 1 });
const { arn } = kinesis.describeStream({ stream });
const [shard] = kinesis.listShards({ stream });
const { shardId } = shard!;
const first = shard!.sequenceNumberRange.startingSequenceNumber;
const put = (text: string) =>
  kinesis.putRecord({ stream, partitionKey: text, data: Buffer.from(text) }).sequenceNumber;
const read = async (from: string) => {
  const { isEnd, records } = await firstRecords(arn, shardId, from);
  return { isEnd, texts: records.map(({ data }) => Buffer.from(data).toString()) };
};

let close: () => Promise<void>;
beforeEach(async () => {
  const server = await createKinesisServer({ kinesis });
  close = server.close;
  vi.stubEnv("AWS_ENDPOINT_URL_KINESIS", server.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(() => {
  vi.unstubAllEnvs();
  return close();
});

it("reads the first two records of a shard, from a sequence number on, to its end, also where it was closed", async () => {
  expect(await read(first)).toEqual({ isEnd: true, texts: [] });
  const a = put("a");
  await clock.advance(1000);
  const b = put("b");
  put("c");
  expect((await read(first)).texts).toEqual(["a", "b"]);
  expect((await read(a)).texts).toEqual(["a", "b"]);
  expect((await read(b)).texts).toEqual(["b", "c"]);
  const found = await firstRecords(arn, shardId, a);
  expect(found.records).toEqual(
    (await streamView(kinesis, stream).firstRecords(arn, shardId, a)).records.map((record) => ({
      ...record,
      data: new Uint8Array(record.data),
    })),
  );
  const middle = String(2n ** 127n);
  kinesis.splitShard({ stream, shardToSplit: shardId, newStartingHashKey: middle });
  await clock.advance(60_000);
  const last = found.records[1]!.sequenceNumber;
  expect(last).toBe(b);
  const c = (await firstRecords(arn, shardId, b)).records[1]!.sequenceNumber;
  expect(await read(c)).toEqual({ isEnd: true, texts: ["c"] });
});
