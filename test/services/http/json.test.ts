import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJson } from "../../../packages/services/src/http/json.ts";
import { processorTime } from "../../processor-time.ts";

const MiB = 1024 * 1024;
const levels = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

test("whatever JSON a request may have is read as it is", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1), (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);
      expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
    }),
  );
});

test("brackets and commas in strings, behind any backslashes, count for nothing", () => {
  const text = fc.string({ unit: fc.constantFrom("\\", '"', "[", "{", ",", "a") });
  fc.assert(
    fc.property(fc.array(text, { maxLength: 20 }), (texts) => {
      expect(parseJson(Buffer.from(JSON.stringify(texts)), 21)).toEqual(texts);
    }),
  );
});

test.each(["", "{", '"', '"\\"', "[1,]", "nul", "]", '{"a":"}'])("%j is no JSON", (text) => {
  expect(() => parseJson(Buffer.from(text))).toThrow(SyntaxError);
});

test("256 levels are read, and no more", () => {
  expect(parseJson(Buffer.from(levels(256)))).toHaveLength(1);
  expect(() => parseJson(Buffer.from(levels(257)))).toThrow("more than 256 levels");
  expect(parseJson(Buffer.from(`[${"[],".repeat(1000)}[]]`))).toHaveLength(1001);
});

test("100,000 values are read, and no more", () => {
  const list = (length: number) => Buffer.from(`[${"1,".repeat(length - 1)}1]`);
  expect(parseJson(list(100_000))).toHaveLength(100_000);
  expect(() => parseJson(list(100_001))).toThrow("more than 100000 values");
  expect(parseJson(list(100_001), 200_000)).toHaveLength(100_001);
});

test.each([
  ["lists in lists", "[".repeat(16 * MiB)],
  ["maps in maps", '{"a":'.repeat(3 * MiB)],
  ["empty lists", `[${"[],".repeat(5 * MiB)}[]]`],
  ["keys", `{${'"":0,'.repeat(3 * MiB)}"":0}`],
  ["quotes behind backslashes", `["${'\\"'.repeat(8 * MiB)}`],
])("16 MiB of %s are refused at once", (_, text) => {
  const bytes = Buffer.from(text);
  const start = processorTime();
  expect(() => parseJson(bytes)).toThrow(SyntaxError);
  expect(processorTime() - start).toBeLessThan(5000);
});
