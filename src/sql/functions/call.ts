/** A call of a function by its name, with arguments whose types are known. */

import { callTerm, type Typed } from "../plan/typed.ts";
import { nearest } from "../text/nearest.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { isMoment, isNumeric, isText, type SqlType } from "../types/sql-type.ts";
import { aggregateNames } from "./aggregate-names.ts";
import { refuseTypes } from "./fail.ts";
import { logParse } from "./log-parse.ts";
import { momentFunctions } from "./moments.ts";
import { numberFunctions } from "./numbers.ts";
import { PatternError } from "./patterns.ts";
import { stringFunctions } from "./strings.ts";
import type { FunctionDefinition, FunctionTable, Takes } from "./table.ts";

const others: FunctionTable = {
  /** Says that its argument never turns back. */
  MONOTONIC: {
    takes: ["any"],
    gives: ([type]) => type,
    make: () => (value) => value,
    course: ([arg]) => (arg!.course === "any" ? "up" : arg!.course),
  },
};

const functions: FunctionTable = {
  ...stringFunctions,
  ...numberFunctions,
  ...momentFunctions,
  ...others,
};

/** Functions that people write here, and what they are called. */
const otherNames: Readonly<Record<string, string>> = {
  LENGTH: "CHAR_LENGTH(text)",
  LEN: "CHAR_LENGTH(text)",
  SUBSTR: "SUBSTRING(text FROM start FOR length)",
  CONCAT: "text || text",
  IFNULL: "COALESCE(value, other)",
  NVL: "COALESCE(value, other)",
  ISNULL: "value IS NULL",
  IF: "CASE WHEN condition THEN value ELSE other END",
  NOW: "CURRENT_ROW_TIMESTAMP",
  REPLACE: "REGEX_REPLACE(text, pattern, by, 1, 0)",
  REGEXP_REPLACE: "REGEX_REPLACE(text, pattern, by, 1, 0)",
  DATE_TRUNC: "FLOOR(time TO MINUTE)",
  TUMBLE: "GROUP BY STEP(stream.ROWTIME BY INTERVAL '60' SECOND)",
  HOP: "GROUP BY STEP(stream.ROWTIME BY INTERVAL '10' SECOND), and SUM(…) OVER of what that gives",
  SESSION: "WINDOWED BY STAGGER (PARTITION BY key RANGE INTERVAL '1' MINUTE)",
  JSON_VALUE: "a column of the input schema with the mapping '$.member'",
  DATEDIFF: "TSDIFF(later, earlier)",
  TIMESTAMPDIFF: "TSDIFF(later, earlier)",
  TO_CHAR: "TIMESTAMP_TO_CHAR(pattern, time)",
  DATE_FORMAT: "TIMESTAMP_TO_CHAR(pattern, time)",
  TO_DATE: "CHAR_TO_DATE(pattern, text)",
};

/** Throws SqlError where there is no such function, or where it does not take these. */
export function callOf(name: string, args: readonly Typed[], at: Position): Typed {
  try {
    const parsed = logParse(name, args, at);
    if (parsed) return parsed;
    const definition = functions[name];
    if (definition === undefined || !Object.hasOwn(functions, name)) throw unknown(name, at);
    return made(name, definition, args, at);
  } catch (error) {
    if (error instanceof PatternError) throw new SqlError(`${name}: ${error.message}`, at);
    throw error;
  }
}

function made(
  name: string,
  definition: FunctionDefinition,
  args: readonly Typed[],
  at: Position,
): Typed {
  const { course, gives, isLoose, make, takes } = definition;
  const types = args.map(({ type }) => type);
  const least = takes.filter((each) => !each.endsWith("?")).length;
  if (args.length < least || args.length > takes.length) {
    const wanted = least === takes.length ? `${least}` : `${least} to ${takes.length}`;
    throw new SqlError(
      `${name} takes ${wanted} argument${wanted === "1" ? "" : "s"}, not ${args.length}.`,
      at,
    );
  }
  if (!types.every((type, place) => isTaken(type, takes[place]!)))
    throw refuseTypes(name, types, at);
  const type = gives(types, args);
  if (!type) throw refuseTypes(name, types, at);
  const text = `${name}(${args.map(({ text }) => text).join(", ")})`;
  return callTerm(text, type, args, make(args, type), {
    isStrict: !isLoose,
    course: course?.(args) ?? "any",
  });
}

function isTaken(type: SqlType, takes: Takes): boolean {
  if (type.name === "NULL") return true;
  if (takes.startsWith("text")) return isText(type);
  if (takes.startsWith("number")) return isNumeric(type);
  return takes === "any" || isMoment(type);
}

function unknown(name: string, at: Position): SqlError {
  const other = otherNames[name] ?? nearest(name, [...Object.keys(functions), ...aggregateNames]);
  return new SqlError(`There is no function ${name}.`, at, other && `Did you mean ${other}?`);
}
