/** What the operators of a running application have in common. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Plan } from "../plan/plan.ts";
import type { Value } from "../types/sql-type.ts";
import type { Row } from "./evaluate.ts";

/** Takes a row, with its ROWTIME in epoch milliseconds: rows come in the order of that. Throws RowError. */
export type Sink = (row: Row, time: number) => void;

/** What keeps something from row to row. */
export interface Stateful {
  write(to: ByteWriter): void;
  read(from: ByteReader): void;
  /**
   * Keeps only what is of these values of the partition key, which stands at `places`: see `KeyPlaces`. What is of no partition key goes to one of those that
   * take over, the heir. Without it nothing can be divided.
   */
  retain?(owns: Owns, places: readonly number[], isHeir: boolean): void;
  /** Before several become one: gives what is complete once those that are ahead have come as far as they have. True: something was given. */
  settle?(all: readonly Stateful[]): boolean;
  /** Takes over from another of the same plan, which goes on no more: no key is in both but where it is no partition key. */
  merge?(other: Stateful): void;
}

/** Whether a value of the partition key is of a shard. */
export type Owns = (key: Value) => boolean;

/** What has rows to give when time goes on. */
export interface Timed {
  /** When, in its own time; Infinity: not before another row comes. */
  readonly due: number;
  /** Gives what is due, and has another `due` then. */
  fire(): void;
}

/** The time until which no more rows come, of what goes on in the time of the machine; undefined: only rows say. */
export type Bound = ((time: number) => number) | undefined;

/** Where operators are registered as they are built, and what they are given. */
export interface Site {
  /** Takes a row to where it belongs; one that fails goes to the error stream. */
  readonly guarded: (out: Sink) => Sink;
  readonly keep: (state: Stateful, plan: Plan) => void;
  readonly time: (timed: Timed, bound: Bound) => void;
}
