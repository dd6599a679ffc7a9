/** A schema for a source, proposed from a sample of its records. */

import { encodeJson } from "../../values/encode-json.ts";
import { endsNames } from "../parse/cursor.ts";
import { parseTimestamp } from "../types/calendar.ts";
import type { RecordColumn, SourceSchema } from "./schema.ts";

/** A proposal, and how well it fits. */
export interface Discovered {
  readonly schema: SourceSchema;
  /** By column: in how many of the records its value is missing or null. */
  readonly missing: Readonly<Record<string, number>>;
  /** How many records were looked at. */
  readonly records: number;
}

/** What is known of one place in the records. */
interface Seen {
  readonly path: readonly string[];
  values: number;
  booleans: number;
  wholes: number;
  numbers: number;
  largest: number;
  times: number;
  texts: number;
  longest: number;
  lists: number;
}

/**
 * Proposes how records of JSON are read: a column for each value that is not a list, two levels deep; names that are no plain ones of SQL get the prefix COL_, as
 * DiscoverInputSchema of Kinesis Analytics does. Types are wide: INTEGER or BIGINT, DOUBLE, and a VARCHAR of twice the longest text, rounded up. A list becomes a text.
 * Throws TypeError where no record is an object.
 *
 * @example
 * const { schema } = discoverSchema([{ ticker: "AMZN", price: 12.5 }]);
 * // ticker VARCHAR(8), price DOUBLE
 */
export function discoverSchema(records: readonly unknown[]): Discovered {
  const seen = new Map<string, Seen>();
  let objects = 0;
  for (const record of records) {
    if (typeof record !== "object" || record === null || Array.isArray(record)) continue;
    objects++;
    look(record as Record<string, unknown>, [], seen);
  }
  if (objects === 0)
    throw new TypeError("No record is a JSON object: there is nothing to propose a schema from.");
  const taken = new Set<string>();
  const missing: Record<string, number> = {};
  const recordColumns = [...seen.values()].map((place, at): RecordColumn => {
    const name = unique(nameOf(place.path, at), taken);
    missing[name] = records.length - place.values;
    return {
      name,
      sqlType: typeOf(place),
      mapping: `$.${place.path.join(".")}${place.lists > 0 ? "[0:]" : ""}`,
    };
  });
  return {
    schema: { recordFormatType: "JSON", recordRowPath: "$", recordColumns },
    missing,
    records: records.length,
  };
}

function look(
  object: Readonly<Record<string, unknown>>,
  before: readonly string[],
  seen: Map<string, Seen>,
): void {
  for (const [name, value] of Object.entries(object)) {
    const path = [...before, name];
    // What a path cannot name is left out: its steps stand between points.
    if (/[.[\]]/.test(name) || name === "") continue;
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject && before.length === 0) {
      look(value as Record<string, unknown>, path, seen);
      continue;
    }
    const key = path.join(".");
    const place = seen.get(key) ?? {
      path,
      values: 0,
      booleans: 0,
      wholes: 0,
      numbers: 0,
      largest: 0,
      times: 0,
      texts: 0,
      longest: 0,
      lists: 0,
    };
    seen.set(key, place);
    if (value === null || value === undefined) continue;
    place.values++;
    if (typeof value === "boolean") place.booleans++;
    else if (typeof value === "number" || typeof value === "bigint") {
      place.numbers++;
      if (typeof value === "bigint" || Number.isInteger(value)) place.wholes++;
      place.largest = Math.max(place.largest, Math.abs(Number(value)));
    } else {
      const text = typeof value === "string" ? value : encodeJson(value);
      if (Array.isArray(value)) place.lists++;
      if (typeof value === "string" && parseTimestamp(value) !== undefined) place.times++;
      place.texts++;
      place.longest = Math.max(place.longest, text.length);
    }
  }
}

function typeOf({
  booleans,
  largest,
  longest,
  numbers,
  texts,
  times,
  values,
  wholes,
}: Seen): string {
  if (values > 0 && booleans === values) return "BOOLEAN";
  if (values > 0 && numbers === values) {
    if (wholes < numbers) return "DOUBLE";
    return largest < 2 ** 30 ? "INTEGER" : largest < 2 ** 63 ? "BIGINT" : "DOUBLE";
  }
  if (texts > 0 && times === texts && texts === values) return "TIMESTAMP";
  let length = 4;
  while (length < 2 * Math.max(longest, values > texts ? 24 : 1)) length *= 2;
  return `VARCHAR(${Math.min(length, 65_535)})`;
}

/** `USER` becomes COL_USER, `USER@DOMAIN` COL_USERDOMAIN, `@@` COL_0 by its place. */
function nameOf(path: readonly string[], at: number): string {
  const [last] = path.slice(-1) as [string];
  const isPlain = /^[A-Za-z_]\w*$/.test(last) && last.length <= 100 && !isReserved(last);
  if (isPlain) return last;
  const left = last.replace(/\W/g, "").slice(0, 96);
  return `COL_${left === "" ? at : left}`;
}

const words = new Set(
  "DATE DAY HOUR MINUTE MONTH ROWTIME SECOND TIME TIMESTAMP USER VALUE YEAR".split(" "),
);
const isReserved = (name: string) =>
  words.has(name.toUpperCase()) || endsNames.has(name.toUpperCase());

function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
  taken.add(free);
  return free;
}
