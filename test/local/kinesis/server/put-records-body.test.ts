import fc from "fast-check";
import { expect, test } from "vitest";
import { putRecords } from "../../../../packages/local/src/kinesis/api/put-records.ts";
import { json } from "../../../../packages/local/src/kinesis/server/protocol.ts";
import { putRecordsBody } from "../../../../packages/local/src/kinesis/server/put-records-body.ts";
import { readInput } from "../../../../packages/services/src/protocol/read-input.ts";
import { anyCharacter } from "../../../any-character.ts";

/** As every other request is read. */
const asAlways = (body: Buffer) => readInput(putRecords.members, json.parse(body), json.readers);

/** What is read here is what is always read; what is refused, or read in another way, is not read here. */
function expectSame(body: Buffer): boolean {
  const before = Buffer.from(body);
  const read = putRecordsBody(body);
  expect(body.equals(before)).toBe(true);
  if (read === undefined) return false;
  const always = asAlways(body);
  const plain = ({ Records, ...rest }: any) => ({
    ...rest,
    Records: Records.map(({ Data, ...record }: any) => ({ ...record, Data: [...Data] })),
  });
  expect(plain(read)).toEqual(plain(always));
  return true;
}

const entry = (Data: Uint8Array, PartitionKey: string, ExplicitHashKey?: string) => ({
  Data: Buffer.from(Data).toString("base64"),
  PartitionKey,
  ...(ExplicitHashKey !== undefined && { ExplicitHashKey }),
});
const shuffled = <T extends object>(value: T, backwards: boolean) =>
  backwards ? Object.fromEntries(Object.entries(value).reverse()) : value;

const someEntry = fc
  .record({
    data: fc.uint8Array({ maxLength: 12 }),
    key: fc.oneof(
      fc.string({ minLength: 1, maxLength: 20 }).filter((key) => !/["\\]/.test(key)),
      fc.constantFrom("k", "a".repeat(256), "\u007f"),
    ),
    hashKey: fc.constantFrom(undefined, "0", "1", "9".repeat(39)),
    backwards: fc.boolean(),
  })
  .map(({ data, key, hashKey, backwards }) => shuffled(entry(data, key, hashKey), backwards));
const someStream = fc.constantFrom(
  { StreamName: "orders" },
  { StreamARN: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" },
  { StreamName: "a.b_c-D", StreamARN: "arn:aws:kinesis:us-east-1:123456789012:stream/a.b_c-D" },
  {},
);
const someRequest = fc
  .record({
    stream: someStream,
    Records: fc.array(someEntry, { minLength: 1, maxLength: 5 }),
    backwards: fc.boolean(),
    spaced: fc.boolean(),
  })
  .map(({ stream, Records, backwards, spaced }) => {
    const text = JSON.stringify(shuffled({ ...stream, Records }, backwards));
    // As boto3 writes it. No value here has these in it, but for keys, which may.
    return spaced ? text.replaceAll('":', '": ').replaceAll(',"', ', "') : text;
  });

test("what clients write is read at once, and as always", () => {
  fc.assert(
    fc.property(someRequest, (text) => {
      expect(expectSame(Buffer.from(text))).toBe(true);
    }),
  );
});

test("a body that somebody spoiled is read as always, or not here", () => {
  const piece = fc.constantFrom(
    ...['"', "\\", "{", "}", "[", "]", ",", ":", "=", "-", "_", " ", "\n", "\t", "A", "é", "null"],
    ...['"Data":""', ',"Data":"QQ=="', '"StreamName":"orders",', '"__proto__":{}', "\u0000", "0"],
  );
  const spoiled = fc.tuple(someRequest, piece, fc.nat(), fc.nat({ max: 3 }));
  let read = 0;
  fc.assert(
    fc.property(spoiled, ([text, inserted, at, removed]) => {
      const from = at % (text.length + 1);
      const spoilt = text.slice(0, from) + inserted + text.slice(from + removed);
      if (expectSame(Buffer.from(spoilt))) read++;
    }),
    { numRuns: 1000 },
  );
  expect(read).toBeGreaterThan(0);
});

test("any base64, as it should be or not, is read as always", () => {
  const digits = fc.string({
    unit: fc.constantFrom("A", "Q", "g", "w", "/", "+", "=", "-", "\u0141"),
    maxLength: 9,
  });
  fc.assert(
    fc.property(digits, (Data) => {
      const body = { StreamName: "orders", Records: [{ Data, PartitionKey: "a" }] };
      expectSame(Buffer.from(JSON.stringify(body)));
    }),
    { numRuns: 1000 },
  );
});

test("every byte that there is comes through base64", () => {
  const all = Uint8Array.from({ length: 1024 }, (_, i) => (i * 7) ^ (i >> 3));
  const Records = [0, 1, 2, 3].map((cut) => entry(all.subarray(cut), "a"));
  expect(expectSame(Buffer.from(JSON.stringify({ StreamName: "orders", Records })))).toBe(true);
});

test.each([
  ["a key in other characters than ASCII", { PartitionKey: "é", Data: "" }],
  ["a key with an escape", { PartitionKey: '"', Data: "" }],
  ["an empty key", { PartitionKey: "", Data: "" }],
  ["a key that is too long", { PartitionKey: "a".repeat(257), Data: "" }],
  ["a hash key that is none", { PartitionKey: "a", Data: "", ExplicitHashKey: "01" }],
  ["no data", { PartitionKey: "a" }],
  ["no key", { Data: "" }],
  ["a member of another name", { PartitionKey: "a", Data: "", Comment: "" }],
  ["a null", { PartitionKey: "a", Data: "", ExplicitHashKey: null }],
])("%s is left to the way of all requests", (_, record) => {
  const body = Buffer.from(JSON.stringify({ StreamName: "orders", Records: [record] }));
  expect(putRecordsBody(body)).toBeUndefined();
});

test.each([
  ["no record", 0],
  ["more records than may be in a request", 501],
])("%s is left to the way of all requests", (_, length) => {
  const Records = Array.from({ length }, () => entry(new Uint8Array(), "a"));
  expect(
    putRecordsBody(Buffer.from(JSON.stringify({ StreamName: "orders", Records }))),
  ).toBeUndefined();
});

test.each([
  { StreamName: "a b" },
  { StreamName: "" },
  { StreamName: "a".repeat(129) },
  { StreamARN: "orders" },
])("a stream that cannot be, %j, is left to the way of all requests", (stream) => {
  const Records = [entry(new Uint8Array(), "a")];
  expect(putRecordsBody(Buffer.from(JSON.stringify({ ...stream, Records })))).toBeUndefined();
});

test("any text is no request", () => {
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (text) => {
      expect(putRecordsBody(Buffer.from(text))).toBeUndefined();
    }),
  );
});
