/** Which names there are in a SELECT, and what they mean. */
import { type Identifier, type NameNode, showName } from "../nodes/names.ts";
import type { PlanColumn } from "../plan/plan.ts";
import { callTerm, column, type Typed, timeTerm } from "../plan/typed.ts";
import { nearest } from "../text/nearest.ts";
import { SqlError } from "../text/sql-error.ts";
import type { Value } from "../types/sql-type.ts";

/** One of what FROM names. */
export interface Relation {
  readonly alias: string;
  /** Where its columns begin in the row. */
  readonly offset: number;
  readonly columns: readonly PlanColumn[];
  /** Where its own ROWTIME stands in the row of a join. Undefined: it is the row's. */
  readonly timeAt?: number;
  /** It has no time: a reference table. */
  readonly isTable?: boolean;
  /** Columns that a join USING them has once: those of the side before. */
  readonly merged?: ReadonlySet<string>;
}

export interface Scope {
  readonly relations: readonly Relation[];
}

export const termOf = ({ offset, columns }: Relation, at: number): Typed => {
  const found = columns[at]!;
  return column(offset + at, found.name, found.type, { course: found.course, isOfTime: false });
};

/** ROWTIME of one of them. */
function timeOf(relation: Relation, name: Identifier): Typed {
  if (relation.isTable) {
    throw new SqlError(
      `${showName(relation.alias)} is a reference table: it has no ROWTIME.`,
      name.at,
    );
  }
  if (relation.timeAt === undefined) return timeTerm("stream");
  return column(relation.timeAt, `${relation.alias}.ROWTIME`, timeTerm("stream").type);
}

/** Throws SqlError where the name means nothing, or more than one thing. */
export function resolve({ parts }: NameNode, scope: Scope): Typed {
  const [first, second, ...rest] = parts as [Identifier, ...Identifier[]];
  const qualified = second && scope.relations.find(({ alias }) => alias === first.name);
  if (qualified) {
    if (second.name === "ROWTIME" && !find(qualified, second)) return timeOf(qualified, second);
    const found = find(qualified, second);
    if (!found) throw noColumn(second, [qualified]);
    return fieldsOf(found, rest);
  }
  const own = scope.relations.filter(({ merged }) => !merged?.has(first.name));
  const found = own.flatMap((relation) => find(relation, first) ?? []);
  if (found.length > 1) {
    const where = own
      .filter((relation) => find(relation, first))
      .map(({ alias }) => showName(alias));
    throw new SqlError(
      `${showName(first.name)} is a column of ${where.join(" and of ")}.`,
      first.at,
      `Write ${where[0]}.${showName(first.name)}.`,
    );
  }
  if (found[0]) return fieldsOf(found[0], second ? [second, ...rest] : []);
  if (!second && first.name === "ROWTIME") return timeTerm("row");
  if (second) throw noRelation(first, scope);
  throw noColumn(first, scope.relations);
}

function find(relation: Relation, { name }: Identifier): Typed | undefined {
  const named = relation.columns.findIndex((column) => column.name === name);
  const at = named < 0 ? relation.columns.findIndex(({ also }) => also === name) : named;
  return at < 0 ? undefined : termOf(relation, at);
}

/** `alias.record.COLUMN1`. */
function fieldsOf(term: Typed, [field, more]: readonly Identifier[]): Typed {
  if (!field) return term;
  if (term.type.name !== "RECORD") {
    throw new SqlError(`${term.text} is no record: it has no ${showName(field.name)}.`, field.at);
  }
  const { fields } = term.type;
  const at = fields!.findIndex(({ name }) => name === field.name);
  if (at < 0 || more) {
    throw new SqlError(
      `The record ${term.text} has no ${showName((more ?? field).name)}.`,
      (more ?? field).at,
      `It has ${fields!.map(({ name }) => showName(name)).join(", ")}.`,
    );
  }
  const text = `${term.text}.${showName(field.name)}`;
  return callTerm(text, fields![at]!.type, [term], (record: readonly Value[]) => record[at]!);
}

function noColumn({ name, at, isQuoted }: Identifier, relations: readonly Relation[]): SqlError {
  const names = relations.flatMap(({ columns }) => columns.map(({ name }) => name));
  const other = names.find((other) => other.toUpperCase() === name.toUpperCase());
  const near = other ?? nearest(name, names);
  const where = relations.map(({ alias }) => showName(alias)).join(" or ");
  const isText = isQuoted && /[^\w.$-]/.test(name);
  const why = other && !isQuoted ? "Names without quotes count in upper case." : "";
  return new SqlError(
    `${where} has no column ${showName(name)}.`,
    at,
    isText
      ? "A text stands in single quotes; in double ones it is a name."
      : near
        ? `${why} Did you mean ${showName(near)}?`.trim()
        : `There are ${names.map(showName).join(", ")}.`,
  );
}

function noRelation({ name, at }: Identifier, { relations }: Scope): SqlError {
  const names = relations.map(({ alias }) => alias);
  const near =
    names.find((other) => other.toUpperCase() === name.toUpperCase()) ?? nearest(name, names);
  return new SqlError(
    `FROM has no ${showName(name)} here.`,
    at,
    near ? `Did you mean ${showName(near)}?` : `It has ${names.map(showName).join(", ")}.`,
  );
}
