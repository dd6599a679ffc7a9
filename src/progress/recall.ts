/**
 * The read before the effects: brings what an environment knows of a log up to date, or loads it anew.
 */

import { comparePositions, type Position } from "../record/position.ts";
import { type Entry, entryVersion, type FoldMark } from "./entry.ts";
import { clockSkewInSeconds, type LogAccess } from "./log-access.ts";
import { LogMismatchError } from "./log-mismatch.ts";
import { parentLogs } from "./parent-logs.ts";
import type { KnownKeys } from "./parked-keys.ts";
import { ShardLog } from "./shard-log.ts";

/** Where a log belongs. */
export interface LogSource {
  readonly consumer: string;
  readonly streamArn: string;
  readonly shardId: string;
  /** The second in which the shard was created. 0: not known. */
  readonly createdAt: number;
  /** Whether Lambda takes aggregates apart, so that the ends of entries matter. */
  readonly isFanOut: boolean;
  /** Whether a duplicate may have come through a parent shard: where records have unique ids. */
  readonly hasIds: boolean;
  /** The first record that was delivered, where there is one. */
  readonly first?: Position;
}

/**
 * The log, holding every name that could speak of a record that arrived at or after `fromSecond`.
 * One read when nothing is new.
 */
export async function recall(
  known: ShardLog,
  source: LogSource,
  fromSecond: number,
  access: LogAccess,
): Promise<ShardLog> {
  const coverFrom = Math.max(
    known.floor,
    Math.min(known.windowFrom, fromSecond),
    fromSecond - access.windowInSeconds,
  );
  const isNew = known.coveredFrom <= coverFrom && (await readNews(known, access, true));
  // What the log is past comes again with a mapping that was made anew, which adds to the parents' logs first.
  const { first } = source;
  const isPast = first && known.through && comparePositions(first, known.through) <= 0;
  if (isNew && (!isPast || (await readAncestors(known, access)))) return known;
  const log = await load(known.name, source, coverFrom, access, known.parkedKeys);
  log.floor = Math.max(log.floor, known.floor);
  log.windowFrom = known.windowFrom;
  log.carried = known.carried;
  if (log.unsaved) log.mergeUnsaved(log.unsaved);
  if (source.hasIds) await followParents(log, source, coverFrom, access);
  return log;
}

/** Merges what is newer. False: it has a gap where entries have expired, or is longer than the one page that may be read. */
export async function readNews(
  log: ShardLog,
  { store, writer }: LogAccess,
  isOnePage = false,
): Promise<boolean> {
  for (;;) {
    const { entries, more } = await store.readAfter(log.name, log.n);
    if (entries[0] && entries[0].n !== log.n + 1) return false;
    for (const entry of entries) log.merge(checkEntry(entry, log.name, writer));
    if (!more || isOnePage) return !more;
  }
}

/** Merges what is newer in the logs of the parents. False: one of them must be loaded anew. */
async function readAncestors({ ancestors }: ShardLog, access: LogAccess): Promise<boolean> {
  for (const parent of ancestors) {
    if (!(await readNews(parent, access)) || !(await readAncestors(parent, access))) return false;
  }
  return true;
}

/**
 * Reads the log backwards as far as needed. An entry appended before a moment names only
 * records that arrived before it, so the walk ends at the first entry that is older than
 * anything looked for. At a fold it leaps over what the fold restates.
 */
async function load(
  name: string,
  { isFanOut }: LogSource,
  coverFrom: number,
  access: LogAccess,
  parkedKeys?: KnownKeys | undefined,
): Promise<ShardLog> {
  const { store, writer, maxBytes } = access;
  const log = new ShardLog(name, isFanOut, parkedKeys);
  const stopAt = (coverFrom - clockSkewInSeconds) * 1000;
  /** True: nothing older is needed. */
  const take = (entry: Entry): boolean => {
    if (log.n > 0 && entry.at < stopAt) return true;
    log.merge(checkEntry(entry, name, writer));
    if (log.bytes > maxBytes) log.floor = Math.ceil(entry.at / 1000);
    return entry.kind === "reset" || log.floor > 0;
  };
  const covered = () => {
    log.coveredFrom = Math.max(coverFrom, log.floor);
    return log;
  };

  for (let before = Number.POSITIVE_INFINITY; ; ) {
    const { entries, more } = await store.readBefore(name, before);
    let fold: Entry | undefined;
    for (const entry of entries) {
      if (take(entry)) return covered();
      before = entry.n;
      if (entry.kind === "fold") {
        fold = entry;
        break;
      }
    }
    if (fold) {
      const marks: FoldMark[] = [];
      for (const mark of [...(fold.folds ?? [])].reverse()) {
        marks.push(mark);
        if (mark.at < stopAt) break;
      }
      const older = await store.readSome(
        name,
        marks.map(({ n }) => n),
      );
      for (const entry of [...older].sort((a, b) => b.n - a.n)) if (take(entry)) return covered();
      before = marks[marks.length - 1]?.since ?? fold.since!;
      if (before <= 1) return covered();
    } else if (!more) {
      log.coveredFrom = 0;
      return log;
    }
  }
}

/**
 * A child shard begins where its parents ended: as long as the window reaches back before the
 * child's creation, a duplicate's first may stand in a parent's log.
 */
async function followParents(
  log: ShardLog,
  source: LogSource,
  coverFrom: number,
  access: LogAccess,
): Promise<void> {
  const { createdAt } = source;
  const ownFrom = createdAt + clockSkewInSeconds;
  if (createdAt > 0 && coverFrom > ownFrom) {
    log.coveredFrom = Math.max(log.coveredFrom, ownFrom);
    return;
  }
  log.parents ??= await parentLogs(log.name, source, access);
  log.ancestors = await Promise.all(
    log.parents.map(async (name) => {
      const [, , created, shardId] = name.split("#");
      const parent = { ...source, shardId: shardId!, createdAt: Number(created) };
      const parentLog = await load(name, parent, coverFrom, access);
      await followParents(parentLog, parent, coverFrom, access);
      return parentLog;
    }),
  );
  for (const parent of log.ancestors) {
    log.floor = Math.max(log.floor, parent.floor);
    log.coveredFrom = Math.max(log.coveredFrom, parent.coveredFrom);
  }
}

function checkEntry(entry: Entry, log: string, writer: string): Entry {
  if (entry.v !== entryVersion) {
    throw new LogMismatchError(
      `Entry ${entry.n} of the progress log ${log} has version ${entry.v}; this shardmill reads version ${entryVersion}. Update it: nothing is lost until then.`,
    );
  }
  // A reset may come from anyone's command line.
  if (entry.writer !== writer && entry.kind !== "reset") {
    throw new LogMismatchError(
      `The progress log ${log} belongs to the function ${entry.writer}, and this is ${writer}: give each its own \`consumer\`.`,
    );
  }
  return entry;
}
