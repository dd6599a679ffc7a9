import fc from "fast-check";
import { aggregate, type KplUserRecord } from "shardmill/kpl";
import { expect, test } from "vitest";
import { encodeSequenceNumber } from "../../../packages/local/src/kinesis/sequence-number.ts";
import { endingIndex } from "../../../src/record/sequence-number.ts";
import { file, inspected, printed, run } from "./run.ts";

const number = encodeSequenceNumber({
  shardCreatedAt: Date.UTC(2026, 0, 1),
  putAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  shardIndex: 17,
  index: 42n,
  version: 2,
});

test("a sequence number tells its shard, its time and its index", async () => {
  const { status, out } = await run([number]);
  expect(status).toBe(0);
  expect(out).toBe(`${number}: a sequence number
  number         ${number}
  shard          shardId-000000000017
  shard created  2026-01-01T00:00:00Z
  put            2026-01-02T03:04:05Z
  index          42
  layout         version 2

`);
});

test("every sequence number is told as it was made", async () => {
  const second = fc.integer({ min: 0, max: 2 ** 33 }).map((seconds) => seconds * 1000);
  await fc.assert(
    fc.asyncProperty(
      second,
      second,
      fc.nat(2 ** 31 - 1),
      fc.bigInt({ min: 0n, max: endingIndex }),
      async (shardCreatedAt, putAt, shardIndex, index) => {
        const parts = { shardCreatedAt, putAt, shardIndex, index, version: 2 } as const;
        const { things } = await inspected(encodeSequenceNumber(parts));
        expect(things).toMatchObject([{ kind: "sequenceNumber", index: `${index}` }]);
        expect(Date.parse(things[0].putAt)).toBe(putAt);
        expect(Date.parse(things[0].shardCreatedAt)).toBe(shardCreatedAt);
        expect(Number(things[0].shardId.slice(8))).toBe(shardIndex);
      },
    ),
    { numRuns: 50 },
  );
});

test("a place in an aggregate, and a shard before the number, are read", async () => {
  const { things, status } = await inspected(`shardId-000000000017:${number}.3`);
  expect(things).toMatchObject([{ subSequenceNumber: 3, shardId: "shardId-000000000017" }]);
  expect(status).toBe(0);
  const wrong = await inspected(`shardId-000000000001:${number}`);
  expect(wrong.status).toBe(1);
  expect(wrong.err).toContain("is of shardId-000000000017, and not of shardId-000000000001");
});

test("the ends of a shard and numbers of another layout are said to be so", async () => {
  const of = (index: bigint) =>
    encodeSequenceNumber({ shardCreatedAt: 0, putAt: 0, shardIndex: 0, index, version: 2 });
  expect((await run([of(0n)])).out).toContain("where the shard starts");
  expect((await run([of(endingIndex)])).out).toContain("where a closed shard ends");
  const other = await run(["12345678901234567890123"]);
  expect([other.status, other.out]).toEqual([0, expect.stringContaining("not known")]);
});

test("a list of numbers is read line by line", async () => {
  const { things } = await inspected(`${number}\r\n\n${number}.1\n`);
  expect(things.map(({ line, subSequenceNumber }) => [line, subSequenceNumber])).toEqual([
    [1, undefined],
    [3, 1],
  ]);
});

const userRecords: KplUserRecord[] = [
  { partitionKey: "a", data: Buffer.from('{"n":1}') },
  { partitionKey: "b", explicitHashKey: "7", data: Buffer.from("x".repeat(200)) },
];
const { data } = aggregate(userRecords);

test("an aggregate is read as bytes and as base64, broken into lines too", async () => {
  const base64 = Buffer.from(data).toString("base64");
  const broken = base64.replace(/.{76}/g, "$&\n");
  const forms = [Buffer.from(data), base64, `${broken}\n`, JSON.stringify(base64)];
  for (const form of forms) {
    const { things, status } = await inspected(form);
    expect(status).toBe(0);
    expect(things).toMatchObject([
      {
        kind: "aggregate",
        bytes: data.length,
        userRecords: [
          { subSequenceNumber: 0, partitionKey: "a", data: { json: { n: 1 } } },
          { subSequenceNumber: 1, partitionKey: "b", explicitHashKey: "7", hashKey: "7" },
        ],
      },
    ]);
  }
  const { out } = await run([file("aggregate.bin", data)]);
  expect(out).toContain("hash key       7 (explicit)\n");
  expect(out).toContain("x".repeat(200));
});

test("an aggregate that was cut off or changed is told with its digests", async () => {
  const changed = Buffer.from(data);
  changed[6]! ^= 1;
  const { status, err, out } = await printed(changed);
  expect([status, out]).toEqual([1, ""]);
  expect(err).toMatch(/its MD5 should be [\da-f]{32}, and its last 16 bytes are [\da-f]{32}/);
  expect((await printed(Buffer.from(data).subarray(0, 12))).err).toContain("it has 12 bytes");
});

test("an aggregate beside other lines is read in its line", async () => {
  const base64 = Buffer.from(data).toString("base64");
  const { things } = await inspected(`${number}\n${base64}\n{"Records":[]}\n`);
  expect(things.map(({ kind, line }) => [kind, line])).toEqual([
    ["sequenceNumber", 1],
    ["aggregate", 2],
  ]);
});
