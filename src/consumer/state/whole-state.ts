/** Now and then all of the state is written, so that a cold start reads little. What is too large for an entry is written before it. */
import { type Entry, entryVersion, type WindowState, windowLog } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import { randomHex } from "../../time/random.ts";
import type { MachineKind } from "../machine.ts";
import { failuresOf, type ShardState } from "./shard-state.ts";

/** What an entry has room for, beside names and changes; and one part of what is larger. */
const inlineAtMost = 48 * 1024;
const chunkBytes = 256 * 1024;

/** So many entries with changes are read at a cold start at most, and about as many bytes as the state has. */
const entriesAtMost = 128;
const bytesAtLeast = 64 * 1024;
/** Long before the oldest of them expires. */
const longestMs = 86_400_000;

/** What goes into an entry: the state, or where its parts are; and which rows have failed. */
export type Whole = Pick<WindowState, "whole" | "chunks" | "failed">;

/** Whether enough has been written since all of it was. Then what it costs is about what the changes have cost. */
export function isWholeDue({ isInherited, machine, since }: ShardState, now: number): boolean {
  if (isInherited) return true;
  if (since.entries === 0 && since.bytes === 0 && since.at === 0) return false;
  const isOld = now - since.at > longestMs && since.at > 0;
  const isMuch = since.bytes + machine.newsBytes > Math.max(bytesAtLeast, machine.bytes / 2);
  return isOld || isMuch || since.entries >= entriesAtMost;
}

/** The state as it is now, for the entry that is appended next. */
export async function wholeOf<T>(
  state: ShardState,
  { writeWhole }: MachineKind<T>,
  log: string,
  access: LogAccess,
): Promise<Whole> {
  const whole = writeWhole(state.machine);
  const failed = failuresOf(state);
  if (whole.byteLength <= inlineAtMost) return { whole, failed };
  const chunks: number[] = [];
  for (let at = 0; at < whole.byteLength; at += chunkBytes) {
    const part = whole.subarray(at, at + chunkBytes);
    state.lastChunk = await appendChunk(windowLog(log), state.lastChunk + 1, part, access);
    chunks.push(state.lastChunk);
  }
  return { chunks, failed };
}

/** Under the number, or the next that is free: what others have written there is theirs. */
async function appendChunk(
  name: string,
  first: number,
  part: Uint8Array,
  { clock, keepInSeconds, random, store, writer }: LogAccess,
): Promise<number> {
  const at = clock.now();
  // Longer than any entry that points to it now.
  const expiresAt = Math.ceil(at / 1000) + keepInSeconds + longestMs / 1000;
  const token = randomHex(random, 16);
  for (let n = first; ; ) {
    const entry: Entry = {
      ...{ kind: "done", windows: { changes: part } },
      ...{ n, at, writer, token, v: entryVersion },
    };
    const appended = await store.append(name, entry, expiresAt);
    if (appended.ok || ("holder" in appended && appended.holder === token)) return n;
    const { entries } = await store.readBefore(name, Number.POSITIVE_INFINITY);
    n = Math.max(n, entries[0]?.n ?? 0) + 1;
  }
}
