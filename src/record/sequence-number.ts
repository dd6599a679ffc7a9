/**
 * Sequence numbers, in the layout that Kinesis uses: 47 hexadecimal digits, written in decimal.
 *
 *     2 | shard created, seconds (9) | shard index mod 16 (1) | index (16) | 00 | put, seconds (9) | shard index (8) | 2
 *
 * The index counts the records of a shard, so the order of numbers is the order of puts,
 * whatever the clock does.
 */

export interface SequenceNumberParts {
  /** When the shard was created: epoch milliseconds, whole seconds. */
  readonly shardCreatedAt: number;
  /** When the record was put: epoch milliseconds, whole seconds. */
  readonly putAt: number;
  /** The number in the shard's id. */
  readonly shardIndex: number;
  /** 0 for the shard's starting number, 2^63 - 1 for its ending number. */
  readonly index: bigint;
  /** The version of the layout; 2 is the only one known here. */
  readonly version: 2;
}

/** The index of a closed shard's ending sequence number. */
export const endingIndex = 2n ** 63n - 1n;

/**
 * Takes a sequence number apart. Undefined when it is none of this layout.
 *
 * @example
 * decodeSequenceNumber("49590338271490256608559692538361571095921575989136588898")?.shardIndex // 6
 */
export function decodeSequenceNumber(sequenceNumber: string): SequenceNumberParts | undefined {
  if (!/^[1-9]\d{55}$/.test(sequenceNumber)) return undefined;
  const number = BigInt(sequenceNumber);
  const bits = (from: number, count: number) => BigInt.asUintN(count, number >> BigInt(from));
  const shardIndex = Number(bits(4, 32));
  const index = bits(80, 64);
  const known = number >> 184n === 2n && bits(0, 4) === 2n;
  if (!known || shardIndex >= 2 ** 31 || index > endingIndex) return undefined;
  return {
    shardCreatedAt: Number(bits(148, 36)) * 1000,
    putAt: Number(bits(36, 36)) * 1000,
    shardIndex,
    index,
    version: 2,
  };
}
