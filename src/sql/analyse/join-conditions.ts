/** ON: what must be equal between the sides of a join, and what else must hold. */
import type { ExpressionNode } from "../nodes/expressions.ts";
import { columnsOf, placed, rewrite, type Typed, takesTime } from "../plan/typed.ts";
import { analyseCondition, type Surroundings } from "./expressions.ts";

/** Whether a condition says `left.ROWTIME = right.ROWTIME`. */
export const isOfOneTime = (
  conditions: readonly (ExpressionNode | undefined)[],
  lefts: readonly string[],
  right: string,
): boolean =>
  conditions.some(
    (condition) =>
      condition &&
      conjuncts(condition).some((part) => {
        if (part.kind !== "binary" || part.operator !== "=") return false;
        const [a, b] = [part.left, part.right].map((side) =>
          side.kind === "name" && side.parts.length === 2 && side.parts[1]!.name === "ROWTIME"
            ? side.parts[0]!.name
            : undefined,
        );
        if (a === undefined || b === undefined) return false;
        return (lefts.includes(a) && b === right) || (lefts.includes(b) && a === right);
      }),
  );

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
