/** What a request's answer says of each of its records. */
import { shardCreatedAt } from "../record/position.ts";
import type { Attempt } from "./attempt.ts";
import type { Entry } from "./entries.ts";
import { errorOf, namedError } from "./errors.ts";
import type { Lane } from "./lane.ts";
import type { Pending } from "./pending.ts";
import { isSameShard, type Shards } from "./shards.ts";
import type { EntryAnswer } from "./stream.ts";

/** Entries of one lane in one request. */
export interface Batch {
  /** Where it was taken from. */
  readonly lane: Lane;
  readonly entries: readonly Entry[];
  /** The lanes that wait for it: its own, or, after a reshard, those that have its hash keys now. */
  lanes: readonly Lane[];
}

/** The entry is in the stream. */
export interface Taken {
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** False: that is not, as far as is known, the shard of all its records, and a reader may drop it. */
  readonly isHome: boolean;
  readonly errorCode?: undefined;
  readonly errorMessage?: undefined;
}

/** The entry is not in the stream, or nobody knows, or it is where a reader may drop it. */
export interface Refusal {
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly cause: unknown;
  /** Kinesis has not said that it wrote nothing. */
  readonly isLost: boolean;
  /** It may succeed later; one of its request's records is not what Kinesis takes, so each is sent alone; or it never will. */
  readonly next: "again" | "alone" | "never";
  readonly shardId?: undefined;
  readonly isHome?: undefined;
}

/** What is said of one entry by a request that came back. */
export function outcomeOf(
  answer: EntryAnswer | undefined,
  entry: Entry,
  lane: Lane,
  shards: Shards,
): Taken | Refusal {
  const {
    ErrorCode: code,
    ErrorMessage: message = "It was not answered.",
    ShardId: shardId,
    SequenceNumber: sequenceNumber,
  } = answer ?? {};
  if (code || !shardId || !sequenceNumber) {
    return refusal(code || "NoAnswer", message, !code || !isThrottle(code));
  }
  const createdAt = shardCreatedAt(sequenceNumber);
  const isHome =
    (lane.shardId === shardId && isSameShard(lane, createdAt)) ||
    shards.explains(shardId, createdAt, entry);
  return { shardId, sequenceNumber, isHome };
}

/** Of one entry, which is sent again. */
export function refusal(errorCode: string, errorMessage: string, isLost: boolean): Refusal {
  const cause = namedError(errorCode, errorMessage);
  return { errorCode, errorMessage, cause, isLost, next: "again" };
}

/** Of every entry of a request that failed as a whole. */
export function requestRefusal(thrown: unknown, isOfOne: boolean, { map }: Shards): Refusal {
  const cause = errorOf(thrown) as Error & {
    readonly $fault?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const { name: errorCode, message: errorMessage, $fault, $metadata } = cause;
  const isOfARecord = /^(Validation|InvalidArgument|Serialization)/.test(errorCode);
  // A stream that was there may be made again; one that never was is a wrong name.
  const isUnknown = !map && errorCode.startsWith("ResourceNotFound");
  const isDenied = isRefused.test(errorCode) && !isOfAClock.test(errorMessage);
  const isFinal = isUnknown || isDenied || (isOfARecord && isOfOne);
  const next = isFinal ? "never" : isOfARecord ? "alone" : "again";
  const isLost = $fault !== "client" || !$metadata?.httpStatusCode;
  return { errorCode, errorMessage, cause, isLost, next };
}

/** Of access, of the account, and of the stream's key; not a token that has expired, nor a throttle. */
const isRefused = /^(Access|Unrecognized|Invalid(Sig|Client)|Missing|OptIn|KMS[ADNO]|UnknownOp)/;

/** Signed by a clock that was wrong, or before a freeze. The SDK learns the right time of the answer. */
const isOfAClock = /^Signature (expired|not yet)/;

export const isThrottle = (code: string): boolean =>
  /Throughput|Throttl|LimitExceeded|TooManyRequests/.test(code);

/** Adds the request to what is known of the records. Those that were in the same requests share one list. */
export function note(pending: readonly Pending[], attempt: Attempt): void {
  let before: readonly Attempt[] | undefined;
  let after: readonly Attempt[] = [];
  for (const one of pending) {
    if (one.attempts !== before) {
      before = one.attempts;
      after = [...before, attempt];
    }
    one.attempts = after;
  }
}
