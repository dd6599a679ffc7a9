import { createHash } from "node:crypto";
import fc from "fast-check";
import { effectiveHashKey } from "shardmill/kpl";
import { expect, test } from "vitest";
import { anyCharacter } from "../any-character.ts";

test("without an explicit hash key, it is the MD5 of the partition key's UTF-8", () => {
  expect(effectiveHashKey({ partitionKey: "a" })).toBe(16955237001963240173058271559858726497n);
  fc.assert(
    fc.property(fc.string({ unit: anyCharacter }), (partitionKey) => {
      const digest = createHash("md5").update(Buffer.from(partitionKey, "utf8")).digest("hex");
      expect(effectiveHashKey({ partitionKey })).toBe(BigInt(`0x${digest}`));
    }),
  );
});

test("an explicit hash key goes first, over the whole range", () => {
  for (const explicitHashKey of ["0", "7", "340282366920938463463374607431768211455"]) {
    expect(effectiveHashKey({ partitionKey: "a", explicitHashKey })).toBe(BigInt(explicitHashKey));
  }
});

test("leading zeros of an explicit hash key count as little as in the KCL", () => {
  expect(effectiveHashKey({ partitionKey: "a", explicitHashKey: "007" })).toBe(7n);
  expect(effectiveHashKey({ partitionKey: "a", explicitHashKey: "000" })).toBe(0n);
});

test("an explicit hash key that is none counts as absent", () => {
  const plain = effectiveHashKey({ partitionKey: "a" });
  const above = "340282366920938463463374607431768211456";
  for (const explicitHashKey of [
    "",
    " ",
    "-1",
    "0x10",
    "1e3",
    "1\n",
    "١",
    above,
    "9".repeat(1e6),
  ]) {
    expect(effectiveHashKey({ partitionKey: "a", explicitHashKey })).toBe(plain);
  }
});
