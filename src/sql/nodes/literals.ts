/** Values that stand in the text. */
import type { Position } from "../text/sql-error.ts";

/** The units of time, the longest first. */
export const units = ["YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"] as const;
export type Unit = (typeof units)[number];

export type LiteralNode =
  | { readonly kind: "null"; readonly at: Position }
  | { readonly kind: "boolean"; readonly value: boolean; readonly at: Position }
  /** As it was written: 1, 1.50, 1e3. */
  | { readonly kind: "number"; readonly text: string; readonly at: Position }
  | { readonly kind: "text"; readonly value: string; readonly at: Position }
  /** `TIMESTAMP '2018-01-01 00:00:00'` */
  | {
      readonly kind: "moment";
      readonly type: "DATE" | "TIME" | "TIMESTAMP";
      readonly text: string;
      readonly at: Position;
    }
  | IntervalNode;

/** `INTERVAL '1:30' MINUTE TO SECOND` */
export interface IntervalNode {
  readonly kind: "interval";
  readonly text: string;
  readonly from: Unit;
  readonly to: Unit;
  readonly at: Position;
}

export const literal = <Node extends LiteralNode>(node: Node): Node => Object.freeze(node);
