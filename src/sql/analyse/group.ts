/** GROUP BY and WINDOWED BY STAGGER: the SELECT list is one of groups. */
import type { CallNode } from "../nodes/expressions.ts";
import type { SelectNode } from "../nodes/query.ts";
import { ofTime } from "../plan/of-time.ts";
import { type Plan, type PlanColumn, plan } from "../plan/plan.ts";
import { placed, rewrite, type Typed, takesTime } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { parseInterval } from "../types/calendar.ts";
import { aggregateOf } from "./aggregates.ts";
import { analyse, type Surroundings } from "./expressions.ts";
import type { Catalog } from "./from.ts";
import type { Scope } from "./scope.ts";
import { listOf, refuseAggregate, type Step } from "./step.ts";

const placeholder = 1_000_000;

export function grouped(node: SelectNode, input: Plan, scope: Scope, { startedAt }: Catalog): Step {
  const list = listOf();
  const plain: Surroundings = { scope, startedAt, aggregate: refuseAggregate("GROUP BY") };
  const inner: Surroundings = {
    ...{ scope, startedAt },
    aggregate(call) {
      throw new SqlError(
        `${call.name} stands in another aggregate.`,
        call.at,
        "Put the inner one into a nested SELECT.",
      );
    },
  };
  const terms = (node.stagger?.partition ?? node.groupBy!).map((term) => analyse(term, plain));
  const around: Surroundings = {
    ...{ scope, startedAt },
    aggregate(call: CallNode) {
      if (call.over)
        throw new SqlError(
          "OVER cannot stand with GROUP BY.",
          call.over.at,
          "Put the GROUP BY into a nested SELECT.",
        );
      const aggregate = aggregateOf(call, (arg) => analyse(arg, inner), false);
      return placed(placeholder + list.place(aggregate), aggregate.text, aggregate.type);
    },
  };
  const clock = node.stagger ? undefined : clockOf(terms, node, input.columns);
  return {
    analyse: (expression) => analyse(expression, around),
    close() {
      const aggregates = Object.freeze(list.calls);
      const columns: PlanColumn[] = [
        ...terms.map(({ text, type, course }, at) => ({
          name: text,
          type,
          course: at === clock?.at ? course : ("any" as const),
        })),
        ...aggregates.map(({ text, type }) => ({ name: text, type, course: "any" as const })),
      ];
      const finish = (term: Typed, at: Position) => overGroup(term, terms, columns, at);
      if (clock) {
        const { at, term } = clock;
        return {
          input: plan({
            op: "group",
            input,
            terms,
            clock: at,
            clockOfTime: term,
            aggregates,
            columns,
          }),
          finish,
        };
      }
      const { at, from, text, to } = node.stagger!.length;
      const lengthMs = parseInterval(text, from, to, at);
      if (from === "YEAR" || from === "MONTH" || lengthMs <= 0)
        throw new SqlError("A stagger window has a positive length of days or less.", at);
      return {
        input: plan({ op: "stagger", input, terms, lengthMs, aggregates, columns }),
        finish,
      };
    },
  };
}

/** The one term that says when groups are complete. Throws SqlError. */
function clockOf(
  terms: readonly Typed[],
  node: SelectNode,
  columns: readonly PlanColumn[],
): { at: number; term: Typed | undefined } {
  const isClock = ({ course }: Typed) => course === "up" || course === "down";
  const at = terms.findIndex(isClock);
  const { at: where } = node.groupBy![0]!;
  if (at < 0) {
    throw new SqlError(
      "The groups would never be complete: GROUP BY needs a term that follows ROWTIME.",
      where,
      "Add STEP(stream.ROWTIME BY INTERVAL '60' SECOND), or say MONOTONIC(column) of what never turns back.",
    );
  }
  const timed = terms.filter(takesTime);
  if (timed.length > 1) {
    throw new SqlError(
      `Only one term of GROUP BY may be of ROWTIME; there are ${timed.map(({ text }) => text).join(" and ")}.`,
      where,
    );
  }
  return { at, term: ofTime(terms[at]!, columns) };
}

/** A term of the SELECT list over the rows of groups. */
function overGroup(
  term: Typed,
  terms: readonly Typed[],
  columns: readonly PlanColumn[],
  at: Position,
): Typed {
  return rewrite(term, (part) => {
    const same = terms.findIndex(({ text }) => text === part.text);
    if (same >= 0) return placed(same, part.text, part.type, columns[same]!.course);
    if (part.kind === "time") {
      if (part.of === "row") return part;
      throw new SqlError(
        "ROWTIME of the stream is none of the groups.",
        at,
        "A bare ROWTIME is that of the row that comes out.",
      );
    }
    if (part.kind !== "column") return undefined;
    if (part.index >= placeholder) {
      const place = terms.length + part.index - placeholder;
      return placed(place, part.text, part.type);
    }
    throw new SqlError(
      `${part.text} is no term of GROUP BY.`,
      at,
      `Group by it too, or take MAX(${part.text}).`,
    );
  });
}
