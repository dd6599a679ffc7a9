/**
 * How often a stream may still be scaled: UpdateShardCount takes ten calls in any 24 hours, at most twice and at least half of the
 * open shards.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
 */
const day = 86_400_000;

/** Clocks differ: an operation counts a little longer than AWS counts it. */
const slack = 60_000;

/** The operations that still count at this moment, of those begun at these times. */
export const recentOperations = (operations: readonly number[], now: number): number[] =>
  operations.filter((at) => at > now - day - slack);

/** The target, within what one call may ask for. */
export const withinOneCall = (target: number, shards: number): number =>
  Math.min(2 * shards, Math.max(Math.ceil(shards / 2), target));
