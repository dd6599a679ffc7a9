/** Tables of sources, reference tables and outputs: what is read and written, by which connector. */

import type { PlanColumn } from "../../../../../src/sql/plan/plan.ts";
import { columnsOf } from "../../../../../src/sql/schema/schema.ts";
import type { SourceSchema } from "../../../../../src/sql.ts";
import { named, texted, typed } from "./words.ts";

/** What cannot be said of a column, in a sentence. */
export class NoTable extends Error {
  override readonly name = "NoTable";
}

/** The columns of a source, from the members of its records; `time` are the lines that say what ROWTIME is. */
export function sourceTable(
  name: string,
  schema: SourceSchema,
  time: readonly string[],
  options: Readonly<Record<string, string>>,
): string {
  return tableText(name, [...columnLines(name, schema).lines, ...time], options);
}

/** A table whose rows are there from the beginning, one for each key. */
export function referenceTable(
  name: string,
  schema: SourceSchema,
  keys: readonly string[],
  options: Readonly<Record<string, string>>,
): string {
  const { lines, physicalOf } = columnLines(name, schema, keys);
  return tableText(
    name,
    [
      ...lines,
      "`valid from` AS TIMESTAMP '1970-01-01 00:00:00.000'",
      "WATERMARK FOR `valid from` AS `valid from`",
      `PRIMARY KEY (${keys.map((key) => named(physicalOf(key))).join(", ")}) NOT ENFORCED`,
    ],
    options,
  );
}

/** Members of the records, then columns that have other names, or stand deeper. `keys` are never NULL. */
function columnLines(name: string, schema: SourceSchema, keys: readonly string[] = []) {
  const isCsv = schema.recordFormatType === "CSV";
  const types = columnsOf(schema, name);
  const path = schema.recordRowPath ?? "$";
  if (!isCsv && path !== "$") {
    throw new NoTable(
      `The rows of ${name} stand at ${path} of a record: Flink's json reads the record itself.`,
    );
  }
  const own = schema.recordColumns.map((column, at) => {
    const type = typed(types[at]!.type);
    if (!type) {
      throw new NoTable(
        `The column ${column.name} of ${name} has a type that Flink has not: ${column.sqlType}.`,
      );
    }
    const members = (column.mapping ?? `$.${column.name}`).replace(/^\$\.?/, "").split(".");
    if (!isCsv && members.some((member) => member.includes("[") || member === "")) {
      throw new NoTable(
        `The column ${column.name} of ${name} is ${column.mapping}: lists are no columns of Flink's json.`,
      );
    }
    const isKey = keys.includes(column.name);
    if (isKey && members.length > 1 && !isCsv)
      throw new NoTable(
        `The key ${column.name} of ${name} stands in another member of its record.`,
      );
    return {
      name: column.name,
      type: isKey ? `${type} NOT NULL` : type,
      members: isCsv ? [column.name] : members,
    };
  });
  const physical: Tree = {};
  for (const { members, type } of own) plant(physical, members, type);
  const computed = own
    .filter(({ members, name }) => members.length > 1 || members[0] !== name)
    .map(({ members, name }) => `${named(name)} AS ${members.map(named).join(".")}`);
  return {
    lines: [
      ...Object.entries(physical).map(([name, tree]) => `${named(name)} ${typeIn(tree)}`),
      ...computed,
    ],
    physicalOf: (name: string) => own.find((column) => column.name === name)!.members[0]!,
  };
}

export const outputTable = (
  name: string,
  columns: readonly PlanColumn[],
  options: Readonly<Record<string, string>>,
): string =>
  tableText(
    name,
    columns.map((column) => `${named(column.name)} ${typed(column.type)}`),
    options,
  );

export const tableText = (
  name: string,
  lines: readonly string[],
  options: Readonly<Record<string, string>>,
): string => {
  const settings = Object.entries(options).map(
    ([option, value]) => `  ${texted(option)} = ${texted(value)}`,
  );
  return `CREATE TABLE ${named(name)} (\n${lines.map((line) => `  ${line}`).join(",\n")}\n) WITH (\n${settings.join(",\n")}\n)`;
};

interface Tree {
  [member: string]: Tree | string;
}

function plant(tree: Tree, [first, ...rest]: readonly string[], type: string): void {
  if (rest.length === 0) tree[first!] ??= type;
  else plant(branch(tree, first!), rest, type);
}

function branch(tree: Tree, member: string): Tree {
  const there = tree[member];
  if (typeof there === "object") return there;
  const made: Tree = {};
  tree[member] = made;
  return made;
}

const typeIn = (tree: Tree | string): string =>
  typeof tree === "string"
    ? tree
    : `ROW<${Object.entries(tree)
        .map(([name, inner]) => `${named(name)} ${typeIn(inner)}`)
        .join(", ")}>`;
