import type { Decoder } from "./decoder.ts";
import { type OutputOf, type StandardSchema, validate } from "./standard-schema.ts";
import { utf8 } from "./text.ts";

/**
 * JSON, validated by any Standard Schema (zod, valibot, arktype…) when one is given; `process`
 * then gets the schema's output type.
 *
 * @example
 * const Flight = z.object({ id: z.string(), delay: z.number() });
 * kinesisConsumer({ consumer: "departures", decode: json(Flight), process: ({ delay }) => {} });
 */
export function json(): Decoder<unknown, unknown>;
export function json<Schema extends StandardSchema>(
  schema: Schema,
): Decoder<OutputOf<Schema>, unknown>;
export function json(...given: [StandardSchema?]): Decoder<unknown, unknown> {
  // A schema that is undefined by mistake is not the same as none.
  if (given.length === 0) return { decode: parseJson };
  const schema = given[0] as StandardSchema;
  if (typeof schema?.["~standard"]?.validate !== "function") {
    throw new TypeError(
      "json(schema) takes a Standard Schema (zod, valibot, arktype…); what was given has no ~standard.validate.",
    );
  }
  return { decode: (data) => validate(schema, parseJson(data)) };
}

export function parseJson(data: Uint8Array): unknown {
  const source = utf8(data);
  try {
    return JSON.parse(source);
  } catch (cause) {
    const start = source.length > 60 ? `${source.slice(0, 60)}…` : source;
    throw new SyntaxError(
      `The payload is not JSON: ${(cause as Error).message}. It begins with ${JSON.stringify(start)}.`,
      { cause },
    );
  }
}
