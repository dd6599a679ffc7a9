import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  bytes,
  put,
  read,
  refusal,
  shardId,
  simulated,
  start,
  stream,
  values,
} from "./simulated.ts";

const MiB = 1024 * 1024;

function streamOf(count: number) {
  const { kinesis, clock } = simulated();
  kinesis.createStream({ name: stream });
  const numbers = Array.from({ length: count }, (_, i) => {
    clock.time = start + i * 1000;
    return put(kinesis, String(i), "key").sequenceNumber;
  });
  return { kinesis, clock, numbers };
}

test("TRIM_HORIZON reads from the oldest record, LATEST what comes afterwards", () => {
  const { kinesis } = streamOf(3);
  expect(values(read(kinesis, shardId(0)))).toEqual(["0", "1", "2"]);
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  put(kinesis, "3");
  expect(values(kinesis.getRecords({ shardIterator }))).toEqual(["3"]);
});

test("AT_SEQUENCE_NUMBER reads from that record, AFTER_SEQUENCE_NUMBER from the next", () => {
  const { kinesis, numbers } = streamOf(3);
  const from = (type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER", sequenceNumber: string) =>
    values(read(kinesis, shardId(0), { type, sequenceNumber }));
  expect(from("AT_SEQUENCE_NUMBER", numbers[1]!)).toEqual(["1", "2"]);
  expect(from("AFTER_SEQUENCE_NUMBER", numbers[1]!)).toEqual(["2"]);
  expect(from("AFTER_SEQUENCE_NUMBER", numbers[2]!)).toEqual([]);
  const { startingSequenceNumber } = kinesis.listShards({ stream })[0]!.sequenceNumberRange;
  expect(from("AT_SEQUENCE_NUMBER", startingSequenceNumber)).toEqual(["0", "1", "2"]);
  expect(from("AFTER_SEQUENCE_NUMBER", startingSequenceNumber)).toEqual(["0", "1", "2"]);
});

test("AT_TIMESTAMP reads from the first record that arrived then or later", () => {
  const { kinesis, clock } = streamOf(3);
  const from = (timestamp: number) =>
    values(read(kinesis, shardId(0), { type: "AT_TIMESTAMP", timestamp }));
  expect(from(0)).toEqual(["0", "1", "2"]);
  expect(from(start + 1000)).toEqual(["1", "2"]);
  expect(from(start + 1001)).toEqual(["2"]);
  clock.time = start + 5000;
  expect(from(start + 2001)).toEqual([]);
  expect(refusal(() => from(start + 5001))).toEqual({
    code: "InvalidArgumentException",
    message: `The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. timestampInMillis: ${start + 5001}, currentTimestampInMillis: ${start + 5000}`,
  });
});

test("a sequence number goes with the types that need one, and only with them", () => {
  const { kinesis, numbers } = streamOf(1);
  const get = (position: object) => () =>
    kinesis.getShardIterator({ stream, shardId: shardId(0), ...position } as never);
  const rule =
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified ";
  expect(refusal(get({ type: "LATEST", sequenceNumber: numbers[0] }))).toEqual({
    code: "InvalidArgumentException",
    message: `${rule}LATEST and also a StartingSequenceNumber.`,
  });
  expect(refusal(get({ type: "AT_SEQUENCE_NUMBER" })).message).toBe(
    `${rule}AT_SEQUENCE_NUMBER and no StartingSequenceNumber.`,
  );
  expect(refusal(get({ type: "AT_TIMESTAMP" })).code).toBe("InvalidArgumentException");
  expect(refusal(get({ type: "SOMEWHERE" })).code).toBe("ValidationException");
});

test("a sequence number of another shard, of another stream or of nothing is refused", () => {
  const { kinesis, clock, numbers } = streamOf(1);
  const at = (sequenceNumber: string, shard = 0) =>
    refusal(() => read(kinesis, shardId(shard), { type: "AT_SEQUENCE_NUMBER", sequenceNumber }))
      .message;
  kinesis.updateShardCount({ stream, targetShardCount: 2 });
  expect(at(numbers[0]!, 1)).toBe(
    "Invalid StartingSequenceNumber. It encodes shardId-000000000000, while it was used in a call to a shard with shardId-000000000001",
  );
  const used = (number: string) =>
    `StartingSequenceNumber ${number} used in GetShardIterator on shard shardId-000000000000 in stream orders under account 123456789012 is invalid`;
  expect(at("7")).toBe(`${used("7")}.`);
  kinesis.deleteStream({ stream });
  clock.time += 1000;
  kinesis.createStream({ name: stream });
  expect(at(numbers[0]!)).toBe(`${used(numbers[0]!)} because it did not come from this stream.`);
});

test("an iterator is base64 of at most 512 characters, however long the stream's name is", () => {
  const { kinesis } = simulated();
  const name = "n".repeat(128);
  kinesis.createStream({ name });
  const token = kinesis.getShardIterator({ stream: name, shardId: shardId(0), type: "LATEST" });
  expect(token.length).toBeLessThanOrEqual(512);
  expect(token).toMatch(/^[A-Za-z0-9+/]+=*$/);
});

test("an iterator is taken in double quotes", () => {
  const { kinesis } = streamOf(1);
  const token = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "TRIM_HORIZON" });
  expect(kinesis.getRecords({ shardIterator: `"${token}"` }).records).toHaveLength(1);
  for (const shardIterator of [`"${token}`, `${token}"`, `'${token}'`, `""${token}""`]) {
    expect(refusal(() => kinesis.getRecords({ shardIterator })).message).toBe(
      "Invalid ShardIterator.",
    );
  }
});

