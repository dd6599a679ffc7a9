/** The windows of a shard as an environment has them, beside the log that they are kept in. */
import type { ShardLog } from "../../progress/shard-log.ts";
import type { WindowMachine } from "../../windows/machine.ts";

/** How much has been written since all of it was: what a cold start reads. */
export interface SinceWhole {
  entries: number;
  bytes: number;
  /** When all of it was written, in epoch milliseconds. 0: never. */
  at: number;
}

export interface ShardWindows<T> {
  readonly machine: WindowMachine<T>;
  /** The newest entry of the log that it has taken in. */
  n: number;
  readonly since: SinceWhole;
  /** The newest part of a whole state that is known. */
  lastChunk: number;
  /** They have gone to the shard's children. */
  handed: boolean;
  /** They were taken over from the shard's parents just now, and this shard's log does not have them. */
  isInherited: boolean;
  /** Groups whose rows are done, where the log could not be told. */
  readonly doneUnsaved: Set<number>;
  /** How often the row of a group has failed here. */
  readonly failures: Map<number, number>;
}

/** Of logs that this environment holds: each up to what its last invocation knew of the log. */
const known = new WeakMap<ShardLog, ShardWindows<unknown>>();

export const knownWindows = <T>(log: ShardLog): ShardWindows<T> | undefined =>
  known.get(log) as ShardWindows<T> | undefined;

export const keepWindows = <T>(log: ShardLog, windows: ShardWindows<T>): void =>
  void known.set(log, windows as ShardWindows<unknown>);

/** They are read from the log again when they are needed: something has come between. */
export const dropWindows = (log: ShardLog): void => void known.delete(log);
