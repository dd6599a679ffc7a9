/** How functions are declared. */
import type { Course, Typed } from "../plan/typed.ts";
import type { SqlType, Value } from "../types/sql-type.ts";

/** What an argument may be; with ? it may be missing. */
export type Takes = "text" | "number" | "moment" | "any" | "text?" | "number?";

export interface FunctionDefinition {
  readonly takes: readonly Takes[];
  /** Whether there may be more, of the last kind. */
  readonly isVariadic?: boolean;
  /** The result's type; undefined refuses the arguments' types. */
  readonly gives: (types: readonly SqlType[], args: readonly Typed[]) => SqlType | undefined;
  /** What is called for a row: numbers come as they are kept, see `SqlType`. Throws PatternError, RowError. */
  readonly make: (args: readonly Typed[], type: SqlType) => (...values: any[]) => Value;
  /** @default NULL among the arguments makes NULL */
  readonly isLoose?: boolean;
  /** How it follows its arguments. @default any */
  readonly course?: (args: readonly Typed[]) => Course;
}

export type FunctionTable = Readonly<Record<string, FunctionDefinition>>;
