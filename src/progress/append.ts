/**
 * The append after the effects: the next entry, under the sole condition that its number is free, and
 * what happens when another environment was there first.
 */
import { comparePositions, formatPosition, type Position } from "../record/position.ts";
import { randomHex } from "../time/random.ts";
import {
  type Entry,
  type EntryDraft,
  entryVersion,
  packArrivals,
  unpackArrivals,
} from "./entry.ts";
import type { LogAccess } from "./log-access.ts";
import { readNews } from "./recall.ts";
import type { ShardLog } from "./shard-log.ts";
import type { Appended } from "./store.ts";
import type { TransactionWrite } from "./transaction.ts";

/** An entry in the making, and what must be written with it or not at all. */
export interface Slice extends EntryDraft {
  readonly writes?: readonly TransactionWrite[];
}

export interface Commit {
  /** False: it is not in the log, and the next delivery will repeat what it speaks of. */
  readonly saved: boolean;
  /** The entry's number, if `make` had something to say. */
  readonly n?: number;
  /** Which of the writes refused, by index. */
  readonly refused?: ReadonlyMap<number, unknown>;
  /** How often another environment's entry was met. */
  readonly conflicts: number;
  /** Why it was not saved. */
  readonly error?: unknown;
}

/**
 * Each round one of those that meet gets through, so a round that is lost is tried again while there is time; without time,
 * so often. As often, a log may stay as it was although its next number is taken.
 */
const roundsAtLeast = 16;

/**
 * Appends what `make` says. Another environment's entry in its place is news: it is merged, and
 * `make` is asked again, so that what the news names can be dropped; the rest goes under the next
 * number and a new token. `make` returning undefined means that nothing is left to say.
 * Never rejects. What could not be saved is carried into this environment's next entry.
 */
export async function appendNext(
  log: ShardLog,
  make: () => Slice | undefined,
  access: LogAccess,
): Promise<Commit> {
  let conflicts = 0;
  let withoutNews = 0;
  let slice: Slice | undefined;
  try {
    for (;;) {
      slice = make();
      const carried = isClaim(slice) ? undefined : log.unsaved;
      const draft = withCarried(slice, carried);
      if (!draft) return { saved: true, conflicts };
      const { writes, ...said } = draft;
      const entry = numbered(said, log, access);
      const appended = await send(log, entry, writes, access);
      if (appended.ok) {
        if (carried) log.carried = undefined;
        log.merge(entry);
        await foldWhenDue(log, access);
        return { saved: true, conflicts, ...(slice && { n: entry.n }) };
      }
      if ("refused" in appended) return { saved: false, refused: appended.refused, conflicts };
      conflicts++;
      // Others are at it too: step back a little, the further the more often we met.
      const wait = Math.min(conflicts - 1, roundsAtLeast) * (5 + 20 * access.random());
      if (conflicts >= roundsAtLeast && wait >= access.remainingMs()) {
        throw new Error(
          `The progress log ${log.name} was written by others ${conflicts} times in a row, until no time was left.`,
        );
      }
      await access.clock.sleep(wait);
      const known = log.n;
      if (!(await readNews(log, access))) {
        throw new Error(
          `The progress log ${log.name} has no entry ${known + 1} any more: this environment stood still until it expired.`,
        );
      }
      withoutNews = log.n > known ? 0 : withoutNews + 1;
      if (withoutNews === roundsAtLeast) {
        throw new Error(
          `Entry ${entry.n} of the progress log ${log.name} is taken, and was not found.`,
        );
      }
    }
  } catch (error) {
    if (slice && !slice.writes && !isClaim(slice)) carry(log, withoutParked(slice));
    return { saved: false, conflicts, error };
  }
}

function numbered(draft: EntryDraft, log: ShardLog, { clock, random, writer }: LogAccess): Entry {
  const first = log.n === 0 ? { parents: log.parents } : {};
  return {
    ...draft,
    ...first,
    // Each entry says it, since a cold start may read no other; and what was carried for a while may have been overtaken.
    through: outer(draft.through, log.through, 1),
    n: log.n + 1,
    at: clock.now(),
    writer,
    token: randomHex(random, 16),
    v: entryVersion,
  };
}

/**
 * While the outcome of an append is unknown, the same entry is sent again and nothing else: if it
 * got through after all, its token says so.
 */
