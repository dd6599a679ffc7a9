/**
 * How often a stream may still be scaled: UpdateShardCount takes ten calls in any 24 hours, at most twice and at least half of the
 * open shards.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
 */
const day = 86_400_000;

/** Clocks differ: an operation counts a little longer than AWS counts it. */
const slack = 60_000;

/** From when on an operation that was begun then does not count any more. */
export const countsAgainAt = (at: number): number => at + day + slack;

/** The operations that still count at this moment, of those begun at these times. */
export const recentOperations = (operations: readonly number[], now: number): number[] =>
  operations.filter((at) => countsAgainAt(at) > now);

/** The target, within what one call may ask for. */
export const withinOneCall = (target: number, shards: number): number =>
  Math.min(2 * shards, Math.max(Math.ceil(shards / 2), target));
