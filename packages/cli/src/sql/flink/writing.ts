/** What is written of a query, and what the parts of one share. */
import type { Catalog } from "../../../../../src/sql/analyse/from.ts";
import type { ExpressionNode } from "../../../../../src/sql/nodes/expressions.ts";
import type { QueryNode } from "../../../../../src/sql/nodes/query.ts";
import type { PlanColumn } from "../../../../../src/sql/plan/plan.ts";
import type { Position } from "../../../../../src/sql.ts";

/** One of what FROM names. */
export interface Side {
  readonly alias: string;
  readonly columns:
    | readonly PlanColumn[]
    | readonly { readonly name: string; readonly isHidden?: boolean }[];
  /** Of a column: where it stands. */
  readonly place: (column: string) => string;
  /** Its time; undefined: it has none there. */
  readonly time: string | undefined;
  readonly merged?: ReadonlySet<string>;
}

export interface Sides {
  readonly text: string;
  readonly sides: readonly Side[];
  /** The time of the rows, where windows can go on from it. */
  readonly time: string | undefined;
  /** A stream alone, which a window takes by its name. */
  readonly stream: string | undefined;
}

/** A query, what its rows have, and whether ROWTIME is among it as a time that windows can go on from. */
export interface Made {
  readonly text: string;
  readonly columns: readonly string[];
  readonly hasTime: boolean;
  /** Its rows are those of windows, whose time is a millisecond before their end. */
  readonly isOfWindows: boolean;
}

/** What a pump's queries share. */
export interface Writing {
  readonly catalog: Catalog;
  /** Throws NoEqual for one that is not written. */
  readonly streamOf: (
    name: string,
    at: Position,
  ) => {
    readonly columns: readonly PlanColumn[];
    readonly hasTime: boolean;
    readonly isOfWindows: boolean;
  };
  readonly isReference: (name: string) => boolean;
  readonly referenceOf: (name: string) => readonly PlanColumn[];
  /** A reference table has one key. */
  readonly key: (table: string, columns: readonly string[], at: Position) => void;
  readonly expression: (node: ExpressionNode, around: Pick<Sides, "sides" | "time">) => string;
  /** A view for a query that a window takes; its name. */
  readonly view: (text: string) => string;
  readonly fresh: () => string;
  /** A nested query. */
  readonly query: (node: QueryNode) => Made;
  /** Something means a little else there. */
  readonly note: (at: Position, what: string) => void;
}
