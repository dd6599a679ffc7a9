import { isBranded } from "../values/kinds.ts";

const failedBrand: unique symbol = Symbol.for("shardmill.failed");

/** What `fail()` returns. */
export interface Failed {
  readonly [failedBrand]: string;
}

/**
 * The answer of a transform, or of a pipeline's `map`, for a record that cannot be used, with the reason. Behind
 * Firehose the record goes to the error output; on a stream it fails for good, and is parked where there is parking.
 *
 * @example
 * map: (order) => (order.total < 0 ? fail("The total is negative.") : order),
 */
export function fail(reason: string): Failed {
  return { [failedBrand]: String(reason) };
}

/** The reason, if it is what `fail()` returned. */
export function reasonOf(value: unknown): string | undefined {
  return isBranded(value, failedBrand) ? (value as Failed)[failedBrand] : undefined;
}
