/** ON: what must be equal between the sides of a join, and what else must hold. */
import { type ExpressionNode, expression } from "../nodes/expressions.ts";
import { type Identifier, identifier, nameNode, showName } from "../nodes/names.ts";
import { columnsOf, placed, rewrite, type Typed, takesTime } from "../plan/typed.ts";
import { SqlError } from "../text/sql-error.ts";
import { analyseCondition, type Surroundings } from "./expressions.ts";
import type { Relation } from "./scope.ts";

/** `USING (a, b)` as the condition that it means. Throws SqlError. */
export function usingCondition(
  using: readonly Identifier[],
  lefts: readonly Relation[],
  right: Relation,
): ExpressionNode {
  const parts = using.map((column): ExpressionNode => {
    const { at, name } = column;
    const [left, other] = lefts.filter((relation) => hasColumn(relation, name));
    if (!left || other || !hasColumn(right, name) || !left.alias || !right.alias) {
      throw new SqlError(
        `USING (${showName(name)}) needs one column of this name on each side of the join, and a name for each side.`,
        at,
        "Write ON a.key = b.key.",
      );
    }
    const [a, b] = [left, right].map(({ alias }) =>
      nameNode([identifier(alias, true, at), column]),
    );
    return expression({ kind: "binary", operator: "=", left: a!, right: b!, at });
  });
  return parts.reduce((left, right) =>
    expression({ kind: "binary", operator: "AND", left, right, at: right.at }),
  );
}

const hasColumn = ({ columns }: Relation, wanted: string) =>
  columns.some(({ name }) => name === wanted);

/** What must be equal between the sides, apart from what else must hold. `times`: where a join has the times of its sides. */
export function joinConditions(
  on: ExpressionNode,
  around: Surroundings,
  width: number,
  times = Number.POSITIVE_INFINITY,
) {
  const equal: (readonly [Typed, Typed])[] = [];
  const rest: Typed[] = [];
  const side = (term: Typed): "left" | "right" | undefined => {
    const places = columnsOf(term);
    if (places.length === 0 || takesTime(term) || places.some((place) => place >= times))
      return undefined;
    if (places.every((place) => place < width)) return "left";
    return places.every((place) => place >= width) ? "right" : undefined;
  };
  for (const part of conjuncts(on)) {
    const typed = analyseCondition(part, around, "ON");
    const isEquation = part.kind === "binary" && part.operator === "=" && typed.kind === "call";
    const [a, b] = isEquation ? (typed.args as [Typed, Typed]) : [];
    const isPlain =
      a &&
      b &&
      a.type.name === b.type.name &&
      a.type.scale === b.type.scale &&
      a.type.name !== "CHAR";
    if (isPlain && side(a) === "left" && side(b) === "right") equal.push([a, shifted(b, width)]);
    else if (isPlain && side(a) === "right" && side(b) === "left")
      equal.push([b, shifted(a, width)]);
    else rest.push(typed);
  }
  const [first, ...more] = rest;
  const condition = first && more.reduce<Typed>((all, each) => and(all, each), first);
  return { equal: Object.freeze(equal), condition };
}

const conjuncts = (node: ExpressionNode): readonly ExpressionNode[] =>
  node.kind === "binary" && node.operator === "AND"
    ? [...conjuncts(node.left), ...conjuncts(node.right)]
    : [node];

const and = (a: Typed, b: Typed): Typed =>
  Object.freeze({
    ...{ kind: "and" as const, args: [a, b], type: a.type, text: `(${a.text} AND ${b.text})` },
    ...{ course: "any" as const, isOfTime: false },
  });

/** A term of the joined row as one of the right side's own. */
const shifted = (term: Typed, by: number): Typed =>
  rewrite(term, (part) =>
    part.kind === "column" ? placed(part.index - by, part.text, part.type) : undefined,
  );
