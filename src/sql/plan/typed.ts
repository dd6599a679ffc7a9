/** Expressions whose names and types are known: frozen, printable, without a text of SQL behind them. */
import { showName } from "../nodes/names.ts";
import { type SqlType, timestampType, type Value } from "../types/sql-type.ts";

/**
 * How it follows ROWTIME, by which a stream is sorted: `up` and `down` never turn back. `constant` is the same in all rows.
 */
export type Course = "constant" | "up" | "down" | "any";

interface Common {
  readonly type: SqlType;
  /** How it is printed. Two of one text are equal. */
  readonly text: string;
  readonly course: Course;
  /** Whether ROWTIME is all that it takes from a row: then it can be computed for any time. */
  readonly isOfTime: boolean;
}

export type Typed = ColumnTerm | TimeTerm | ConstantTerm | CallTerm | LogicTerm | CaseTerm;

/** What stands at this place in the row. */
export interface ColumnTerm extends Common {
  readonly kind: "column";
  readonly index: number;
}

/** The row's ROWTIME. `of`: in a SELECT list that groups, a bare ROWTIME is that of the row that it makes. */
export interface TimeTerm extends Common {
  readonly kind: "time";
  readonly of: "stream" | "row";
}

export interface ConstantTerm extends Common {
  readonly kind: "constant";
  readonly value: Value;
}

/** A function of values. */
export interface CallTerm extends Common {
  readonly kind: "call";
  readonly args: readonly Typed[];
  /** It gets the arguments' values. */
  readonly run: (...values: any[]) => Value;
  /** Whether NULL among the arguments makes NULL, without a call. */
  readonly isStrict: boolean;
}

/** AND, OR: of three truth values; COALESCE: the first that is not NULL. */
export interface LogicTerm extends Common {
  readonly kind: "and" | "or" | "coalesce";
  readonly args: readonly Typed[];
}

export interface CaseTerm extends Common {
  readonly kind: "case";
  readonly branches: readonly { readonly when: Typed; readonly result: Typed }[];
  readonly otherwise: Typed;
}

export const column = (
  index: number,
  name: string,
  type: SqlType,
  from?: { readonly course: Course; readonly isOfTime: boolean },
): ColumnTerm =>
  Object.freeze({
    ...{ kind: "column", index, type, text: showName(name) },
    ...{ course: from?.course ?? "any", isOfTime: false },
  });

/** The same, where its text is no name. */
export const placed = (
  index: number,
  text: string,
  type: SqlType,
  course: Course = "any",
): ColumnTerm => Object.freeze({ kind: "column", index, type, text, course, isOfTime: false });

export const constant = (value: Value, type: SqlType, text: string): ConstantTerm =>
  Object.freeze({ kind: "constant", value, type, text, course: "constant", isOfTime: true });

export const timeTerm = (of: TimeTerm["of"]): TimeTerm =>
  Object.freeze({
    kind: "time",
    of,
    type: timestampType,
    text: "ROWTIME",
    course: "up",
    isOfTime: true,
  });

export const term = <T extends Exclude<Typed, ColumnTerm | ConstantTerm>>(node: T): T =>
  Object.freeze(node);

/** A call whose course is `any` unless it is said. */
export function callTerm(
  text: string,
  type: SqlType,
  args: readonly Typed[],
  run: CallTerm["run"],
  {
    course = "any",
    isStrict = true,
  }: { readonly course?: Course; readonly isStrict?: boolean } = {},
): CallTerm {
  const isConstant = args.length > 0 && args.every((arg) => arg.course === "constant");
  return Object.freeze({
    ...{ kind: "call", type, text, args: Object.freeze(args), run, isStrict },
    course: isConstant ? "constant" : course,
    isOfTime: args.every((arg) => arg.isOfTime),
  });
}

/** The term that each part of it becomes: the same where `change` gives undefined. */
export function rewrite(given: Typed, change: (term: Typed) => Typed | undefined): Typed {
  const changed = change(given);
  if (changed) return changed;
  const all = (args: readonly Typed[]) => {
    const rewritten = args.map((arg) => rewrite(arg, change));
    return rewritten.every((arg, at) => arg === args[at]) ? undefined : rewritten;
  };
  switch (given.kind) {
    case "call":
    case "and":
    case "or":
    case "coalesce": {
      const args = all(given.args);
      if (!args) return given;
      return Object.freeze({
        ...given,
        args: Object.freeze(args),
        ...{
          course: args.every((arg) => arg.course === "constant") ? given.course : ("any" as const),
        },
        isOfTime: args.every((arg) => arg.isOfTime),
      });
    }
    case "case":
      return Object.freeze({
        ...given,
        branches: Object.freeze(
          given.branches.map(({ when, result }) => ({
            when: rewrite(when, change),
            result: rewrite(result, change),
          })),
        ),
        otherwise: rewrite(given.otherwise, change),
      });
    default:
      return given;
  }
}

/** What stands directly in it. */
export function partsOf(term: Typed): readonly Typed[] {
  switch (term.kind) {
    case "call":
    case "and":
    case "or":
    case "coalesce":
      return term.args;
    case "case":
      return [...term.branches.flatMap(({ when, result }) => [when, result]), term.otherwise];
    default:
      return [];
  }
}

/** The columns that it takes, by their places. */
export function columnsOf(term: Typed): readonly number[] {
  if (term.kind === "column") return [term.index];
  return partsOf(term).flatMap(columnsOf);
}

/** Whether it takes the row's ROWTIME. */
export const takesTime = (term: Typed): boolean =>
  term.kind === "time" || partsOf(term).some(takesTime);
