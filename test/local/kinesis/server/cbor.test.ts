/** Strings in pieces, which only the Java clients write, and CBOR that is made to take time. */
import { encode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCbor } from "../../../../packages/local/src/kinesis/server/cbor.ts";
import { processorTime } from "../../../processor-time.ts";
import { served } from "../api/served.ts";

const bytes = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

/** A string of indefinite length: its head, its pieces, its end. */
const inPieces = (head: number, pieces: readonly (string | Uint8Array)[]) =>
  Buffer.concat([Buffer.from([head]), ...pieces.map((piece) => encode(piece)), bytes("ff")]);

test("text in pieces is the text, wherever in a message it stands", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 300 })), (pieces) => {
      const text = inPieces(0x7f, pieces);
      expect(decodeCbor(text)).toBe(pieces.join(""));
      const list = Buffer.concat([bytes("83 01"), text, bytes("02")]);
      expect(decodeCbor(list)).toEqual([1, pieces.join(""), 2]);
    }),
  );
});

test("bytes in pieces are the bytes, whatever the lengths are written with", () => {
  const piece = fc.uint8Array({ maxLength: 70_000, size: "max" });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const decoded = decodeCbor(inPieces(0x5f, pieces)) as Uint8Array;
      expect(decoded).toBeInstanceOf(Uint8Array);
      // toEqual takes a second for each of these.
      expect(Buffer.compare(decoded, Buffer.concat(pieces))).toBe(0);
    }),
    { numRuns: 20 },
  );
  expect(decodeCbor(bytes("5f 41 07 58 01 08 59 0001 09 5a 00000001 0a ff"))).toEqual(
    new Uint8Array([7, 8, 9, 10]),
  );
});

test.each([
  ["without an end", "7f 61 61"],
  ["with a piece that is cut off", "5f 43 01 02"],
  ["with a length that is cut off", "5f 59 00"],
  ["with a length beyond all numbers", "5f 5b ffffffffffffffff 01 ff"],
  ["with bytes in text", "7f 41 61 ff"],
  ["with text in bytes", "5f 61 61 ff"],
  ["with a number in it", "7f 01 ff"],
  ["in a string in pieces", "7f 7f 61 61 ff ff"],
  ["with a length of no size", "5f 5c 01 ff"],
])("a string in pieces %s is no CBOR", (_, hex) => {
  expect(() => decodeCbor(bytes(hex))).toThrow(/CBOR/);
});

const fill = (hex: string, count: number) => Buffer.alloc(bytes(hex).length * count, bytes(hex));
const indefinite = (head: string, content: Buffer) =>
  Buffer.concat([bytes(head), content, bytes("ff")]);

const long: Readonly<Record<string, Buffer>> = {
  "three million empty pieces of text": indefinite("7f", fill("60", 3_000_000)),
  "16 MB of empty pieces of bytes": indefinite("5f", fill("40", 16_000_000)),
  "16 MB of pieces of one byte": indefinite("5f", fill("4141", 8_000_000)),
  "16 MB of empty strings in pieces": indefinite("9f", fill("7fff", 8_000_000)),
  "16 MB of empty lists": indefinite("9f", fill("80", 16_000_000)),
  "16 MB of empty maps": indefinite("9f", fill("bfff", 8_000_000)),
  "16 MB of one key": indefinite("bf", fill("6000", 8_000_000)),
  "16 MB of lists in lists": fill("81", 16_000_000),
  "16 MB of maps in maps": fill("bf60", 8_000_000),
  "16 MB of tags of tags": fill("c1", 16_000_000),
};

describe("16 MB that are made to take time are refused at once, as what is no CBOR", () => {
  test.each(Object.keys(long))("%s", async (name) => {
    const api = await served();
    const start = processorTime();
    const answer = await api.send("PutRecords", long[name]!, {
      "Content-Type": "application/x-amz-cbor-1.1",
    });
    expect(processorTime() - start).toBeLessThan(5000);
    expect(answer).toMatchObject({ status: 400, body: { __type: "SerializationException" } });
  });
});

test("100,000 values are read, and no more", () => {
  expect(decodeCbor(indefinite("9f", fill("01", 99_998)))).toHaveLength(99_998);
  expect(() => decodeCbor(indefinite("9f", fill("01", 100_000)))).toThrow("100000 values");
});
