/** The machine of a shard as an environment has it, beside the log that its state is kept in. */
import type { RowFailure } from "../../progress/entry.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Machine } from "../machine.ts";

/** How much has been written since all of it was: what a cold start reads. */
export interface SinceWhole {
  entries: number;
  bytes: number;
  /** When all of it was written, in epoch milliseconds. 0: never. */
  at: number;
}

export interface ShardState {
  readonly machine: Machine;
  /** The newest entry of the log that it has taken in. */
  n: number;
  readonly since: SinceWhole;
  /** The newest part of a whole state that is known. */
  lastChunk: number;
  /** It has gone to the shard's children. */
  handed: boolean;
  /** Which of them has told its log so first: what is of no key is that one's. Undefined: none has. "": an earlier release, which had nothing of that kind. */
  heir: string | undefined;
  /** It was taken over from the shard's parents just now, and this shard's log does not have it. */
  isInherited: boolean;
  /** Rows that are done, where the log could not be told. */
  readonly doneUnsaved: Set<number>;
  /** Rows that have failed, by slot: what the log says of them, or would if it could be told. */
  readonly failures: Map<number, RowFailure>;
}

/** Of logs that this environment holds, and up to which of their entries: an invocation may have read more of the log, and died of what it read next. */
const known = new WeakMap<ShardLog, { readonly state: ShardState; readonly upTo: number }>();

/** What is known of a log up to that entry. */
export function knownState(log: ShardLog, upTo: number | undefined): ShardState | undefined {
  const its = known.get(log);
  return its?.upTo === upTo ? its?.state : undefined;
}

/** The state has taken in all that is known of the log. */
export const keepState = (log: ShardLog, state: ShardState): void =>
  void known.set(log, { state, upTo: log.n });

/** It is read from the log again when it is needed: something has come between. */
export const dropState = (log: ShardLog): void => void known.delete(log);

/** One entry says of so many rows that they have failed, or are parked; it has room for no more. */
export const failuresAtMost = 500;

/** Of rows that are still due. */
export const failuresOf = ({ failures, machine }: ShardState): readonly RowFailure[] =>
  [...failures.values()].filter(({ slot }) => machine.has(slot)).slice(0, failuresAtMost);
