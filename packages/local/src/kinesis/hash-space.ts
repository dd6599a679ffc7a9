/**
 * The space of hash keys, 0 to 2^128 - 1, and the ranges that shards own in it.
 * A single hash key is held as 32 hexadecimal digits, whose order as text is their order as
 * numbers; the bounds of ranges are bigints.
 */
import { hash } from "node:crypto";
import { constraintError } from "./constraint.ts";
import { invalidArgument } from "./error.ts";

/** Both ends belong to the range. */
export interface HashRange {
  readonly start: bigint;
  readonly end: bigint;
}

const size = 2n ** 128n;

/** What the last 10,000 keys have been hashed to: they come again and again, and a digest takes eight times as long as to find it here. */
const hashed = new Map<string, string>();

/** The MD5 of the key's UTF-8 bytes. */
export function hashPartitionKey(partitionKey: string): string {
  let digest = hashed.get(partitionKey);
  if (digest === undefined) {
    if (hashed.size === 10_000) hashed.clear();
    digest = hash("md5", partitionKey, "hex");
    hashed.set(partitionKey, digest);
  }
  return digest;
}

export const hashKeyOf = (value: bigint): string => value.toString(16).padStart(32, "0");

/** Reads a decimal hash key of a request; `member` names it in the error. */
export function parseHashKey(member: string, decimal: string): bigint {
  if (!/^(0|[1-9]\d{0,38})$/.test(decimal)) {
    const pattern = "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})";
    throw constraintError(member, decimal, pattern);
  }
  return BigInt(decimal);
}

/** The hash key that overrides the partition key's. */
export function parseExplicitHashKey(member: string, decimal: string): string {
  const value = parseHashKey(member, decimal);
  if (value >= size) {
    throw invalidArgument(
      `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${decimal}`,
    );
  }
  return hashKeyOf(value);
}

/** Divides the space into `count` ranges of equal size; the last takes the remainder. */
export function evenRanges(count: number): HashRange[] {
  const width = size / BigInt(count);
  return Array.from({ length: count }, (_, i) => ({
    start: BigInt(i) * width,
    end: i === count - 1 ? size - 1n : BigInt(i + 1) * width - 1n,
  }));
}
