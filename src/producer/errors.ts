/** Records that were given up: why, and what is known of them. */
import { isBranded } from "../values/kinds.ts";
import type { Attempt } from "./attempt.ts";

const brand = Symbol.for("shardmill.putError");

/** What a `PutError` says besides its message. */
export interface PutErrorDetails {
  readonly stream: string;
  readonly partitionKey: string;
  readonly attempts: readonly Attempt[];
  /** A request that it was in had no answer: it may be in the stream all the same. */
  readonly mayHaveBeenPut: boolean;
}

/** A record that was given up. Recognised by a brand, so that two copies of shardmill in one bundle agree. */
export abstract class PutError extends Error implements PutErrorDetails {
  readonly [brand] = true;
  declare readonly stream: string;
  declare readonly partitionKey: string;
  declare readonly attempts: readonly Attempt[];
  declare readonly mayHaveBeenPut: boolean;

  constructor(message: string, details: PutErrorDetails, cause?: unknown) {
    super(message, cause ? { cause } : {});
    Object.assign(this, details);
  }
}

/** Its TTL is over. The `cause` is what the last request failed with. */
export class RecordExpired extends PutError {
  override readonly name = "RecordExpired";
}

/** Its shard was full, and `failIfThrottled` says not to wait. */
export class RecordThrottled extends PutError {
  override readonly name = "RecordThrottled";
}

/** Trying again is pointless: Kinesis refuses it for good, the producer is closed, or an earlier record of its key was given up. */
export class RecordRejected extends PutError {
  override readonly name = "RecordRejected";
}

/** Whether it is one of the three, from whichever copy of shardmill. */
export const isPutError = (error: unknown): error is PutError => isBranded(error, brand);

/** What was thrown, or an error that tells it: with a name and a message, which are text. */
export function errorOf(thrown: unknown): Error {
  const { name, message } = Object(thrown);
  const isText = typeof message === "string";
  if (isText && name && typeof name === "string") return thrown as Error;
  const told = isText ? message : Object(thrown) === thrown ? "no error" : String(thrown);
  return Object.assign(namedError("Error", told), { cause: thrown });
}

/** What a request or an answer has to tell, as the SDK's errors do. */
export const namedError = (name: string, message: string): Error =>
  Object.assign(new Error(message), { name });
