import { isBranded, isFunction } from "../../values/kinds.ts";
import { callOf } from "../uncalled.ts";
import type { UserRecord } from "../user-record.ts";

/**
 * Turns a payload into the value that `process` gets. What it throws is final: the same bytes
 * fail the same way again, so the record is parked at once where there is parking.
 * Returning `drop()` says that the record needs no processing. `Record` is what it is told of the record that
 * the payload came in; those of shardmill look at the payload alone, and serve everywhere.
 */
export type DecodeFunction<T, Record = UserRecord> = (
  data: Uint8Array,
  record: Record,
) => T | Dropped | PromiseLike<T | Dropped>;

/** What `json()` and its siblings return. (An object, because TypeScript infers no value type through a call that returns a function.) */
export interface Decoder<T, Record = UserRecord> {
  readonly decode: DecodeFunction<T, Record>;
}

/** Wherever a decoder is wanted, a function of your own will do. */
export type DecoderLike<T, Record = UserRecord> = Decoder<T, Record> | DecodeFunction<T, Record>;

export function decodeFunctionOf<T, Record>(
  decoder: DecoderLike<T, Record>,
): DecodeFunction<T, Record> {
  return typeof decoder === "function" ? decoder : decoder?.decode;
}

/** The pieces of memory in which the payloads of a batch lie, and what stands in them as text; null: that was not asked for yet. */
export type Texts = Map<ArrayBufferLike, string | null>;

/** A `decode` of shardmill's own that takes those too: it is known by its three parameters, which nobody else's may have. */
export type DecodeWithTexts<T, Record> = (
  data: Uint8Array,
  record: Record,
  texts: Texts | undefined,
) => ReturnType<DecodeFunction<T>>;

export const isDecoder = (value: unknown): boolean =>
  isFunction(decodeFunctionOf(value as DecoderLike<unknown>)) && callOf(value) === undefined;

/** What it must be. */
export const aDecoder = (value: unknown): string =>
  callOf(value) ?? "a decoder such as json() or text()";

const droppedBrand: unique symbol = Symbol.for("shardmill.dropped");

/** What `drop()` returns. */
export interface Dropped {
  readonly [droppedBrand]: true;
}

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
  return { [droppedBrand]: true };
}

export function isDropped(value: unknown): value is Dropped {
  return isBranded(value, droppedBrand);
}
