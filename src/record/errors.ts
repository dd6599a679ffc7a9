import { isBranded } from "../values/kinds.ts";

const brand = Symbol.for("shardmill.nonRetryable");

/**
 * Thrown by `process` when trying again is pointless: the record is parked at once, where there
 * is parking. Recognised by a brand, so that two copies of shardmill in one bundle agree.
 *
 * @example
 * if (!order.customerId) throw new NonRetryableError("The order has no customer.");
 */
export class NonRetryableError extends Error {
  override readonly name: string = "NonRetryableError";
  readonly [brand] = true;
}

const undecodedBrand = Symbol.for("shardmill.undecoded");

/** What could not be decoded, or does not match its schema. The `cause` is the decoder's error. */
export class DecodeError extends NonRetryableError {
  override readonly name = "DecodeError";
  readonly [undecodedBrand] = true;
}

/** What the decoder threw, if the error is one of decoding. */
export function undecodedBy(error: unknown): unknown {
  return isBranded(error, undecodedBrand) ? (error as DecodeError).cause : undefined;
}

export function isNonRetryable(error: unknown): boolean {
  return isBranded(error, brand);
}
