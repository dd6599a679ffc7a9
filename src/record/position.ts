/**
 * Where a user record stands in its shard: the sequence number of the Kinesis record that
 * carried it, and its 0-based place inside that record (0 for a record that is no aggregate).
 */
export interface Position {
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

/** Orders sequence numbers by value. They have up to 129 digits: too many for a number. */
export function compareSequenceNumbers(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Orders the positions of one shard. */
export function comparePositions(a: Position, b: Position): number {
  return (
    compareSequenceNumbers(a.sequenceNumber, b.sequenceNumber) ||
    a.subSequenceNumber - b.subSequenceNumber
  );
}

/** `<sequence number>` or, inside an aggregate, `<sequence number>.<subsequence number>`. */
export function formatPosition({ sequenceNumber, subSequenceNumber }: Position): string {
  return subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}.${subSequenceNumber}`;
}

/** The inverse of `formatPosition`. */
export function parsePosition(text: string): Position {
  const dot = text.indexOf(".");
  return dot < 0
    ? { sequenceNumber: text, subSequenceNumber: 0 }
    : { sequenceNumber: text.slice(0, dot), subSequenceNumber: Number(text.slice(dot + 1)) };
}

/** A number before those of all records of a shard that was created in that second. */
export const numberBefore = (createdAt: number): string =>
  String((2n << 184n) | (BigInt(createdAt) << 148n) | 2n);

/**
 * When the shard was created, in epoch seconds, as its sequence numbers tell: bits 148 to 183
 * of a version 2 number. 0 for a number of another make.
 */
export function shardCreatedAt(sequenceNumber: string): number {
  if (!/^\d{50,60}$/.test(sequenceNumber)) return 0;
  const bits = BigInt(sequenceNumber);
  const isVersion2 = bits >> 184n === 2n && (bits & 15n) === 2n;
  return isVersion2 ? Number((bits >> 148n) & 0xfffffffffn) : 0;
}
