/** A SELECT, and what it takes its rows from. */
import type { Position } from "../text/sql-error.ts";
import type { ExpressionNode, WindowNode } from "./expressions.ts";
import type { IntervalNode } from "./literals.ts";
import type { Identifier } from "./names.ts";

export interface SelectNode {
  readonly kind: "select";
  readonly isStream: boolean;
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  readonly from: SourceNode;
  readonly where: ExpressionNode | undefined;
  readonly groupBy: readonly ExpressionNode[] | undefined;
  readonly stagger: StaggerNode | undefined;
  readonly having: ExpressionNode | undefined;
  readonly windows: ReadonlyMap<string, WindowNode>;
  readonly orderBy: readonly OrderItem[];
  /** `ORDER BY … WITHIN INTERVAL …`. */
  readonly within: IntervalNode | undefined;
  readonly at: Position;
}

/** `SELECT … UNION ALL SELECT …`. */
export interface UnionNode {
  readonly kind: "union";
  readonly branches: readonly SelectNode[];
  readonly at: Position;
}

export type QueryNode = SelectNode | UnionNode;

/** `WINDOWED BY STAGGER (PARTITION BY a, b RANGE INTERVAL '1' MINUTE)`. */
export interface StaggerNode {
  readonly kind: "stagger";
  readonly partition: readonly ExpressionNode[];
  readonly length: IntervalNode;
  readonly at: Position;
}

export type SelectItem =
  | { readonly kind: "star"; readonly of: Identifier | undefined; readonly at: Position }
  | {
      readonly kind: "item";
      readonly value: ExpressionNode;
      readonly alias: Identifier | undefined;
      readonly at: Position;
    };

export interface OrderItem {
  readonly value: ExpressionNode;
  readonly descending: boolean;
}

export type SourceNode = NamedSource | NestedSource | TableFunctionNode | JoinNode;

interface Aliased {
  readonly alias: Identifier | undefined;
  /** `AS t(a, b)` */
  readonly columns: readonly Identifier[] | undefined;
  /** `OVER (RANGE INTERVAL …)`: what of it takes part in a join. */
  readonly over: WindowNode | string | undefined;
  readonly at: Position;
}

export interface NamedSource extends Aliased {
  readonly kind: "named";
  readonly name: Identifier;
}

export interface NestedSource extends Aliased {
  readonly kind: "nested";
  readonly query: QueryNode;
}

/** `TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT …), 100))`. */
export interface TableFunctionNode extends Aliased {
  readonly kind: "tableFunction";
  readonly name: string;
  readonly args: readonly (ExpressionNode | CursorNode)[];
}

/** `CURSOR(SELECT …)`: only what a table function takes. */
export interface CursorNode {
  readonly kind: "cursor";
  readonly query: QueryNode;
  readonly at: Position;
}

export interface JoinNode {
  readonly kind: "join";
  readonly type: "INNER" | "LEFT" | "RIGHT" | "FULL" | "CROSS";
  readonly left: SourceNode;
  readonly right: SourceNode;
  readonly on: ExpressionNode | undefined;
  /** `USING (a, b)`: columns of both sides that must be equal, and are one. */
  readonly using?: readonly Identifier[];
  readonly at: Position;
}

export const queryNode = <
  Node extends QueryNode | SourceNode | CursorNode | StaggerNode | SelectItem,
>(
  node: Node,
): Node => Object.freeze(node);
