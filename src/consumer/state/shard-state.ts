/** The machine of a shard as an environment has it, beside the log that its state is kept in. */
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
  /** It was taken over from the shard's parents just now, and this shard's log does not have it. */
  isInherited: boolean;
  /** Rows that are done, where the log could not be told. */
  readonly doneUnsaved: Set<number>;
  /** How often a row has failed here. */
  readonly failures: Map<number, number>;
}

/** Of logs that this environment holds: each up to what its last invocation knew of the log. */
const known = new WeakMap<ShardLog, ShardState>();

export const knownState = (log: ShardLog): ShardState | undefined => known.get(log);

export const keepState = (log: ShardLog, state: ShardState): void => void known.set(log, state);

/** It is read from the log again when it is needed: something has come between. */
export const dropState = (log: ShardLog): void => void known.delete(log);
