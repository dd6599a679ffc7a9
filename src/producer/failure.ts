/** What is said of a record that was given up: what happened, where, and what to do. */
import { type PutError, RecordExpired, RecordRejected, RecordThrottled } from "./errors.ts";
import type { Pending } from "./pending.ts";

/** Why a record is given up. */
export type Reason = "expired" | "throttled" | "rejected" | "closed" | "behind" | "unfit";

/** What a record that was given up has to tell. */
export type GivenUp = Pick<Pending, "partitionKey" | "attempts" | "lastError" | "mayHaveBeenPut">;

export function failure(record: GivenUp, reason: Reason, stream: string, ttlMs: number): PutError {
  const { partitionKey, attempts, lastError, mayHaveBeenPut } = record;
  const { name, message, cause } = (lastError ?? {}) as Partial<Error>;
  const last = lastError ? ` The last one: ${name}: ${message}` : "";
  const may = mayHaveBeenPut ? " It may be in the stream all the same." : "";
  const tried = `${attempts.length} request${attempts.length === 1 ? "" : "s"}.${may}${last}`;
  const what = {
    expired: `given up after ${ttlMs} ms and ${tried}`,
    throttled: "its shard is full, and failIfThrottled is set: add shards, or put less.",
    rejected: `Kinesis refuses it: ${name}: ${message}`,
    behind: `an earlier record of its key was given up, and afterGivenUp is "failKey".${last}`,
    closed: `the producer was closed before it was in, after ${tried}`,
    unfit: message,
  }[reason];
  const Kind =
    { expired: RecordExpired, throttled: RecordThrottled }[reason as string] ?? RecordRejected;
  return new Kind(
    `${stream}, partition key ${JSON.stringify(partitionKey)}: ${what}`,
    { stream, partitionKey, attempts, mayHaveBeenPut },
    reason === "unfit" ? cause : lastError,
  );
}
