/** What is delivered as it came keeps every digit, also those that no number of JavaScript holds. */
import { isHeld, isLargeInteger, roundedIn } from "../record/decode/exact-numbers.ts";
import { rawJson } from "../values/encode-json.ts";
import type { FirehoseRecord } from "./record.ts";

/**
 * The JSON of an output; with its record's own digits, where nothing but the rounding of numbers has come between the two.
 * JavaScript rounds 1e400 to Infinity, which JSON writes as `null`.
 */
export function asWritten(json: string, value: unknown, record: FirehoseRecord): string {
  const source = roundedIn(record)?.json ?? (json.includes("null") ? hugeIn(record) : undefined);
  if (source === undefined) return json;
  try {
    const own = JSON.stringify(value, told);
    const isUnchanged = [undefined, asBigints].some(
      (reviver) => JSON.stringify(JSON.parse(source, reviver), told) === own,
    );
    return isUnchanged ? JSON.stringify(JSON.parse(source, asDigits)) : json;
  } catch {
    // The payload is no JSON by itself: it was something else that was decoded.
    return json;
  }
}

/** The payload, if a number in it may be beyond all doubles. */
function hugeIn({ data }: FirehoseRecord): string | undefined {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
  return /\de\+?\d{3}/i.test(text) ? text.replace(/^\ufeff/, "") : undefined;
}

/** Tells Infinity from null, and a bigint from text. */
const told = (_: string, value: unknown) =>
  typeof value === "bigint" ||
  value === Number.POSITIVE_INFINITY ||
  value === Number.NEGATIVE_INFINITY
    ? { number: String(value) }
    : value;

type Revive = (value: number, source: string) => unknown;

const reviver =
  (revive: Revive) =>
  (_: string, value: unknown, ...context: unknown[]): unknown => {
    const { source } = context[0] as { readonly source?: string };
    if (typeof value !== "number" || source === undefined || isHeld(value, source)) return value;
    return revive(value, source);
  };

const asDigits = reviver((_, source) => rawJson(source));
const asBigints = reviver((value, source) => (isLargeInteger(source) ? BigInt(source) : value));
