/** One request that a record was in. */
export interface Attempt {
  /** When the request went out, in epoch milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** As Kinesis has it; "WrongShard": an aggregate came to a shard that is not that of all its records. Undefined: it was taken. */
  readonly errorCode: string | undefined;
  readonly errorMessage: string | undefined;
}
