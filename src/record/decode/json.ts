import { maker } from "../uncalled.ts";
import type { DecodeFunction, Decoder, DecodeWithTexts, Texts } from "./decoder.ts";
import { hasLongNumber, type LargeIntegers, parseExactly } from "./exact-numbers.ts";
import { isNot } from "./looks-like.ts";
import { type OutputOf, type StandardSchema, validate } from "./standard-schema.ts";
import { utf8 } from "./text.ts";
import { unquoted, unquotedAs } from "./unquoted.ts";

/** What `json` takes besides the schema. */
export interface JsonOptions {
  /**
   * What integers beyond 2^53 become, which a number of JavaScript does not hold: `"bigint"`, so that every digit
   * is kept; or `"number"`, the nearest number, where 9007199254740993 and 9007199254740992 are one. @default "bigint"
   */
  readonly largeIntegers: LargeIntegers;
}

/** JSON as it is, unchecked. Integers beyond 2^53 come as bigint. */
function json(): Decoder<unknown, unknown>;
/** JSON as it is, unchecked, with large integers as `options` say. */
function json(options: JsonOptions): Decoder<unknown, unknown>;
/**
 * JSON, validated by any Standard Schema (zod, valibot, arktype…); `process` then gets the schema's output
 * type. Integers beyond 2^53 come as bigint, to the schema too. Throws a TypeError for what is no schema.
 *
 * @example
 * const Flight = z.object({ id: z.string(), delay: z.number() });
 * kinesisConsumer({ consumer: "departures", decode: json(Flight), process: ({ delay }) => {} });
 */
function json<Schema extends StandardSchema>(
  schema: Schema,
  options?: JsonOptions,
): Decoder<OutputOf<Schema>, unknown>;
function json(
  ...given: [(StandardSchema | JsonOptions)?, JsonOptions?]
): Decoder<unknown, unknown> {
  const [first, second] = given;
  const isSchema = typeof (first as StandardSchema)?.["~standard"]?.validate === "function";
  const { largeIntegers = "bigint" } = (isSchema ? second : (first as JsonOptions)) ?? {};
  // A schema that is undefined by mistake is not the same as none.
  if (!isSchema && given.length > 0 && !Object.hasOwn(Object(first), "largeIntegers")) {
    throw new TypeError("json(schema) takes a Standard Schema, such as zod's.");
  }
  if (largeIntegers !== "bigint" && largeIntegers !== "number") {
    throw new TypeError(
      `json: largeIntegers must be "bigint" or "number"; it is ${largeIntegers}.`,
    );
  }
  const parse: DecodeWithTexts<unknown, unknown> = (data, record, texts) =>
    parseJson(data, largeIntegers, record, texts);
  const schema = first as StandardSchema;
  const checked: DecodeWithTexts<unknown, unknown> = (data, record, texts) =>
    validate(schema, parse(data, record, texts), () => hintFor(data, largeIntegers));
  return { decode: (isSchema ? checked : parse) as DecodeFunction<unknown, unknown> };
}

const jsonMaker = /* @__PURE__ */ maker(json, "json() or json(schema)");

export { jsonMaker as json };

/** Somebody's schema of numbers meets a bigint. */
const hintFor = (data: Uint8Array, largeIntegers: LargeIntegers) =>
  largeIntegers === "bigint" && hasLongNumber(data)
    ? ' Integers beyond 2^53 come as bigint; largeIntegers: "number" rounds them.'
    : "";

export function parseJson(
  data: Uint8Array,
  largeIntegers: LargeIntegers = "bigint",
  record?: unknown,
  texts?: Texts,
): unknown {
  const text = utf8(data, texts);
  // A byte order mark says that this is UTF-8, and is no part of it.
  const source = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    if (hasLongNumber(data)) return parseExactly(source, largeIntegers, record);
    return JSON.parse(source);
  } catch (cause) {
    throw unquoted(cause) ? cause : notJson(data, source, cause);
  }
}

function notJson(data: Uint8Array, source: string, cause: unknown): Error {
  const { message } = cause as Error;
  const [place] = /position \d+/.exec(message) ?? [];
  const start = source.length > 60 ? `${source.slice(0, 60)}…` : source;
  const why = place
    ? `The payload of ${data.length} bytes is not JSON: what is wrong is at ${place}.`
    : isNot(source && message.includes("end of JSON") ? "JSON, or not all of it" : "JSON", data);
  return unquotedAs(
    new SyntaxError(`${why} ${message}. It begins with ${JSON.stringify(start)}.`, { cause }),
    why,
  );
}