test.each(["", "x", "AAAA", "!", '"', '""', '"AAAA"'])("%j is no iterator", (shardIterator) => {
  const { kinesis } = streamOf(1);
  expect(refusal(() => kinesis.getRecords({ shardIterator }))).toEqual({
    code: "InvalidArgumentException",
    message: "Invalid ShardIterator.",
  });
});

test("an iterator with one character changed is no iterator", () => {
  const { kinesis } = streamOf(1);
  const token = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  for (let i = 0; i < token.length - 3; i++) {
    const other = token[i] === "A" ? "B" : "A";
    const shardIterator = token.slice(0, i) + other + token.slice(i + 1);
    expect(refusal(() => kinesis.getRecords({ shardIterator })).message).toBe(
      "Invalid ShardIterator.",
    );
  }
});

test("an iterator lives for five minutes", () => {
  const { kinesis, clock } = streamOf(1);
  clock.time = Date.UTC(2026, 0, 2, 3, 4, 5);
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  clock.time += 300_000;
  kinesis.getRecords({ shardIterator });
  clock.time += 1;
  expect(refusal(() => kinesis.getRecords({ shardIterator }))).toEqual({
    code: "ExpiredIteratorException",
    message:
      "Iterator expired. The iterator was created at time Fri Jan 02 03:04:05 UTC 2026 while right now it is Fri Jan 02 03:09:05 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.",
  });
});

test("an iterator of a stream that is no more names its shard, and reads all of a new stream of that name", () => {
  const { kinesis } = streamOf(1);
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  kinesis.deleteStream({ stream });
  expect(refusal(() => kinesis.getRecords({ shardIterator }))).toEqual({
    code: "ResourceNotFoundException",
    message:
      "Shard shardId-000000000000 in stream orders under account 123456789012 does not exist",
  });
  kinesis.createStream({ name: stream });
  kinesis.putRecord({ stream, partitionKey: "a", data: new Uint8Array(1) });
  const { records, nextShardIterator } = kinesis.getRecords({ shardIterator });
  expect(records).toHaveLength(1);
  expect(kinesis.getRecords({ shardIterator: nextShardIterator! }).records).toEqual([]);
});

test.each([
  ["5", "Shard shardId-000000000005 in stream"],
  ["x-2147483647", "Shard shardId-002147483647 in stream"],
  ["2147483648", "Could not find shard 2147483648 in stream"],
  ["ABKLFD8", "Could not find shard ABKLFD8 in stream"],
])(
  "GetShardIterator names the shard %s that is not there, also where there is no stream",
  (id, message) => {
    const { kinesis } = streamOf(1);
    for (const name of [stream, "nowhere"]) {
      const { code, message: said } = refusal(() =>
        kinesis.getShardIterator({ stream: name, shardId: id, type: "LATEST" }),
      )!;
      expect([code, said]).toEqual([
        "ResourceNotFoundException",
        expect.stringContaining(`${message} ${name}`),
      ]);
    }
  },
);

test("an unknown shard has no iterators", () => {
  const { kinesis } = streamOf(1);
  expect(refusal(() => read(kinesis, shardId(1))).code).toBe("ResourceNotFoundException");
  expect(refusal(() => read(kinesis, "nonsense")).code).toBe("ResourceNotFoundException");
});

test("reading goes on where it stopped, and says how far behind it is", () => {
  const { kinesis, clock } = streamOf(5);
  clock.time = start + 10_000;
  let shardIterator: string | undefined = kinesis.getShardIterator({
    stream,
    shardId: shardId(0),
    type: "TRIM_HORIZON",
  });
  const pages: unknown[] = [];
  for (let page = 0; page < 4; page++) {
    const result = kinesis.getRecords({ shardIterator: shardIterator!, limit: 2 });
    pages.push([values(result), result.millisBehindLatest]);
    shardIterator = result.nextShardIterator;
  }
  expect(pages).toEqual([
    [["0", "1"], 9000],
    [["2", "3"], 7000],
    [["4"], 0],
    [[], 0],
  ]);
});

test("one answer has at most 10,000 records", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  for (let i = 0; i < 10_001; i++) put(kinesis, "a");
  expect(read(kinesis, shardId(0)).records).toHaveLength(10_000);
});

