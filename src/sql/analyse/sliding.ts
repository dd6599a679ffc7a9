/** A SELECT without GROUP BY: its aggregates have windows, whose results stand behind the columns of the row. */
import type { CallNode } from "../nodes/expressions.ts";
import type { SelectNode } from "../nodes/query.ts";
import { showFrame } from "../plan/frames.ts";
import { type Frame, type Plan, type PlanColumn, plan, type WindowSpec } from "../plan/plan.ts";
import { placed, rewrite, type Typed } from "../plan/typed.ts";
import { SqlError } from "../text/sql-error.ts";
import { aggregateOf } from "./aggregates.ts";
import { analyse, type Surroundings } from "./expressions.ts";
import { windowOf } from "./frames.ts";
import type { Catalog } from "./from.ts";
import type { Scope } from "./scope.ts";
import { listOf, type Step } from "./step.ts";

/** They look at single rows of their window. */
const needsRows = new Set(["LAG", "EXP_AVG"]);

/** Places of results until it is known how many there are: beyond any column. */
const placeholder = 1_000_000;

export function windowed(
  node: SelectNode,
  input: Plan,
  scope: Scope,
  { startedAt }: Catalog,
): Step {
  const windows: {
    readonly partition: readonly Typed[];
    readonly frame: Frame;
    readonly list: ReturnType<typeof listOf>;
  }[] = [];
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
  const around: Surroundings = {
    ...{ scope, startedAt },
    aggregate(call: CallNode) {
      if (!call.over) {
        throw new SqlError(
          `${call.name} needs to know of which rows: GROUP BY, or OVER.`,
          call.at,
          "Such as GROUP BY STEP(stream.ROWTIME BY INTERVAL '60' SECOND), or OVER (RANGE INTERVAL '1' MINUTE PRECEDING).",
        );
      }
      const { frame, partition } = windowOf(call.over, node.windows, inner, call.over.at);
      const aggregate = aggregateOf(call, (arg) => analyse(arg, inner), true);
      if (frame.preceding === Number.POSITIVE_INFINITY && needsRows.has(aggregate.name)) {
        throw new SqlError(
          `${aggregate.name} over all rows would have to keep them all.`,
          call.over.at,
          "Bound the window: RANGE INTERVAL '1' HOUR PRECEDING.",
        );
      }
      const terms = partition.map((each) => analyse(each, inner));
      const text = said(terms, frame);
      let at = windows.findIndex((window) => said(window.partition, window.frame) === text);
      if (at < 0) at = windows.push({ partition: terms, frame, list: listOf() }) - 1;
      const place = windows[at]!.list.place(aggregate);
      return placed(
        placeholder * (at + 1) + place,
        `${aggregate.text} OVER (${text})`,
        aggregate.type,
      );
    },
  };
  return {
    analyse: (expression) => analyse(expression, around),
    close() {
      if (windows.length === 0) return { input, finish: (term) => term };
      const specs = windows.map(
        ({ frame, list, partition }): WindowSpec => ({
          ...frame,
          partition,
          aggregates: list.calls,
        }),
      );
      const columns: PlanColumn[] = [...input.columns];
      const starts = specs.map(({ aggregates }) => {
        const start = columns.length;
        for (const { text, type } of aggregates)
          columns.push({ name: text, type, course: "any", isHidden: true });
        return start;
      });
      const finish = (term: Typed) =>
        rewrite(term, (part) => {
          if (part.kind !== "column" || part.index < placeholder) return undefined;
          const window = Math.floor(part.index / placeholder) - 1;
          return Object.freeze({ ...part, index: starts[window]! + (part.index % placeholder) });
        });
      return {
        input: plan({ op: "window", input, windows: Object.freeze(specs), columns }),
        finish,
      };
    },
  };
}

function said(partition: readonly Typed[], { mode, preceding }: Frame): string {
  const by =
    partition.length > 0 ? `PARTITION BY ${partition.map(({ text }) => text).join(", ")} ` : "";
  return `${by}${showFrame({ mode, preceding })}`;
}
