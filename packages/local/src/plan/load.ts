/** What comes in, as far as a plan needs to know it. */

export interface Load {
  /** User records a second, over a month. */
  readonly recordsPerSecond: number;
  /** User records in the busiest second. */
  readonly peakRecordsPerSecond: number;
  /** Bytes of a record, partition key included, on average. */
  readonly bytes: number;
  /** Partition keys that are in use at a time. */
  readonly keys: number;
  /** The part of all records that has the busiest key: 1 / keys where all are alike. */
  readonly hottestShare: number;
  /** User records in a KPL aggregate; 1: the producer does not aggregate. */
  readonly perAggregate: number;
}

/** A record of a recorded stream. */
export interface RecordedArrival {
  readonly partitionKey: string;
  /** Bytes of its data. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly arrival: number;
}

/**
 * The load that a recording shows.
 * @throws RangeError for fewer than two records, or for records that all arrived at one moment.
 */
export function loadOf(records: readonly RecordedArrival[], perAggregate = 1): Load {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let bytes = 0;
  const perSecond = new Map<number, number>();
  const perKey = new Map<string, number>();
  const count = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (const { partitionKey, size, arrival } of records) {
    first = Math.min(first, arrival);
    last = Math.max(last, arrival);
    bytes += size + Buffer.byteLength(partitionKey);
    count(perSecond, Math.floor(arrival / 1000));
    count(perKey, partitionKey);
  }
  if (!(last > first)) {
    throw new RangeError(
      "A rate needs records that arrived at different times: record for longer, or give --rate.",
    );
  }
  const recordsPerSecond = records.length / ((last - first) / 1000);
  return {
    recordsPerSecond,
    peakRecordsPerSecond: Math.max(recordsPerSecond, largest(perSecond.values())),
    bytes: bytes / records.length,
    keys: perKey.size,
    hottestShare: largest(perKey.values()) / records.length,
    perAggregate,
  };
}

function largest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, value);
  return most;
}
