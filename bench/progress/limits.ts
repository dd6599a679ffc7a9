/** What progress may cost. The bench shows it, and a test holds it. */
export const limits = {
  /** Per 1,000 records in one warm environment, over so many records that folds count in full. */
  warm: [
    { batchSize: 1, records: 2560, requests: 2040, write: 1040, read: 1020 },
    { batchSize: 10, records: 5120, requests: 205, write: 125, read: 105 },
    { batchSize: 100, records: 10_000, requests: 21, write: 22, read: 11 },
    { batchSize: 1000, records: 10_000, requests: 3, write: 18, read: 2 },
  ],
  /** The same in batches of 1,000, where Lambda places every batch at random. */
  placed: { write: 18, read: 100 },
  /** A whole batch of 1,000 again, in another warm environment. */
  again: { reads: 2, writes: 1 },
  /** The first batch of an environment, with 100,000 names in the window. */
  cold: { batchSizes: [1, 10, 24, 100, 1000], pages: 4, bytes: 8_000_000 },
  /** How many times faster than Powertools' idempotency, on one local DynamoDB. */
  ratio: 20,
} as const;
