/** Which rows an aggregate looks back at. */
import type { Position } from "../text/sql-error.ts";
import type { ExpressionNode } from "./expressions.ts";
import type { IntervalNode } from "./literals.ts";

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
