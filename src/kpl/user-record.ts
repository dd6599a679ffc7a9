// The unit a producer speaks of: the KPL packs many of them into one Kinesis record.

/** One user record, as a producer gave it to the KPL and as a consumer gets it back. */
export interface KplUserRecord {
  /** The user record's own partition key; the Kinesis record around it has another one. */
  readonly partitionKey: string;
  /** A decimal integer, 0 to 2^128 - 1, that overrides the hash of the partition key. */
  readonly explicitHashKey?: string;
  readonly data: Uint8Array;
}
