/** Types as they are written. */
import type { Position } from "../text/sql-error.ts";

/** `VARCHAR(16)`: its name in upper case, and the numbers in brackets. */
export interface TypeNode {
  readonly kind: "type";
  readonly name: string;
  readonly numbers: readonly number[];
  readonly at: Position;
}

export const typeNode = (name: string, numbers: readonly number[], at: Position): TypeNode =>
  Object.freeze({ kind: "type", name, numbers: Object.freeze(numbers), at });
