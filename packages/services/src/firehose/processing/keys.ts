/**
 * Dynamic partitioning: the keys that a record has, from the function and from the query.
 * https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html
 */
import type { JqProgram } from "../jq/index.ts";
import type { PartitionKeys } from "../prefix/expression.ts";
import type { Prefixes } from "../prefix/object-name.ts";
import type { Transformed } from "./transform.ts";

export interface KeyOptions {
  readonly prefixes: Prefixes;
  readonly query: JqProgram | undefined;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Throws an Error that says which key could not be had. */
export function partitionKeys(
  { record, partitionKeys: lambda }: Transformed,
  { prefixes, query, now }: KeyOptions,
): PartitionKeys {
  const keys = {
    lambda: onlyNamed(prefixes.lambdaKeys, lambda),
    query: query ? onlyNamed(prefixes.queryKeys, runQuery(query, record.data, now)) : {},
  };
  return keys;
}

function onlyNamed(
  names: readonly string[],
  keys: Readonly<Record<string, string | null | undefined>>,
): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = Object.hasOwn(keys, name) ? keys[name] : undefined;
      if (value) return [name, value];
      throw new Error("partitionKeys values must not be null or empty");
    }),
  );
}

/** The first result, an object. Numbers and booleans are taken as their text. */
function runQuery(
  query: JqProgram,
  data: Uint8Array,
  now: number,
): Record<string, string | null | undefined> {
  const [result] = query.run(parse(data), now);
  if (typeof result !== "object" || result === null || Array.isArray(result)) {
    throw new Error(`The query gave ${JSON.stringify(result) ?? "nothing"}, and not an object.`);
  }
  return Object.fromEntries(
    Object.entries(result).map(([name, value]) => {
      if (value === null || typeof value === "string") return [name, value];
      if (typeof value !== "object") return [name, String(value)];
      throw new Error(`The key ${name} is ${JSON.stringify(value)}, and must be text.`);
    }),
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function parse(data: Uint8Array) {
  try {
    return JSON.parse(utf8.decode(data));
  } catch (cause) {
    throw new Error("Non JSON record provided", { cause });
  }
}
