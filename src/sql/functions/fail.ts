/** How a function refuses what it is given, before any row has come. */

import type { Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { type SqlType, showType, type Value } from "../types/sql-type.ts";

export function refuseTypes(
  what: string,
  types: readonly SqlType[],
  at: Position,
  wayOut?: string,
): SqlError {
  return new SqlError(`${what} does not take ${types.map(showType).join(" and ")}.`, at, wayOut);
}

/** A value that is the same in all rows: undefined where it may differ. */
export const constantOf = (term: Typed | undefined): Value | undefined =>
  term?.kind === "constant" ? term.value : undefined;

/** A text that stands in the application. Throws SqlError. */
export function constantText(term: Typed | undefined, what: string, at: Position): string {
  const value = constantOf(term);
  if (typeof value === "string") return value;
  throw new SqlError(`${what} must be a text that stands here in single quotes.`, at);
}

export function constantNumber(term: Typed | undefined, what: string, at: Position): number {
  const value = constantOf(term);
  if (typeof value === "number") return value;
  throw new SqlError(`${what} must be a number that stands here.`, at);
}
