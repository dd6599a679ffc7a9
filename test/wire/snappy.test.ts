import fc from "fast-check";
import { snappyUncompress } from "hyparquet";
import { describe, expect, it } from "vitest";
import { snappyCompress } from "../../src/wire/snappy.ts";

function restored(compressed: Uint8Array, length: number): Buffer {
  const output = Buffer.alloc(length);
  snappyUncompress(compressed, output);
  return output;
}

/** Bytes of which many repeat, near and far. */
const repeating = fc
  .tuple(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 300 })), { maxLength: 40 }),
  )
  .map(([pieces, order]) =>
    Buffer.concat(
      order.flatMap(([at, times]) =>
        Array.from({ length: times }, () => pieces[at % pieces.length]!),
      ),
    ),
  );

describe("snappyCompress", () => {
  it("is read back by another's decoder, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.oneof(repeating, fc.uint8Array({ maxLength: 200 })), (input) => {
        expect(restored(snappyCompress(input), input.length).equals(input)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("writes what stands before it as copies, and the rest as it is", () => {
    expect(Buffer.from(snappyCompress(Buffer.from("abcdabcdabcd"))).toString("hex")).toBe(
      "0c0c616263641104",
    );
    expect([...snappyCompress(new Uint8Array(0))]).toEqual([0]);
    expect([...snappyCompress(Buffer.from("a"))]).toEqual([1, 0, 97]);
  });

  it("takes a part of a buffer for its own bytes alone", () => {
    const part = Buffer.from("0123456789".repeat(20)).subarray(3, 90);
    expect(snappyCompress(part)).toEqual(snappyCompress(Uint8Array.from(part)));
  });

  it("copies nothing from further away than 64 KiB, where a copy cannot reach", () => {
    const far = Buffer.alloc(70_000);
    for (let at = 0; at < far.length; at += 4)
      far.writeUInt32LE(Math.imul(at, 0x9e3779b1) >>> 0, at);
    const input = Buffer.concat([
      Buffer.from("there and back again"),
      far,
      Buffer.from("there and back again"),
    ]);
    const compressed = snappyCompress(input);
    expect(restored(compressed, input.length).equals(input)).toBe(true);
    expect(Buffer.from(compressed).includes("there and back again", 100)).toBe(true);
  });

  it("takes a column that repeats to less than a twentieth", () => {
    const input = Buffer.from("2026-01-01T00:00:00Z,sensor-17,20.5\n".repeat(10_000));
    expect(snappyCompress(input).length).toBeLessThan(input.length / 20);
  });
});
