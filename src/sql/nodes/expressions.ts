/** What has a value in a row, and the windows that aggregates look back at. */
import type { Position } from "../text/sql-error.ts";
import type { IntervalNode, LiteralNode, Unit } from "./literals.ts";
import type { NameNode } from "./names.ts";
import type { TypeNode } from "./types.ts";

export type ExpressionNode =
  | NameNode
  | LiteralNode
  | CallNode
  | BinaryNode
  | UnaryNode
  | TestNode
  | CaseNode
  | CastNode
  | RoundNode
  | DifferenceNode;

/** A function with its arguments; `COUNT(*)` has the star. */
export interface CallNode {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly ExpressionNode[];
  readonly star: boolean;
  readonly distinct: boolean;
  /** `IGNORE NULLS` or `RESPECT NULLS`. */
  readonly nulls: "ignore" | "respect" | undefined;
  readonly over: OverNode | undefined;
  readonly at: Position;
}

/** `OVER w` or `OVER (…)`. */
export interface OverNode {
  readonly name: string | undefined;
  readonly window: WindowNode | undefined;
  readonly at: Position;
}

export interface BinaryNode {
  readonly kind: "binary";
  readonly operator:
    | "+"
    | "-"
    | "*"
    | "/"
    | "%"
    | "||"
    | "="
    | "<>"
    | "<"
    | "<="
    | ">"
    | ">="
    | "AND"
    | "OR";
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
  readonly at: Position;
}

export interface UnaryNode {
  readonly kind: "unary";
  readonly operator: "-" | "+" | "NOT";
  readonly operand: ExpressionNode;
  readonly at: Position;
}

/** What is true or false of a value. */
export interface TestNode {
  readonly kind: "test";
  readonly test:
    | "IS NULL"
    | "IS TRUE"
    | "IS FALSE"
    | "IS UNKNOWN"
    | "IS DISTINCT FROM"
    | "BETWEEN"
    | "IN"
    | "LIKE"
    | "SIMILAR TO";
  readonly negated: boolean;
  readonly operand: ExpressionNode;
  /** Of BETWEEN the two ends, of LIKE the pattern and perhaps the escape character. */
  readonly others: readonly ExpressionNode[];
  /** `BETWEEN SYMMETRIC`: the ends may stand in any order. */
  readonly symmetric: boolean;
  readonly at: Position;
}

export interface CaseNode {
  readonly kind: "case";
  /** `CASE x WHEN 1 …`; without: each WHEN is a condition. */
  readonly operand: ExpressionNode | undefined;
  readonly branches: readonly { readonly when: ExpressionNode; readonly result: ExpressionNode }[];
  readonly otherwise: ExpressionNode | undefined;
  readonly at: Position;
}

export interface CastNode {
  readonly kind: "cast";
  readonly operand: ExpressionNode;
  /** `INTERVAL` has its unit in place of a type. */
  readonly type: TypeNode;
  readonly at: Position;
}

/** `FLOOR(x TO MINUTE)`, `CEIL(x TO DAY)`, `STEP(x BY INTERVAL '10' SECOND)`. */
export interface RoundNode {
  readonly kind: "round";
  readonly name: "FLOOR" | "CEIL" | "STEP";
  readonly operand: ExpressionNode;
  readonly unit: Unit | undefined;
  readonly by: ExpressionNode | undefined;
  readonly at: Position;
}

/** `(a - b) SECOND`: how much later a time is. */
export interface DifferenceNode {
  readonly kind: "difference";
  readonly left: ExpressionNode;
  readonly right: ExpressionNode;
  readonly from: Unit;
  readonly to: Unit;
  readonly at: Position;
}

/** `PARTITION BY a RANGE INTERVAL '1' MINUTE PRECEDING`. */
export interface WindowNode {
  readonly kind: "window";
  /** The named window that this one goes on from. */
  readonly base: string | undefined;
  readonly partition: readonly ExpressionNode[];
  /** Undefined: only of a window that others go on from. */
  readonly frame: FrameNode | undefined;
  readonly at: Position;
}

/** `rows`: so many rows before the current one. `range`: so long before it. */
export interface FrameNode {
  readonly kind: "frame";
  readonly mode: "rows" | "range";
  readonly preceding: ExpressionNode | IntervalNode | "unbounded" | "current";
  readonly at: Position;
}

export const windowNode = <Node extends WindowNode | FrameNode>(node: Node): Node =>
  Object.freeze(node);

export const expression = <Node extends Exclude<ExpressionNode, NameNode | LiteralNode>>(
  node: Node,
): Node => Object.freeze(node);
