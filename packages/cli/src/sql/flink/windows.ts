/** Terms of GROUP BY that are windows of one length. */
import type { ExpressionNode } from "../../../../../src/sql/nodes/expressions.ts";
import type { Typed } from "../../../../../src/sql/plan/typed.ts";

export interface WindowTerm {
  readonly sizeMs: number;
  /** Its value is where the window begins; the way before STEP existed gives an interval. */
  readonly isValue: boolean;
}

const unitMs: Readonly<Record<string, number>> = {
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
};

/** STEP and FLOOR of ROWTIME, and FLOOR((ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND). Undefined: it is something else. */
export function clockOf(
  node: ExpressionNode,
  typedOf: (node: ExpressionNode) => Typed,
): WindowTerm | undefined {
  if (node.kind !== "round") return undefined;
  const { by, name, operand, unit } = node;
  if (isTime(operand)) {
    if (name === "STEP") {
      if (by?.kind !== "interval" || by.from === "YEAR" || by.from === "MONTH") return undefined;
      return { sizeMs: Number((typedOf(by) as { value?: unknown }).value), isValue: true };
    }
    const sizeMs = unit && unitMs[unit];
    return name === "FLOOR" && sizeMs ? { sizeMs, isValue: true } : undefined;
  }
  if (name !== "FLOOR" || operand.kind !== "binary" || operand.operator !== "/") return undefined;
  const { left, right } = operand;
  const isEpoch =
    left.kind === "difference" &&
    left.from === unit &&
    left.to === unit &&
    isTime(left.left) &&
    left.right.kind === "moment" &&
    /^1970-01-01 00:00:00(\.0+)?$/.test(left.right.text);
  if (!isEpoch || right.kind !== "number" || !unitMs[unit!]) return undefined;
  return { sizeMs: Number(right.text) * unitMs[unit!]!, isValue: false };
}

const isTime = (node: ExpressionNode) =>
  node.kind === "name" && node.parts.length <= 2 && node.parts.at(-1)!.name === "ROWTIME";
