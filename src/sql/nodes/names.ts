/** Names: of streams, columns, pumps, functions. */
import type { Position } from "../text/sql-error.ts";

/** One name, as it counts: in upper case where it had no quotes. */
export interface Identifier {
  readonly name: string;
  readonly isQuoted: boolean;
  readonly at: Position;
}

export const identifier = (name: string, isQuoted: boolean, at: Position): Identifier =>
  Object.freeze({ name, isQuoted, at });

/** `a.b.c`: a column, perhaps with its stream, perhaps with a field of the record that it holds. */
export interface NameNode {
  readonly kind: "name";
  readonly parts: readonly Identifier[];
  readonly at: Position;
}

export const nameNode = (parts: readonly Identifier[]): NameNode =>
  Object.freeze({ kind: "name", parts: Object.freeze(parts), at: parts[0]!.at });

/** How a name is written so that it is read the same. */
export const showName = (name: string): string =>
  /^[A-Z_][A-Z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
