/** What an application is made of: streams, and the pumps between them. */
import type { Position } from "../text/sql-error.ts";
import type { Identifier } from "./names.ts";
import type { QueryNode } from "./query.ts";
import type { TypeNode } from "./types.ts";

export interface CreateStreamNode {
  readonly kind: "createStream";
  readonly name: Identifier;
  readonly columns: readonly ColumnNode[];
  readonly at: Position;
}

export interface ColumnNode {
  readonly name: Identifier;
  readonly type: TypeNode;
  readonly isNotNull: boolean;
}

export interface CreatePumpNode {
  readonly kind: "createPump";
  readonly name: Identifier;
  readonly insert: InsertNode;
  readonly at: Position;
}

export interface InsertNode {
  readonly kind: "insert";
  readonly target: Identifier;
  /** Undefined: all of them, in their order. */
  readonly columns: readonly Identifier[] | undefined;
  readonly query: QueryNode;
  readonly at: Position;
}

export type StatementNode = CreateStreamNode | CreatePumpNode;

export const statementNode = <Node extends StatementNode | InsertNode>(node: Node): Node =>
  Object.freeze(node);
