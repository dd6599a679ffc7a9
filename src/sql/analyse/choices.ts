import { refuseTypes } from "../functions/fail.ts";
import { comparable, comparison } from "../functions/operators.ts";
import type { CaseNode, ExpressionNode } from "../nodes/expressions.ts";
import { callTerm, constant, type Typed, term } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { assignment } from "../types/convert.ts";
import {
  commonType,
  isApproximate,
  isExact,
  isText,
  nullType,
  type SqlType,
  scaleOf,
} from "../types/sql-type.ts";

/** The type of all of them, and each as that. */
function unified(
  terms: readonly Typed[],
  what: string,
  at: Position,
): { type: SqlType; terms: readonly Typed[] } {
  let type: SqlType = nullType;
  for (const each of terms) {
    const common = commonType(type, each.type);
    if (!common)
      throw refuseTypes(what, [type, each.type], at, "All of them must have one type: use CAST.");
    type = common;
  }
  return { type, terms: terms.map((each) => as(each, type)) };
}

/** A value as another type has it, where it is only a matter of how it is kept. */
function as(given: Typed, type: SqlType): Typed {
  const { type: from, text } = given;
  if (
    from.name === "NULL" ||
    isText(type) ||
    (from.name === type.name && scaleOf(from) === scaleOf(type))
  )
    return given;
  if (isExact(from) && isExact(type) && scaleOf(from) === scaleOf(type)) return given;
  if (isApproximate(from) && isApproximate(type)) return given;
  return callTerm(text, type, [given], assignment(from, type)!, { course: given.course });
}

export function choice(node: CaseNode, inner: (node: ExpressionNode) => Typed): Typed {
  const { at, operand: compared } = node;
  const operand = compared && inner(compared);
  const whens = node.branches.map(({ when }) => {
    if (operand) return comparison("=", operand, inner(when), when.at);
    const condition = inner(when);
    if (condition.type.name !== "BOOLEAN" && condition.type.name !== "NULL")
      throw refuseTypes("WHEN", [condition.type], when.at, "It takes a condition.");
    return condition;
  });
  const results = [
    ...node.branches.map(({ result }) => inner(result)),
    node.otherwise ? inner(node.otherwise) : constant(null, nullType, "NULL"),
  ];
  const { type, terms } = unified(results, "CASE", at);
  const branches = whens.map((when, place) => Object.freeze({ when, result: terms[place]! }));
  const said = branches
    .map(({ when, result }) => `WHEN ${when.text} THEN ${result.text}`)
    .join(" ");
  return term({
    kind: "case",
    ...{ branches: Object.freeze(branches), otherwise: terms.at(-1)!, type },
    text: `CASE ${said} ELSE ${terms.at(-1)!.text} END`,
    ...{ course: "any" as const, isOfTime: [...whens, ...terms].every((each) => each.isOfTime) },
  });
}

export function coalesce(args: readonly Typed[], at: Position): Typed {
  if (args.length === 0) throw new SqlError("COALESCE takes at least one argument.", at);
  const { type, terms } = unified(args, "COALESCE", at);
  const text = `COALESCE(${terms.map(({ text }) => text).join(", ")})`;
  return term({
    kind: "coalesce",
    args: terms,
    type,
    text,
    course: "any",
    isOfTime: terms.every((each) => each.isOfTime),
  });
}

export function nullIf(args: readonly Typed[], at: Position): Typed {
  const [value, other] = args;
  if (!value || !other || args.length > 2) throw new SqlError("NULLIF takes two arguments.", at);
  const [x, y] = comparable(value.type, other.type, "NULLIF", at);
  const run = (a: any, b: any) =>
    a !== null && b !== null && (x ? x(a) : a) === (y ? y(b) : b) ? null : a;
  return callTerm(`NULLIF(${value.text}, ${other.text})`, value.type, args, run, {
    isStrict: false,
  });
}