async function send(
  log: ShardLog,
  entry: Entry,
  writes: readonly TransactionWrite[] | undefined,
  access: LogAccess,
): Promise<Appended> {
  const { store, clock, random, remainingMs } = access;
  for (let attempt = 0; ; attempt++) {
    try {
      const appended = await put(log, entry, access, writes);
      const isOurs = "holder" in appended && appended.holder === entry.token;
      return isOurs ? { ok: true } : appended;
    } catch (error) {
      const wait = Math.min(25 * 2 ** attempt, 1000) * (0.5 + random());
      if (!(await store.isTransient(error)) || wait >= remainingMs()) throw error;
      await clock.sleep(wait);
    }
  }
}

const put = (
  { name }: ShardLog,
  entry: Entry,
  { keepInSeconds, store }: LogAccess,
  writes?: readonly TransactionWrite[],
) => store.append(name, entry, Math.ceil(entry.at / 1000) + keepInSeconds, writes);

/** Restates the small entries since the last fold. A fold that does not get through is tried again with the next entry. */
async function foldWhenDue(log: ShardLog, access: LogAccess): Promise<void> {
  const fold = log.fold();
  if (!fold) return;
  try {
    const entry = numbered(fold, log, access);
    const appended = await put(log, entry, access);
    if (appended.ok) log.merge(entry);
  } catch {
    // Nothing depends on it: it only makes a cold start shorter.
  }
}

const claims = new Set(["began", "lease", "took"]);
const isClaim = (slice: Slice | undefined) => slice !== undefined && claims.has(slice.kind);

/** What was parked has to be delivered, and parked, again until the log says so. */
function withoutParked(slice: Slice): Slice {
  const { names = nothing, arrivals = nothing, closed, parked = [] } = slice;
  const seconds = unpackArrivals(arrivals);
  const others = seconds.length - parked.length;
  const positions = new Set(parked.map(formatPosition));
  return {
    ...slice,
    names: names.subarray(0, 16 * others),
    arrivals: packArrivals(seconds.slice(0, others)),
    closed: closed?.filter((position) => !positions.has(formatPosition(position))),
    parked: [],
    parkedKeys: undefined,
  };
}

/** Gives a log what another object for it could not save. */
export function carryOver(log: ShardLog, from: ShardLog): void {
  const before = from.unsaved && log.stillOpen(from.unsaved, from.carried!.n);
  from.carried = undefined;
  if (before) carry(log, before);
}

/** The effects happened: this environment knows, and its next entry will say so. */
function carry(log: ShardLog, slice: EntryDraft): void {
  log.mergeUnsaved(slice);
  const carried = log.unsaved;
  const fits = sizeOf(slice) + sizeOf(carried) <= carriedAtMost;
  log.carried = { ...withCarried(slice, fits ? carried : undefined)!, n: log.n };
}

/** Together with the slice that it goes with, it must fit into an item. What is too much is only in memory. */
const carriedAtMost = 128 * 1024;

function sizeOf(draft: Partial<EntryDraft> = {}): number {
  const { names = nothing, open = [], closed = [], ends = [] } = draft;
  const keys = open.reduce((sum, { key }) => sum + 4 * key.length, 0);
  return names.byteLength + 100 * (open.length + closed.length) + keys + 10 * ends.length;
}

function withCarried(slice: Slice | undefined, carried: EntryDraft | undefined): Slice | undefined {
  if (!carried || !slice) return slice ?? carried;
  return {
    ...slice,
    first: outer(slice.first, carried.first, -1),
    last: outer(slice.last, carried.last, 1),
    names: Buffer.concat([carried.names ?? nothing, slice.names ?? nothing]),
    arrivals: packArrivals([
      ...unpackArrivals(carried.arrivals ?? nothing),
      ...unpackArrivals(slice.arrivals ?? nothing),
    ]),
    open: [...(carried.open ?? []), ...(slice.open ?? [])],
    closed: [...(carried.closed ?? []), ...(slice.closed ?? [])],
    ends: [...(carried.ends ?? []), ...(slice.ends ?? [])],
  };
}

/** Of two positions the lower one (-1) or the higher one (1); of one, that. */
function outer(one: Position | undefined, other: Position | undefined, way: -1 | 1) {
  return !other || (one && way * comparePositions(one, other) > 0) ? one : other;
}

const nothing = new Uint8Array(0);
