/** The partition key of a record that has none, or another one. */

import { UsageError } from "../command-line/usage-error.ts";
import { InputError, type InputRecord } from "../input/index.ts";
import { spanAt } from "../input/json-source.ts";

/** Kinesis's limit, in characters. */
const longestKey = 256;

export type KeyOf = (record: InputRecord) => string;

/**
 * `path` is a field of the data, or a path such as `customer.id` or `items.0.sku`. Without one a record
 * keeps its key, or gets one from `random`, so that records without keys spread over the shards.
 */
export function partitionKeys(path: string | undefined, random: () => string): KeyOf {
  if (path === undefined) return ({ partitionKey }) => partitionKey ?? random();
  if (path.split(".").includes("")) {
    throw new UsageError(`--key takes a field or a path, not "${path}".`);
  }
  return (record) => {
    const found = fieldOf(record, path);
    if (typeof found === "string" || typeof found === "boolean") {
      return checked(String(found), path, record);
    }
    const what =
      found === undefined
        ? `there is no field ${path}`
        : `the field ${path} is ${found === null ? "null" : "no text and no number"}`;
    throw new InputError(`${what}, of which the partition key is made.`, record.source);
  };
}

/**
 * What the data has at a path, a number as text: two numbers that JavaScript takes for one are two keys.
 * Throws InputError for data that is no JSON.
 */
export function fieldOf(record: InputRecord, path: string): unknown {
  const found = fieldAt(jsonOf(record), path);
  if (typeof found !== "number") return found;
  if (Number.isSafeInteger(found)) return String(found);
  const json = Buffer.from(record.data).toString();
  const span = spanAt(json, path);
  const written = span ? json.slice(span.start, span.end) : String(found);
  return hasMoreDigits(written) ? written : String(found);
}

/** Whether there are more digits than a JavaScript number holds in any case. */
const hasMoreDigits = (number: string) =>
  !Number.isFinite(Number(number)) ||
  number.replace(/e.*/is, "").replace(/\D/g, "").replace(/^0+/, "").length > 15;

function jsonOf({ data, value, source }: InputRecord): unknown {
  if (value !== undefined) return value;
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch (cause) {
    throw new InputError("--key needs data that is JSON, and this is none.", source, { cause });
  }
}

/** A field may have dots in its name. */
function fieldAt(value: unknown, path: string): unknown {
  const isObject = (at: unknown): at is object => typeof at === "object" && at !== null;
  if (isObject(value) && Object.hasOwn(value, path))
    return (value as Record<string, unknown>)[path];
  let at: unknown = value;
  for (const step of path.split(".")) {
    if (!isObject(at) || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function checked(key: string, path: string, { source }: InputRecord): string {
  if (key === "") throw new InputError(`the field ${path} is empty.`, source);
  if ([...key].length <= longestKey) return key;
  throw new InputError(
    `the field ${path} has ${[...key].length} characters: a partition key takes ${longestKey}.`,
    source,
  );
}
