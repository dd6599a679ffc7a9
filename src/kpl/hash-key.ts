// Where a record belongs on the ring of hash keys, 0 to 2^128 - 1, that a stream's shards divide.

import { hash } from "./hash.ts";
import type { KplUserRecord } from "./user-record.ts";

/** The last hash key of the ring. */
export const maxHashKey = 2n ** 128n - 1n;

/**
 * The hash key that decides the shard: the explicit hash key where there is one, else the MD5 of
 * the partition key's UTF-8 bytes, both as an unsigned 128-bit integer.
 *
 * Never throws: an explicit hash key that is no such integer (a foreign producer can put one in
 * an aggregate) counts as absent.
 *
 * @example
 * effectiveHashKey({ partitionKey: "a" }); // 16955237001963240173058271559858726497n
 * effectiveHashKey({ partitionKey: "a", explicitHashKey: "7" }); // 7n
 */
export function effectiveHashKey({
  partitionKey,
  explicitHashKey,
}: Pick<KplUserRecord, "partitionKey" | "explicitHashKey">): bigint {
  // A number with leading zeros is one for the KCL.
  const explicit = parseHashKey(explicitHashKey?.replace(/^0+(?=\d)/, "") ?? "");
  return explicit ?? BigInt(`0x${hash("md5", partitionKey)}`);
}

/** The hash key in `text`, written as Kinesis wants it: decimal, no leading zeros. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^(0|[1-9]\d{0,38})$/.test(text)) return undefined;
  const hashKey = BigInt(text);
  return hashKey <= maxHashKey ? hashKey : undefined;
}
