import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openKinesis } from "../../../../packages/local/src/kinesis/durable/index.ts";
import type { Kinesis } from "../../../../packages/local/src/kinesis/index.ts";
import { handClock, hour, put, read, shardId, stream, text, values } from "../simulated.ts";
import { temporaryDirectory } from "./directory.ts";

test("what was saved is there again: streams, shards, records, consumers, settings", async () => {
  const data = temporaryDirectory();
  const clock = handClock();
  const before = await openKinesis({ data, clock });
  before.createStream({ name: stream, shards: 2, maxRecordSizeInKiB: 2048 });
  for (let i = 0; i < 100; i++) put(before, `record ${i}`);
  before.setRetention({ stream, hours: 48 });
  before.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  before.mergeShards({ stream, shardToMerge: shardId(3), adjacentShardToMerge: shardId(1) });
  for (let i = 100; i < 200; i++) put(before, `record ${i}`);
  const consumer = before.registerStreamConsumer({ stream, name: "app" });
  before.keep(stream, { tags: new Map([["team", "départs"]]), encryptionKeyId: "alias/k" });
  before.billingCommitment = { status: "ENABLED", startedAt: 1, earliestAllowedEndAt: 2 };
  before.createStream({ name: "gone" });
  before.deleteStream({ stream: "gone" });
  const whole = picture(before);
  const iterator = before.getShardIterator({ stream, shardId: shardId(4), type: "TRIM_HORIZON" });
  await before.saved();
  await before.close();

  const after = await openKinesis({ data, clock });
  expect(picture(after)).toEqual(whole);
  expect(after.getRecords({ shardIterator: iterator }).records.length).toBeGreaterThan(0);
  expect(after.listStreamConsumers({ stream })).toEqual([consumer]);
  expect(after.kept(stream).tags.get("team")).toBe("départs");
  expect(after.billingCommitment.status).toBe("ENABLED");
  const { sequenceNumber, shardId: to } = put(after, "one more");
  const all = read(after, to).records.map((record) => BigInt(record.sequenceNumber));
  expect(all.at(-1)).toBe(BigInt(sequenceNumber));
  expect(all).toEqual(all.toSorted((a, b) => (a < b ? -1 : 1)));
  await after.close();
});

test("a log that a crash has torn at any byte gives back all that came before", async () => {
  const data = temporaryDirectory();
  const clock = handClock();
  const kinesis = await openKinesis({ data, clock });
  kinesis.createStream({ name: stream });
  const written: string[] = [];
  for (let i = 0; i < 8; i++) {
    put(kinesis, `record ${i}`);
    written.push(`record ${i}`);
    await kinesis.saved();
  }
  await kinesis.close();
  const log = readdirSync(data).find((name) => name.endsWith(".log"))!;
  const bytes = readFileSync(join(data, log));
  let most = 0;
  for (let length = 0; length <= bytes.length; length += 7) {
    const torn = temporaryDirectory();
    cpSync(data, torn, { recursive: true });
    writeFileSync(join(torn, log), bytes.subarray(0, length));
    const opened = await openKinesis({ data: torn, clock });
    const found = opened.listStreams().length === 0 ? [] : values(read(opened, shardId(0)));
    expect(found).toEqual(written.slice(0, found.length));
    expect(found.length).toBeGreaterThanOrEqual(most);
    most = found.length;
    await opened.close();
  }
  expect(most).toBeGreaterThan(5);
});

test("a log that is damaged before its last file is refused by the name of the file", async () => {
  const data = temporaryDirectory();
  for (const name of ["a", "b"]) {
    const kinesis = await openKinesis({ data, segmentBytes: 1 });
    kinesis.createStream({ name });
    kinesis.putRecord({ stream: name, partitionKey: "k", data: Buffer.from(name) });
    await kinesis.saved();
    await kinesis.close();
  }
  const [first] = readdirSync(data)
    .filter((name) => name.endsWith(".log"))
    .sort();
  const bytes = readFileSync(join(data, first!));
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(join(data, first!), bytes);
  await expect(openKinesis({ data })).rejects.toThrow(`${first} is damaged`);
});

test("files of the log go when all that they hold has passed retention", async () => {
  const data = temporaryDirectory();
  const clock = handClock();
  const put100 = async () => {
    const kinesis = await openKinesis({ data, clock, segmentBytes: 1000 });
    if (kinesis.listStreams().length === 0) kinesis.createStream({ name: stream });
    for (let i = 0; i < 100; i++) {
      put(kinesis, `at ${clock.time} ${i}`);
      await kinesis.saved();
    }
    await kinesis.close();
  };
  const files = () => readdirSync(data).filter((name) => name.endsWith(".log")).length;
  await put100();
  const full = files();
  expect(full).toBeGreaterThan(5);
  clock.time += 25 * hour;
  const kinesis = await openKinesis({ data, clock });
  expect(files()).toBe(1);
  expect(values(read(kinesis, shardId(0)))).toEqual([]);
  const { sequenceNumber } = put(kinesis, "young");
  await kinesis.close();
  const again = await openKinesis({ data, clock });
  expect(read(again, shardId(0)).records.map((one) => one.sequenceNumber)).toEqual([
    sequenceNumber,
  ]);
  await again.close();
});

test("a change that was underway when the process ended is begun again", async () => {
  const data = temporaryDirectory();
  const first = await openKinesis({ data, transitionMs: 3_600_000 });
  first.createStream({ name: "coming", shards: 3 });
  await first.close();
  const second = await openKinesis({ data });
  expect(second.describeStream({ stream: "coming" })).toMatchObject({
    status: "ACTIVE",
    openShardCount: 3,
  });
  await second.close();
  const third = await openKinesis({ data, transitionMs: 3_600_000 });
  third.updateShardCount({ stream: "coming", targetShardCount: 6 });
  expect(third.describeStream({ stream: "coming" }).openShardCount).toBe(3);
  await third.close();
  const fourth = await openKinesis({ data });
  expect(fourth.describeStream({ stream: "coming" }).openShardCount).toBe(6);
  await fourth.close();
});

test("a directory is for one process and one account", async () => {
  const data = temporaryDirectory();
  const kinesis = await openKinesis({ data });
  kinesis.createStream({ name: stream });
  await kinesis.close();
  await expect(openKinesis({ data, region: "eu-west-1" })).rejects.toThrow("not of region");
  writeFileSync(join(data, "lock"), String(process.ppid));
  await expect(openKinesis({ data })).rejects.toThrow(`in use by process ${process.ppid}`);
});

/** All that can be seen of the streams and their records. */
function picture(kinesis: Kinesis) {
  return kinesis.listStreams().map((name) => {
    const { heldBytes: _, ...description } = kinesis.describeStream({ stream: name });
    const records = description.shards.map((shard) =>
      read(kinesis, shard.shardId).records.map((record) => ({
        ...record,
        data: text(record.data),
      })),
    );
    return { description, records };
  });
}
