/**
 * What became of parked records after a `progress reset`. Until then the log says of each that it is parked; the reset has it
 * forget that, and whatever is delivered again is processed, or parked, or not delivered at all.
 */

import { isNameOf, namesIn } from "../../park/entry-names.ts";
import type { EntryStore, ProgressStore } from "../../progress/store.ts";
import type { Position } from "../../record/position.ts";

/** A progress store, and the newest reset that was met while a log was read from it. */
export interface WatchedStore {
  readonly progress: ProgressStore;
  /** The reset's number. 0: none was met, so everything that was read of this log was never forgotten. */
  resetOf(log: string): number;
}

/** Looks for resets in what is read, newest first. */
export function watchResets(progress: ProgressStore): WatchedStore {
  const resets = new Map<string, number>();
  return {
    progress: {
      ...progress,
      async readBefore(log, before) {
        const page = await progress.readBefore(log, before);
        for (const { kind, n } of page.entries) {
          if (kind === "reset") resets.set(log, Math.max(n, resets.get(log) ?? 0));
        }
        return page;
      },
    },
    resetOf: (log) => resets.get(log) ?? 0,
  };
}

/** A parked record by its own name in the log. */
export interface AskedRecord {
  /** In hexadecimal. */
  readonly name: string;
  readonly position: Position;
  /** When it arrived, in epoch seconds. */
  readonly second: number;
}

/** What the first entry that names a record since the reset says: it was done, a duplicate of it was, or it was parked. */
export type Said = "done" | "duplicate" | "parked";

/** Reads the log from the reset on, until every record was found in it. Those that are in no entry are left out. */
export async function saidSince(
  reset: number,
  log: string,
  store: EntryStore,
  asked: readonly AskedRecord[],
  windowInSeconds: number,
): Promise<Map<AskedRecord, Said>> {
  const said = new Map<AskedRecord, Said>();
  const left = new Map<string, AskedRecord[]>();
  for (const one of asked) left.set(one.name, [...(left.get(one.name) ?? []), one]);
  for (let n = reset; left.size > 0; ) {
    const { entries, more } = await store.readAfter(log, n);
    for (const entry of entries) {
      if (entry.kind === "fold") continue;
      for (const { name, second, isParked } of namesIn(entry)) {
        const here = left.get(name);
        if (!here) continue;
        const others = here.filter((one) => {
          const isItself = isNameOf(entry, second, one.position, one.second);
          const isTwin = !isParked && Math.abs(second - one.second) <= windowInSeconds;
          if (isItself) said.set(one, isParked ? "parked" : "done");
          else if (isTwin) said.set(one, "duplicate");
          return !isItself && !isTwin;
        });
        if (others.length > 0) left.set(name, others);
        else left.delete(name);
      }
    }
    n = entries.at(-1)?.n ?? n;
    if (!more) break;
  }
  return said;
}
