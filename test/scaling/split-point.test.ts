import * as fc from "fast-check";
import { expect, it } from "vitest";
import { splitPointOf } from "../../src/scaling/split-point.ts";
import { processorTime } from "../processor-time.ts";

const shard = { startingHashKey: "1000", endingHashKey: "9999" };

it("finds the hash key that leaves about half of the bytes on either side, and that SplitShard takes", () => {
  const records = fc.array(
    fc.record({
      hashKey: fc.bigInt({ min: 0n, max: 12_000n }),
      bytes: fc.integer({ min: 1, max: 1000 }),
    }),
    { minLength: 0, maxLength: 200 },
  );
  fc.assert(
    fc.property(records, (all) => {
      const point = splitPointOf(all, shard);
      const inside = all.filter(({ hashKey }) => hashKey >= 1000n && hashKey <= 9999n);
      if (inside.length < 20) {
        expect(point.kind).toBe("unknown");
        return;
      }
      if (point.kind !== "at") return;
      const at = BigInt(point.newStartingHashKey);
      expect(at > 1001n && at < 9999n).toBe(true);
      const total = inside.reduce((sum, { bytes }) => sum + bytes, 0);
      const below = inside.reduce((sum, { hashKey, bytes }) => sum + (hashKey < at ? bytes : 0), 0);
      expect(below / total).toBeCloseTo(point.share, 9);
      // No key has more than 60 %, so the nearest bound is no farther away than half of that.
      expect(Math.abs(below / total - 0.5)).toBeLessThanOrEqual(0.3 + 1e-9);
    }),
  );
});

it("says that one key is hot, and of how much", () => {
  const others = Array.from({ length: 30 }, (_, key) => ({
    hashKey: 2000n + BigInt(key),
    bytes: 1,
  }));
  const hot = { hashKey: 5000n, bytes: 70 };
  expect(splitPointOf([...others, hot], shard)).toEqual({ kind: "hot key", share: 0.7 });
});

it("looks at 200,000 hash keys that were spread by hand, in a time that does not grow with their square", () => {
  const spread = Array.from({ length: 200_000 }, (_, n) => ({
    hashKey: BigInt(n) << 100n,
    bytes: 30,
  }));
  const whole = { startingHashKey: "0", endingHashKey: String(2n ** 128n - 1n) };
  const begun = processorTime();
  expect(splitPointOf(spread, whole)).toMatchObject({ kind: "at", share: 0.5 });
  expect(processorTime() - begun).toBeLessThan(5000);
});
