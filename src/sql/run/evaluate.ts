/** Typed expressions as closures over rows. */
import type { CallTerm, CaseTerm, Typed } from "../plan/typed.ts";
import type { Value } from "../types/sql-type.ts";

export type Row = readonly Value[];

/** What an expression comes to for a row, and for its ROWTIME in epoch milliseconds. Throws RowError. */
export type Evaluate = (row: Row, time: number) => Value;

export function compile(term: Typed): Evaluate {
  switch (term.kind) {
    case "column": {
      const { index } = term;
      return (row) => row[index]!;
    }
    case "time":
      return (_row, time) => time;
    case "constant": {
      const { value } = term;
      return () => value;
    }
    case "and":
    case "or":
      return logic(term.args.map(compile), term.kind === "or");
    case "coalesce": {
      const args = term.args.map(compile);
      return (row, time) => {
        for (const arg of args) {
          const value = arg(row, time);
          if (value !== null) return value;
        }
        return null;
      };
    }
    case "case":
      return choice(term);
    case "call":
      return call(term);
  }
}

/** What several terms come to, put into a list of the caller's. */
export type EvaluateInto = (row: Row, time: number, values: Value[]) => void;

/** Most terms are columns, which take no call. */
export function compileInto(terms: readonly Typed[]): EvaluateInto {
  const columns = terms.map((term) => (term.kind === "column" ? term.index : -1));
  const others = terms.map(compile);
  return (row, time, values) => {
    for (let at = 0; at < columns.length; at++) {
      const column = columns[at]!;
      values[at] = column < 0 ? others[at]!(row, time) : row[column]!;
    }
  };
}

/** A condition holds where it is true, and not where it is unknown. */
export function compileCondition(term: Typed): (row: Row, time: number) => boolean {
  const condition = compile(term);
  return (row, time) => condition(row, time) === true;
}

/** `stop` decides, whatever the others are; else unknown is what one of them is. */
function logic(args: readonly Evaluate[], stop: boolean): Evaluate {
  return (row, time) => {
    let result: boolean | null = !stop;
    for (const arg of args) {
      const value = arg(row, time);
      if (value === stop) return stop;
      if (value === null) result = null;
    }
    return result;
  };
}

function choice({ branches, otherwise }: CaseTerm): Evaluate {
  const compiled = branches.map(({ when, result }) => ({
    when: compile(when),
    result: compile(result),
  }));
  const last = compile(otherwise);
  return (row, time) => {
    for (const { when, result } of compiled) if (when(row, time) === true) return result(row, time);
    return last(row, time);
  };
}

/** By the number of arguments: most functions have one or two. */
function call({ args, isStrict, run }: CallTerm): Evaluate {
  const compiled = args.map(compile);
  const [first, second] = compiled;
  if (isStrict && compiled.length === 1) {
    return (row, time) => {
      const value = first!(row, time);
      return value === null ? null : run(value);
    };
  }
  if (isStrict && compiled.length === 2) {
    const right = args[1]!;
    if (right.kind === "constant" && right.value !== null) {
      const { value: b } = right;
      return (row, time) => {
        const a = first!(row, time);
        return a === null ? null : run(a, b);
      };
    }
    return (row, time) => {
      const a = first!(row, time);
      if (a === null) return null;
      const b = second!(row, time);
      return b === null ? null : run(a, b);
    };
  }
  return (row, time) => {
    const values = compiled.map((arg) => arg(row, time));
    return isStrict && values.includes(null) ? null : run(...values);
  };
}
