/** What a stream carries, in shards: the one unit that bytes, records and capacity have in common. */

/** A minute of a stream, or of a shard, as CloudWatch's sums have it. */
export interface LoadMinute {
  /** When it began, in epoch milliseconds. */
  readonly at: number;
  /** IncomingBytes: what was put. */
  readonly bytes: number;
  /** IncomingRecords. */
  readonly records: number;
  /** WriteProvisionedThroughputExceeded: records that were refused. */
  readonly throttled: number;
}

/**
 * What a shard takes in a second.
 * https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
export const shardTakes = { bytes: 1024 * 1024, records: 1000 } as const;

/**
 * A producer that is refused tries again, and each try is counted: beyond this, refused records say only that there are more
 * than the stream takes.
 */
const mostRefused = 2;

/** The shards that the minute would have filled, not rounded: what was put, and what was refused. */
export function shardsFilledBy({ bytes, records, throttled }: LoadMinute): number {
  const put = Math.max(bytes / shardTakes.bytes, records / shardTakes.records) / 60;
  if (throttled === 0) return put;
  if (records === 0) return throttled / shardTakes.records / 60;
  return put * (1 + Math.min(mostRefused, throttled / records));
}
