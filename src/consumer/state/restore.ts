/** A shard's machine from its log: the newest whole state, and what has changed since. */
import { type Entry, windowLog } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { MachineKind } from "../machine.ts";
import { knownState, type ShardState } from "./shard-state.ts";
import type { Teller } from "./teller.ts";

/** What a log says of a machine. */
export interface Restored {
  readonly state: ShardState;
  /** Nothing of its own, so that it may be the parents' still; or has gone to its children through it. */
  readonly isEmpty: boolean;
  readonly n: number;
}

/** Brings what is known up to the log's newest entry, or undefined where that is not enough: then it is read. */
export function upToDate<T>(log: ShardLog, teller: Teller<T>): ShardState | undefined {
  const { kind } = teller;
  const state = knownState(log, teller.newsFrom);
  const news = teller.news.splice(0);
  if (!state) return undefined;
  for (const entry of news) {
    if (entry.n <= state.n) continue;
    if (!entry.windows?.changes && !entry.windows?.handed) return undefined;
    take(state, entry, kind);
  }
  return state;
}

/** Reads a log backwards to the newest whole state, or to its beginning; entries beyond `newest` do not count. */
export async function restore<T>(
  name: string,
  newest: number,
  kind: MachineKind<T>,
  { store }: Pick<LogAccess, "store">,
): Promise<Restored> {
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
      if (whole || entry.windows?.changes || entry.kind === "reset") isEmpty = false;
      if (whole || entry.kind === "reset") break reading;
    }
    if (!more || entries.length === 0) break;
  }
  const state: ShardState = {
    machine: kind.create(),
    n,
    since: { entries: 0, bytes: 0, at: whole?.at ?? 0 },
    lastChunk: Math.max(0, ...(whole?.windows?.chunks ?? [])),
    handed: false,
    heir: undefined,
    isInherited: false,
    doneUnsaved: new Set(),
    failures: new Map(),
  };
  if (whole) {
    const written = whole.windows?.whole ?? (await readChunks(name, whole, store, kind.what));
    kind.apply(state.machine, written);
    hear(state, whole);
  }
  for (const entry of changes.reverse()) take(state, entry, kind);
  return { state, isEmpty, n };
}

/** Takes in what another has appended. */
export function take<T>(state: ShardState, entry: Entry, kind: MachineKind<T>): void {
  const { changes, chunks, handed } = entry.windows!;
  if (handed) {
    state.handed = true;
    state.heir ??= handed === true ? "" : handed;
  }
  if (changes) {
    kind.apply(state.machine, changes);
    state.since.entries++;
    state.since.bytes += changes.byteLength;
  }
  if (chunks) state.lastChunk = Math.max(...chunks);
  hear(state, entry);
  state.n = entry.n;
}

function hear(state: ShardState, { windows }: Entry): void {
  for (const failure of windows?.failed ?? []) state.failures.set(failure.slot, failure);
}

async function readChunks(
  name: string,
  { windows, n }: Entry,
  store: LogAccess["store"],
  what: string,
): Promise<Uint8Array> {
  const { chunks = [] } = windows!;
  const found = await store.readSome(windowLog(name), chunks);
  const parts = new Map(found.map((entry) => [entry.n, entry.windows?.changes]));
  return Buffer.concat(
    chunks.map((chunk) => {
      const part = parts.get(chunk);
      if (part) return part;
      throw new Error(
        `Entry ${n} of the progress log ${name} has the state of its ${what} in ${chunks.length} parts, and part ${chunk} of ${windowLog(name)} is missing. Nothing was done. If the table was restored from a backup, restore it whole; to begin the ${what} anew, give the consumer another \`epoch\`.`,
      );
    }),
  );
}
