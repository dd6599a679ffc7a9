/** Functions in FROM TABLE(…): what they take, and the columns that they give. */

import { showName } from "../nodes/names.ts";
import type { TableFunctionNode } from "../nodes/query.ts";
import { type Plan, type PlanColumn, plan, type TableFunctionPlan } from "../plan/plan.ts";
import { nearest } from "../text/nearest.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { bigintType, doubleType, isNumeric, type SqlType, varchar } from "../types/sql-type.ts";
import { analyse, type Surroundings } from "./expressions.ts";

interface Setting {
  readonly name: string;
  readonly kind: "number" | "boolean" | "column";
  readonly least?: number;
  readonly most?: number;
  readonly isWhole?: boolean;
  readonly isMore?: boolean;
  /** Undefined: it must be given. */
  readonly default?: number | boolean;
}

interface Declared {
  readonly settings: readonly Setting[];
  readonly gives: (
    input: readonly PlanColumn[],
    settings: TableFunctionPlan["settings"],
  ) => readonly PlanColumn[];
}

const added = (name: string, type: SqlType): PlanColumn => ({ name, type, course: "any" });
const passed = (input: readonly PlanColumn[]) => input.map(({ name, type }) => added(name, type));
const whole = (name: string, least: number, most: number, byDefault?: number): Setting => ({
  ...{ name, kind: "number", least, most, isWhole: true },
  ...(byDefault !== undefined && { default: byDefault }),
});

const forest = [
  whole("numberOfTrees", 1, 1000, 100),
  whole("subSampleSize", 10, 1000, 256),
  whole("timeDecay", 1, 2 ** 31 - 1, 100_000),
  whole("shingleSize", 1, 30, 1),
];
const counted = [{ name: "column", kind: "column" as const }];

const declared: Readonly<Record<string, Declared>> = {
  RANDOM_CUT_FOREST: {
    settings: forest,
    gives: (input) => [...passed(input), added("ANOMALY_SCORE", doubleType)],
  },
  RANDOM_CUT_FOREST_WITH_EXPLANATION: {
    settings: [...forest, { name: "withDirectionality", kind: "boolean", default: false }],
    gives: (input) => [
      ...passed(input),
      added("ANOMALY_SCORE", doubleType),
      added("ANOMALY_EXPLANATION", varchar(20_480)),
    ],
  },
  HOTSPOTS: {
    settings: [
      whole("windowSize", 100, 1000),
      { name: "scanRadius", kind: "number", isMore: true, least: 0, most: Number.MAX_VALUE },
      whole("minimumNumberOfPointsInAHotspot", 2, 1000),
    ],
    gives: (input) => [...passed(input), added("HOTSPOTS_RESULT", varchar(20_480))],
  },
  COUNT_DISTINCT_ITEMS_TUMBLING: {
    settings: [...counted, whole("windowSize", 1, 3600)],
    gives: () => [added("NUMBER_OF_DISTINCT_ITEMS", bigintType)],
  },
  TOP_K_ITEMS_TUMBLING: {
    settings: [...counted, whole("k", 1, 100_000), whole("windowSize", 1, 3600)],
    // The SQL reference names them so; the console's template, and what was made of it, ITEM and ITEM_COUNT.
    gives: (input, { column }) => [
      ...passed(input.filter(({ name }) => name === column)).map((counted) => ({
        ...counted,
        also: "ITEM",
      })),
      { ...added("MOST_FREQUENT_VALUES", bigintType), also: "ITEM_COUNT" },
    ],
  },
};

/** Whether the function counts in windows of its own, and computes with no numbers. */
export const isTumbling = (name: string) => name.endsWith("_TUMBLING");

