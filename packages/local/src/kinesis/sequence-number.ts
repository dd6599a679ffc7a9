/** Makes sequence numbers in the layout that Kinesis uses. */
import type { SequenceNumberParts } from "../../../../src/record/sequence-number.ts";

/**
 * A sequence number in AWS's layout.
 *
 * @example
 * encodeSequenceNumber({
 *   shardCreatedAt: 1540000000_000, putAt: 1540000100_000, shardIndex: 6, index: 4n, version: 2,
 * })
 */
export function encodeSequenceNumber(parts: SequenceNumberParts): string {
  const shard = shardBits(parts.shardCreatedAt / 1000, parts.shardIndex);
  return numberInShard(shard, parts.index, parts.putAt / 1000);
}

/** What every number of a shard has in common. */
export function shardBits(createdSeconds: number, shardIndex: number): bigint {
  return (
    (2n << 184n) |
    (BigInt(Math.floor(createdSeconds)) << 148n) |
    (BigInt(shardIndex % 16) << 144n) |
    (BigInt(shardIndex) << 4n) |
    2n
  );
}

export function numberInShard(shard: bigint, index: bigint | number, putSeconds: number): string {
  const put = (BigInt(index) << 44n) | BigInt(Math.floor(putSeconds));
  return (shard | (put << 36n)).toString();
}
