/** What Flink's SQL has no words for, or other words than ours. */
import type { Position } from "../../../../../src/sql.ts";

/** Why a statement has no equal, and where that stands. */
export class NoEqual extends Error {
  override readonly name = "NoEqual";
  readonly at: Position;

  constructor(why: string, at: Position) {
    super(why);
    this.at = at;
  }
}