export function tableFunction(
  node: TableFunctionNode,
  cursor: (query: never) => Plan,
  around: Surroundings,
): TableFunctionPlan {
  const { args, at, name } = node;
  const found = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (!found) {
    const near = nearest(name, Object.keys(declared));
    throw new SqlError(
      `There is no table function ${name}.`,
      at,
      near ? `Did you mean ${near}?` : `There are ${Object.keys(declared).join(", ")}.`,
    );
  }
  const [first, ...rest] = args;
  if (first?.kind !== "cursor")
    throw new SqlError(
      `${name} takes its rows from CURSOR(SELECT STREAM … FROM …).`,
      first?.at ?? at,
    );
  const input = cursor(first.query as never);
  if (rest.length > found.settings.length) {
    throw new SqlError(
      `${name} takes ${found.settings.length} arguments behind its CURSOR: ${found.settings.map(({ name }) => name).join(", ")}.`,
      at,
    );
  }
  const settings: Record<string, number | boolean | string> = {};
  for (const [place, setting] of found.settings.entries()) {
    const arg = rest[place];
    if (arg === undefined) {
      if (setting.default === undefined) throw new SqlError(`${name} needs ${setting.name}.`, at);
      settings[setting.name] = setting.default;
      continue;
    }
    if (arg.kind === "cursor") throw new SqlError(`${name} takes one CURSOR.`, arg.at);
    settings[setting.name] = read(
      name,
      setting,
      analyse(arg, { ...around, scope: { relations: [] } }),
      input,
      arg.at,
    );
  }
  check(name, settings, at);
  const columns = found.gives(input.columns, settings);
  return plan({
    op: "tableFunction",
    name,
    input,
    settings: Object.freeze(settings),
    computed: computed(name, input.columns, at),
    columns,
  });
}

function read(
  name: string,
  setting: Setting,
  term: ReturnType<typeof analyse>,
  input: Plan,
  at: Position,
) {
  const value = term.kind === "constant" ? term.value : undefined;
  const { kind, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = setting;
  if (kind === "column") {
    if (typeof value === "string" && input.columns.some((column) => column.name === value))
      return value;
    throw new SqlError(
      `${name} takes the name of a column in single quotes.`,
      at,
      `There are ${input.columns.map(({ name }) => `'${name}'`).join(", ")}.`,
    );
  }
  if (kind === "boolean") {
    if (typeof value === "boolean") return value;
    throw new SqlError(`${setting.name} of ${name} is true or false.`, at);
  }
  const number = Number(value) / 10 ** (term.type.scale ?? 0);
  const isWrong =
    typeof value !== "number" ||
    number < least ||
    number > most ||
    (setting.isMore && number === least);
  if (isWrong || (setting.isWhole && !Number.isInteger(number))) {
    throw new SqlError(
      `${setting.name} of ${name} must be a ${setting.isWhole ? "whole " : ""}number ${setting.isMore ? `above ${least}` : `from ${least} to ${most}`}.`,
      at,
    );
  }
  return number;
}

function check(
  name: string,
  settings: Readonly<Record<string, number | boolean | string>>,
  at: Position,
): void {
  const {
    minimumNumberOfPointsInAHotspot: points,
    subSampleSize,
    timeDecay,
    windowSize,
  } = settings;
  if (name.startsWith("RANDOM") && subSampleSize! >= timeDecay!) {
    throw new SqlError("subSampleSize must be less than timeDecay.", at);
  }
  if (name === "HOTSPOTS" && points! > windowSize!) {
    throw new SqlError("minimumNumberOfPointsInAHotspot must not be more than windowSize.", at);
  }
}

function computed(name: string, columns: readonly PlanColumn[], at: Position): readonly number[] {
  if (isTumbling(name)) return [];
  const places = columns.flatMap(({ type }, place) => (isNumeric(type) ? [place] : []));
  const exact = columns.find(({ type }) => type.name === "DECIMAL");
  if (exact && name.startsWith("RANDOM")) {
    throw new SqlError(
      `${name} does not take DECIMAL: ${showName(exact.name)} is one.`,
      at,
      "CAST it to DOUBLE, or leave it out of the CURSOR.",
    );
  }
  if (places.length === 0 || places.length > 30) {
    throw new SqlError(`${name} needs 1 to 30 columns of numbers; there are ${places.length}.`, at);
  }
  return places;
}
