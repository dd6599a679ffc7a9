/** What is said of a record that was given up: what happened, where, and what to do. */
import type { Reason } from "./engine.ts";
import { type PutError, RecordExpired, RecordRejected, RecordThrottled } from "./errors.ts";
import type { Pending } from "./lane.ts";
import type { Settings } from "./settings.ts";

export function failure(
  { record, attempts, lastError, mayHaveBeenPut }: Pending,
  reason: Reason,
  stream: string,
  { ttlMs }: Settings,
): PutError {
  const { partitionKey } = record;
  const details = { stream, partitionKey, attempts, mayHaveBeenPut };
  const where = `${stream}, partition key ${JSON.stringify(partitionKey)}`;
  const last = lastError as Error | undefined;
  const why = last ? ` The last one: ${last.name}: ${last.message}` : "";
  const tried = attempts.length === 1 ? "1 request" : `${attempts.length} requests`;
  switch (reason) {
    case "expired":
      return new RecordExpired(
        `${where}: given up after ${ttlMs} ms and ${tried}.${why}${mayHaveBeenPut ? " It may be in the stream all the same." : ""}`,
        details,
        lastError,
      );
    case "throttled":
      return new RecordThrottled(
        `${where}: its shard is full, and failIfThrottled says not to wait. Add shards, or put less.`,
        details,
        lastError,
      );
    case "rejected":
      return new RecordRejected(
        `${where}: Kinesis refuses it: ${last?.name}: ${last?.message}`,
        details,
        lastError,
      );
    case "behind":
      return new RecordRejected(
        `${where}: an earlier record of the key was given up, and afterGivenUp says that later ones fail with it.${why}`,
        details,
        lastError,
      );
    case "closed":
      return new RecordRejected(
        `${where}: the producer was closed before it was in, after ${tried}.${why}`,
        details,
        lastError,
      );
  }
}
