/** A shard's windows from its log: the newest whole state, and what has changed since. */
import { type Entry, windowLog } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Definition } from "../../windows/definition.ts";
import { WindowMachine } from "../../windows/machine.ts";
import { applyWritten } from "../../windows/written.ts";
import { knownWindows, type ShardWindows } from "./shard-windows.ts";

/** What a log says of windows. */
export interface Restored<T> {
  readonly windows: ShardWindows<T>;
  /** Undefined: nothing, so that they may be the parents' still. */
  readonly isEmpty: boolean;
}

/** Brings what is known up to the log's newest entry, or undefined where that is not enough: then it is read. */
export function upToDate<T>(log: ShardLog, news: readonly Entry[]): ShardWindows<T> | undefined {
  const windows = knownWindows<T>(log);
  if (!windows) return undefined;
  for (const entry of news) {
    if (entry.n <= windows.n) continue;
    if (!entry.windows?.changes && !entry.windows?.handed) return undefined;
    take(windows, entry);
  }
  return windows;
}

/** Reads a log backwards to the newest whole state, or to its beginning; entries beyond `newest` do not count. */
export async function restore<T>(
  name: string,
  newest: number,
  definition: Definition<T>,
  { store }: Pick<LogAccess, "store">,
): Promise<Restored<T> & { readonly n: number }> {
  const changes: Entry[] = [];
  let whole: Entry | undefined;
  let n = 0;
  let isEmpty = true;
  reading: for (let before = Number.isFinite(newest) ? newest + 1 : newest; before > 1; ) {
    const { entries, more } = await store.readBefore(name, before);
    for (const entry of entries) {
      before = entry.n;
      n = Math.max(n, entry.n);
      if (entry.windows?.whole || entry.windows?.chunks) whole = entry;
      else if (entry.windows) changes.push(entry);
      if (whole || changes.length > 0 || entry.kind === "reset") isEmpty = false;
      if (whole || entry.kind === "reset") break reading;
    }
    if (!more || entries.length === 0) break;
  }
  const windows: ShardWindows<T> = {
    machine: new WindowMachine(definition),
    n,
    since: { entries: 0, bytes: 0, at: whole?.at ?? 0 },
    lastChunk: Math.max(0, ...(whole?.windows?.chunks ?? [])),
    handed: false,
    isInherited: false,
    doneUnsaved: new Set(),
    failures: new Map(),
  };
  if (whole)
    applyWritten(windows.machine, whole.windows?.whole ?? (await readChunks(name, whole, store)));
  for (const entry of changes.reverse()) take(windows, entry);
  return { windows, isEmpty, n };
}

function take<T>(windows: ShardWindows<T>, entry: Entry): void {
  const { changes, chunks, handed } = entry.windows!;
  if (handed) windows.handed = true;
  if (changes) {
    applyWritten(windows.machine, changes);
    windows.since.entries++;
    windows.since.bytes += changes.byteLength;
  }
  if (chunks) windows.lastChunk = Math.max(...chunks);
  windows.n = entry.n;
}

async function readChunks(
  name: string,
  { windows, n }: Entry,
  store: LogAccess["store"],
): Promise<Uint8Array> {
  const { chunks = [] } = windows!;
  const found = await store.readSome(windowLog(name), chunks);
  const parts = new Map(found.map((entry) => [entry.n, entry.windows?.changes]));
  return Buffer.concat(
    chunks.map((chunk) => {
      const part = parts.get(chunk);
      if (part) return part;
      throw new Error(
        `Entry ${n} of the progress log ${name} has the state of its windows in ${chunks.length} parts, and part ${chunk} of ${windowLog(name)} is missing. Nothing was done. If the table was restored from a backup, restore it whole; to begin the windows anew, give the consumer another \`epoch\`.`,
      );
    }),
  );
}
