/** What a request's answer says of each of its records. */
import { shardCreatedAt } from "../record/position.ts";
import type { Attempt } from "./attempt.ts";
import type { Entry } from "./entries.ts";
import type { Lane, Pending } from "./lane.ts";
import { isSameShard, type Shards } from "./shards.ts";
import { type EntryAnswer, isAnswered, isThrottle, requestFailure } from "./stream.ts";

/** Entries of one lane in one request. */
export interface Batch {
  /** Where it was taken from. */
  readonly lane: Lane;
  readonly entries: readonly Entry[];
  /** The lanes that wait for it: its own, or, after a reshard, those that have its hash keys now. */
  lanes: readonly Lane[];
}

/** What became of an entry. */
export type Outcome =
  | { readonly kind: "put"; readonly shardId: string; readonly sequenceNumber: string }
  /** It is in a shard that, as far as is known, is not that of all its records: a reader may drop it. */
  | {
      readonly kind: "elsewhere";
      readonly shardId: string;
      readonly sequenceNumber: string;
      readonly createdAt: number;
    }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly cause: unknown;
      readonly isThrottled: boolean;
      /** Kinesis has not said that it wrote nothing. */
      readonly isLost: boolean;
      readonly next: "again" | "alone" | "never";
    };

/** A request that came back, or did not. */
export type Answer =
  | { readonly answers: readonly EntryAnswer[] }
  | { readonly error: unknown; readonly isOfOne: boolean };

export function outcomeOf(
  answer: Answer,
  place: number,
  entry: Entry,
  lane: Lane,
  shards: Shards,
): Outcome {
  if ("error" in answer) return outcomeOfFailure(answer, shards);
  const one = answer.answers[place];
  if (one?.ShardId !== undefined && one.SequenceNumber !== undefined) {
    return whereItIs(one.ShardId, one.SequenceNumber, entry, lane, shards);
  }
  const {
    ErrorCode: code = "NoAnswer",
    ErrorMessage: message = "PutRecords did not speak of it.",
  } = one ?? {};
  const isThrottled = isThrottle(code);
  const cause = Object.assign(new Error(message), { name: code });
  return {
    ...{ kind: "refused", code, message, cause, isThrottled },
    ...{ isLost: !isThrottled, next: "again" },
  };
}

function outcomeOfFailure(
  { error, isOfOne }: Extract<Answer, { readonly error: unknown }>,
  shards: Shards,
): Outcome {
  const { name = "Error", message = String(error) } = (error ?? {}) as Partial<Error>;
  const failure = requestFailure(error);
  // A stream that was there may be made again; one that never was is a wrong name.
  const isUnknown = /^ResourceNotFound/.test(name) && !shards.map;
  const isAlone = failure === "one-of-them" && isOfOne;
  const next =
    isUnknown || isAlone || failure === "never" ? "never" : failure === "again" ? "again" : "alone";
  return {
    ...{ kind: "refused", code: name, message, cause: error, next },
    ...{ isThrottled: isThrottle(name), isLost: !isAnswered(error) },
  };
}

function whereItIs(
  shardId: string,
  sequenceNumber: string,
  entry: Entry,
  { shard }: Lane,
  shards: Shards,
): Outcome {
  const createdAt = shardCreatedAt(sequenceNumber);
  const isAsExpected = shard?.shardId === shardId && isSameShard(shard, createdAt);
  if (isAsExpected || shards.explains(shardId, createdAt, hashKeysOf(entry))) {
    return { kind: "put", shardId, sequenceNumber };
  }
  return { kind: "elsewhere", shardId, sequenceNumber, createdAt };
}

export const hashKeysOf = ({ pending }: Entry): string[] => pending.map(({ hashKey }) => hashKey);

/** Adds the request to what is known of the records. Those that have no other share one list. */
export function note(pending: readonly Pending[], attempt: Attempt): void {
  const only = [attempt];
  for (const one of pending) {
    one.attempts = one.attempts.length === 0 ? only : [...one.attempts, attempt];
  }
}
