/** How outputs are written: one encoder each for JSON lines, CSV, text and bytes. */

import { encodeJson, kindOf } from "../values/encode-json.ts";
import { isBytes, isDate } from "../values/kinds.ts";
import { maker } from "./uncalled.ts";

/** An encoder whose text is JSON, so that numbers may stand in it as their record has them. */
const jsonBrand = Symbol.for("shardmill.encodesJson");

export const encodesJson = (encoder: EncoderLike<never>): boolean =>
  encoder === encodeAsIs || jsonBrand in encoder;

/** Turns a value into what is delivered, or into a promise of that. What it throws fails the record. */
export interface Encoder<V> {
  readonly encode: (value: V) => string | Uint8Array | PromiseLike<string | Uint8Array>;
}

/** Wherever an encoder is wanted, a function of your own will do. */
export type EncoderLike<V> = Encoder<V> | Encoder<V>["encode"];

export function encodeFunctionOf<V>(encoder: EncoderLike<V>): Encoder<V>["encode"] {
  return typeof encoder === "function" ? encoder : encoder?.encode;
}

/** One line of JSON a value. */
function toJsonLines(): Encoder<unknown> {
  return { encode: encodeJson, [jsonBrand]: true } as Encoder<unknown>;
}

/** Text as it is. */
function toText(): Encoder<string> {
  return {
    encode(value) {
      if (typeof value === "string") return value;
      throw new TypeError(`toText() takes text, and was given ${kindOf(value)}.`);
    },
  };
}

/** Bytes as they are. Nothing stands between them unless a `delimiter` is set. */
function toBytes(): Encoder<Uint8Array> {
  return {
    encode(value) {
      if (isBytes(value)) return value;
      throw new TypeError(`toBytes() takes bytes, and was given ${kindOf(value)}.`);
    },
  };
}

/** What `toCsv` takes. */
export interface CsvOptions<Column extends string> {
  /** Which fields of a value are written, in this order. */
  readonly columns: readonly Column[];
  /** What stands between two fields. @default "," */
  readonly separator?: string;
}

/**
 * One row of CSV a value, as RFC 4180 has it; there is no row of names. Null and undefined are empty, dates are in
 * ISO's form, objects and lists are JSON.
 *
 * @example
 * firehoseTransform({ decode: json(Order), encode: toCsv({ columns: ["id", "total"] }) });
 */
function toCsv<const Column extends string>({
  columns,
  separator = ",",
}: CsvOptions<Column>): Encoder<{ readonly [Name in Column]: unknown }> {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new TypeError("toCsv: columns must name at least one field.");
  }
  if (typeof separator !== "string" || separator.length !== 1 || /["\r\n]/.test(separator)) {
    throw new TypeError("toCsv: separator must be one character, and no quote or line break.");
  }
  const needsQuotes = (text: string) => text.includes(separator) || /["\r\n]/.test(text);
  const encodeField = (field: unknown) => {
    const text = textOfField(field);
    return needsQuotes(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return {
    // A line without anything in it would be no row.
    encode: (value) =>
      columns.map((column: Column) => encodeField(value[column])).join(separator) || '""',
  };
}

const toJsonLinesMaker = /* @__PURE__ */ maker(toJsonLines, "toJsonLines()");
const toTextMaker = /* @__PURE__ */ maker(toText, "toText()");
const toBytesMaker = /* @__PURE__ */ maker(toBytes, "toBytes()");
const toCsvMaker = /* @__PURE__ */ maker(toCsv, 'toCsv({ columns: ["id"] })');

export {
  toBytesMaker as toBytes,
  toCsvMaker as toCsv,
  toJsonLinesMaker as toJsonLines,
  toTextMaker as toText,
};

function textOfField(field: unknown): string {
  if (typeof field === "string") return field;
  if (field === null || field === undefined) return "";
  if (isDate(field)) return field.toISOString();
  return typeof field === "object" ? encodeJson(field) : String(field);
}

/** Bytes and text as they are, all else as JSON. */
export function encodeAsIs(value: unknown): string | Uint8Array {
  return typeof value === "string" || isBytes(value) ? value : encodeJson(value);
}
