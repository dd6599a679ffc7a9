/** What stands between the rows of FROM and the SELECT list: groups or windows, whose aggregates are found while the clauses are read. */
import type { CallNode, ExpressionNode } from "../nodes/expressions.ts";
import type { AggregateCall, Plan } from "../plan/plan.ts";
import type { Typed } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";

export interface Step {
  /** An expression of the SELECT list, of HAVING or ORDER BY. */
  readonly analyse: (node: ExpressionNode) => Typed;
  /** All have been read: the plan, and what each term is over its rows. */
  readonly close: () => {
    readonly input: Plan;
    readonly finish: (term: Typed, at: Position) => Typed;
  };
}

/** Aggregates, each once: gives the place of one. */
export function listOf(): {
  readonly calls: AggregateCall[];
  readonly place: (call: AggregateCall) => number;
} {
  const calls: AggregateCall[] = [];
  return {
    calls,
    place(call) {
      const known = calls.findIndex(({ text }) => text === call.text);
      return known < 0 ? calls.push(call) - 1 : known;
    },
  };
}

export const refuseAggregate =
  (where: string) =>
  (call: CallNode): Typed => {
    throw new SqlError(
      `${call.name} cannot stand in ${where}.`,
      call.at,
      where === "WHERE" ? "Use HAVING, or WHERE around a nested SELECT." : undefined,
    );
  };
