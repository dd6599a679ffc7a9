/** What a log is asked about a record, and what it may say. */
import type { Position } from "../record/position.ts";

/** What the log says of a record. Only the last two allow it to be skipped. */
export type Evidence = "none" | "redelivered" | "duplicate";

/** What is asked about: a record by its name, its position and the second in which it arrived. */
export interface Question {
  readonly names: Uint32Array;
  /** Which of the names. */
  readonly place: number;
  readonly position: Position;
  readonly second: number;
  readonly windowInSeconds: number;
  /**
   * The record may be the rest of an aggregate that Lambda took apart and cut, and not a repeat of
   * an equal one: then an entry that ends in the same aggregate is no evidence.
   */
  readonly mayBeRest?: boolean;
  /**
   * The record is parked and comes back: the log names it, and equal ones that came later share its
   * fate. Only what arrived earlier says anything.
   */
  readonly isParked?: boolean;
}
