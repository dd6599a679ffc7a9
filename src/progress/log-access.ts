import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import type { EntryStore } from "./store.ts";

/** What it takes to read and write a shard's log. */
export interface LogAccess {
  readonly store: EntryStore;
  readonly parentsOf: EntryStore["parentsOf"];
  /** The parents' logs, by the log's name, as far as this environment has asked. */
  readonly lineage: Map<string, readonly string[]>;
  readonly windowInSeconds: number;
  /** How long entries are kept, in seconds: beyond both the window and the stream's retention. */
  readonly keepInSeconds: number;
  /** This function, as `<region>:<account>:<name>`. */
  readonly writer: string;
  /** The most that one log may hold in memory, in bytes. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  /** What is still worth waiting for, in milliseconds. */
  readonly remainingMs: () => number;
}

/** How far clocks of environments may be apart, in seconds. */
export const clockSkewInSeconds = 300;
