/** A plan as people read it: one line an operator, what comes first stands deepest. */

import { showName } from "../nodes/names.ts";
import { showType } from "../types/sql-type.ts";
import { showFrame } from "./frames.ts";
import { type ApplicationPlan, inputsOf, type Plan } from "./plan.ts";

/** The whole application. */
export function explain({ pumps, references, sources, streams }: ApplicationPlan): string {
  const tables = [
    ...sources.map((stream) => ["SOURCE", stream] as const),
    ...references.map((stream) => ["REFERENCE", stream] as const),
    ...streams.map((stream) => ["STREAM", stream] as const),
  ];
  const lines = tables.map(([what, { columns, name }]) => {
    const shown = columns.filter(({ isHidden }) => !isHidden);
    return `${what} ${showName(name)} (${shown.map(({ isNotNull, name, type }) => `${showName(name)} ${showType(type)}${isNotNull ? " NOT NULL" : ""}`).join(", ")})`;
  });
  for (const { name, plan, target } of pumps) {
    lines.push("", `PUMP ${showName(name)} INTO ${showName(target)}`, ...explainPlan(plan));
  }
  return `${lines.join("\n")}\n`;
}

export function explainPlan(plan: Plan, indent = "  "): readonly string[] {
  return [
    `${indent}${line(plan)}`,
    ...inputsOf(plan).flatMap((input) => explainPlan(input, `${indent}  `)),
  ];
}

function line(plan: Plan): string {
  switch (plan.op) {
    case "scan":
      return `scan ${showName(plan.stream)}`;
    case "filter":
      return `filter ${plan.condition.text}`;
    case "project": {
      const time = plan.time ? `${plan.time.text} AS ROWTIME; ` : "";
      return `project ${time}${plan.items.map(({ text }) => text).join(", ")}`;
    }
    case "group": {
      const { aggregates, clock, terms } = plan;
      return `group by ${terms.map(({ text }, at) => (at === clock ? `${text} [clock]` : text)).join(", ")}${computing(aggregates)}`;
    }
    case "stagger":
      return `stagger ${plan.lengthMs / 1000} s by ${plan.terms.map(({ text }) => text).join(", ")}${computing(plan.aggregates)}`;
    case "window":
      return `window ${plan.windows
        .map(({ aggregates, partition, ...frame }) => {
          const by =
            partition.length > 0
              ? `PARTITION BY ${partition.map(({ text }) => text).join(", ")} `
              : "";
          return `(${by}${showFrame(frame)})${computing(aggregates)}`;
        })
        .join("; ")}`;
    case "distinct":
      return `distinct until ${showName(plan.columns[plan.clock]!.name)} changes`;
    case "order":
      return `order by ${plan.keys.map(({ descending, term }) => `${term.text}${descending ? " DESC" : ""}`).join(", ")}`;
    case "join": {
      const { condition, equal, leftFrame, rightFrame, type } = plan;
      const frames = [leftFrame, rightFrame].map((frame) =>
        frame ? showFrame(frame) : "current row",
      );
      return `join ${type} (${frames.join(" with ")}) on ${on(equal, condition)}`;
    }
    case "lookup":
      return `lookup ${plan.type} ${showName(plan.table)} on ${on(plan.equal, plan.condition)}`;
    case "union":
      return "union all";
    case "tableFunction":
      return `${plan.name} ${JSON.stringify(plan.settings)}`;
  }
}

const computing = (aggregates: readonly { readonly text: string }[]) =>
  aggregates.length === 0 ? "" : ` computing ${aggregates.map(({ text }) => text).join(", ")}`;

const on = (
  equal: readonly (readonly [{ readonly text: string }, { readonly text: string }])[],
  condition?: { readonly text: string },
) =>
  [...equal.map(([a, b]) => `${a.text} = ${b.text}`), ...(condition ? [condition.text] : [])].join(
    " AND ",
  ) || "TRUE";