test("one answer has at most 10 MiB", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  for (let i = 0; i < 25; i++) {
    kinesis.putRecord({ stream, partitionKey: "a", data: new Uint8Array(MiB / 2) });
  }
  expect(read(kinesis, shardId(0)).records).toHaveLength(19);
});

test("pages hold each record once, and as many as 10 MiB and the limit let them", () => {
  const size = fc.constantFrom(1, 200, 3000, 500_000, MiB - 1);
  const sizes = fc.array(size, { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 50 }), (sizes, limit) => {
      const { kinesis } = simulated();
      kinesis.createStream({ name: stream });
      for (const [at, length] of sizes.entries()) {
        const data = new Uint8Array(length).fill(at);
        kinesis.putRecord({ stream, partitionKey: "k", data });
      }
      const from = { stream, shardId: shardId(0), type: "TRIM_HORIZON" } as const;
      let shardIterator = kinesis.getShardIterator(from);
      for (let at = 0; at < sizes.length; ) {
        const { records, nextShardIterator } = kinesis.getRecords({ shardIterator, limit });
        let bytes = 0;
        let most = 0;
        for (; at + most < sizes.length && most < limit; most++) {
          bytes += 1 + sizes[at + most]!;
          if (bytes > 10 * MiB) break;
        }
        const seen = records.map(({ data }) => [data.length, data[0], data.at(-1)]);
        const due = sizes.slice(at, at + most).map((length, i) => [length, at + i, at + i]);
        expect(seen).toEqual(due);
        at += most;
        shardIterator = nextShardIterator!;
      }
    }),
    { numRuns: 20 },
  );
});

test.each([0, 10_001, 1.5])("a limit of %d is refused", (limit) => {
  const { kinesis } = streamOf(1);
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  const { code, message } = refusal(() => kinesis.getRecords({ shardIterator, limit }));
  expect(code).toBe("ValidationException");
  expect(message).toContain(`Value '${limit}' at 'limit' failed to satisfy constraint`);
});

test("a closed shard is read to its end, then names its children and gives no iterator", () => {
  const { kinesis } = streamOf(3);
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  const shardIterator = kinesis.getShardIterator({
    stream,
    shardId: shardId(0),
    type: "TRIM_HORIZON",
  });
  const first = kinesis.getRecords({ shardIterator, limit: 2 });
  expect(first.childShards).toBeUndefined();
  const last = kinesis.getRecords({ shardIterator: first.nextShardIterator!, limit: 2 });
  expect(values(last)).toEqual(["2"]);
  expect(last.nextShardIterator).toBeUndefined();
  expect(last.childShards).toEqual([
    {
      shardId: shardId(1),
      parentShards: [shardId(0)],
      hashKeyRange: { startingHashKey: "0", endingHashKey: "999" },
    },
    {
      shardId: shardId(2),
      parentShards: [shardId(0)],
      hashKeyRange: {
        startingHashKey: "1000",
        endingHashKey: "340282366920938463463374607431768211455",
      },
    },
  ]);
});

test("an iterator taken while the shard was open meets its end after it closed", () => {
  const { kinesis } = streamOf(1);
  const shardIterator = kinesis.getShardIterator({ stream, shardId: shardId(0), type: "LATEST" });
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  const result = kinesis.getRecords({ shardIterator });
  expect(result.nextShardIterator).toBeUndefined();
  expect(result.childShards).toHaveLength(2);
  expect(read(kinesis, shardId(0), { type: "LATEST" })).toMatchObject({
    records: [],
    childShards: result.childShards,
  });
});

test("nothing is read after the ending number of a closed shard, as AWS was seen to say", () => {
  const { kinesis } = streamOf(1);
  kinesis.splitShard({ stream, shardToSplit: shardId(0), newStartingHashKey: "1000" });
  const sequenceNumber = kinesis.listShards({ stream })[0]!.sequenceNumberRange
    .endingSequenceNumber!;
  const from = (type: "AT_SEQUENCE_NUMBER" | "AFTER_SEQUENCE_NUMBER") =>
    read(kinesis, shardId(0), { type, sequenceNumber });
  expect(refusal(() => from("AFTER_SEQUENCE_NUMBER"))).toEqual({
    code: "InvalidArgumentException",
    message:
      "Invalid SequenceNumber for ShardIteratorType AFTER_SEQUENCE_NUMBER, SequenceNumber has reached max possible value for the shard.",
  });
  expect(from("AT_SEQUENCE_NUMBER").records).toEqual([]);
});

test("records of the same moment keep their order", () => {
  const { kinesis } = simulated();
  kinesis.createStream({ name: stream });
  kinesis.putRecords({
    stream,
    records: Array.from({ length: 500 }, (_, i) => ({ partitionKey: "a", data: bytes(`${i}`) })),
  });
  expect(values(read(kinesis, shardId(0)))).toEqual(Array.from({ length: 500 }, (_, i) => `${i}`));
});
