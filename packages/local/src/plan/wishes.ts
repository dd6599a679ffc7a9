/** What the consumer is like, and what is asked of it. */
export interface Wishes {
  /** Milliseconds that the effect of one record takes. */
  readonly handlerMs: number;
  /** Milliseconds of an invocation beside its effects: reading and writing the progress, most of all. */
  readonly overheadMs: number;
  /** Records that one invocation works on at once; those of one key follow each other. */
  readonly concurrency: number;
  /** Consumers that share the shards' read throughput, this one included. */
  readonly sharedConsumers: number;
  /** This one reads by enhanced fan-out, and shares with nobody. */
  readonly fanOut: boolean;
  /** The iterator age that should not be exceeded, in seconds. */
  readonly maxAgeSeconds: number;
  /** The function's timeout, in seconds. */
  readonly timeoutSeconds: number;
  /** The function's memory, in MB. */
  readonly memoryMb: number;
  /** Progress is kept in DynamoDB. */
  readonly progress: boolean;
  /** Percent of the shards' write throughput that is left free at the peak. */
  readonly headroomPercent: number;
}

export const defaultWishes: Wishes = {
  handlerMs: 5,
  overheadMs: 20,
  concurrency: 10,
  sharedConsumers: 1,
  fanOut: false,
  maxAgeSeconds: 10,
  timeoutSeconds: 60,
  memoryMb: 512,
  progress: true,
  headroomPercent: 0,
};
