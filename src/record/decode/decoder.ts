import type { UserRecord } from "../user-record.ts";

/**
 * Turns a payload into the value that `process` gets. What it throws is final: the same bytes
 * fail the same way again, so the record is parked at once where there is parking.
 * Returning `drop()` says that the record needs no processing.
 */
export type DecodeFunction<T> = (
  data: Uint8Array,
  record: UserRecord,
) => T | Dropped | Promise<T | Dropped>;

/** What `json()` and its siblings return. (An object, because TypeScript infers no value type through a call that returns a function.) */
export interface Decoder<T> {
  readonly decode: DecodeFunction<T>;
}

/** Wherever a decoder is wanted, a function of your own will do. */
export type DecoderLike<T> = Decoder<T> | DecodeFunction<T>;

export function decodeFunctionOf<T>(decoder: DecoderLike<T>): DecodeFunction<T> {
  return typeof decoder === "function" ? decoder : decoder?.decode;
}

const droppedBrand: unique symbol = Symbol.for("shardmill.dropped");

/** What `drop()` returns. */
export interface Dropped {
  readonly [droppedBrand]: true;
}

const dropped: Dropped = { [droppedBrand]: true };

/**
 * The answer of a decoder for a record that needs no processing: it counts as done.
 *
 * @example
 * const ordersOnly: DecodeFunction<Order> = (data) => {
 *   const message = JSON.parse(new TextDecoder().decode(data));
 *   return message.type === "order" ? message : drop();
 * };
 */
export function drop(): Dropped {
  return dropped;
}

export function isDropped(value: unknown): value is Dropped {
  return typeof value === "object" && value !== null && droppedBrand in value;
}
