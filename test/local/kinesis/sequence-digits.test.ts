import fc from "fast-check";
import { expect, test } from "vitest";
import { SequenceDigits } from "../../../packages/local/src/kinesis/sequence-digits.ts";
import { numberInShard, shardBits } from "../../../packages/local/src/kinesis/sequence-number.ts";

const seconds = fc.integer({ min: 0, max: 2 ** 36 - 1 });
const index = fc.oneof(
  fc.nat(),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(2 ** 38 - 1, 2 ** 38, 2 ** 38 + 1),
);

test("whatever comes after what, the digits are those of the number", () => {
  const numbers = fc.array(fc.tuple(index, seconds), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(seconds, fc.nat({ max: 2 ** 31 - 1 }), numbers, (createdAt, shard, asked) => {
      const bits = shardBits(createdAt, shard);
      const digits = new SequenceDigits(bits);
      for (const [at, putSeconds] of asked) {
        expect(digits.text(at, putSeconds)).toBe(numberInShard(bits, at, putSeconds));
      }
    }),
    { numRuns: 500 },
  );
});

test("neighbours differ where a digit carries over", () => {
  const bits = shardBits(1_540_000_000, 6);
  const digits = new SequenceDigits(bits);
  const wrong: unknown[] = [];
  for (let at = 1; at < 30_000; at++) {
    const putSeconds = 1_540_000_000 + Math.floor(at / 100);
    const [found, expected] = [digits.text(at, putSeconds), numberInShard(bits, at, putSeconds)];
    if (found !== expected) wrong.push({ at, found, expected });
  }
  expect(wrong).toEqual([]);
});
