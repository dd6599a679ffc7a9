/** What a log says of a record, and which records are equal for it. */
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import {
  comparePositions,
  expectedName,
  type LogView,
  positionOf,
  type SeenEntry,
} from "../log-view.ts";
import type { ConsumerSetup, PlannedRecord, Scenario } from "../scenario.ts";
import { setupsOf } from "../setup.ts";

export interface KnownOptions {
  readonly book: Book;
  readonly scenario: Scenario;
  readonly logs: LogView;
  readonly now: () => number;
  /** The parents of a shard. */
  readonly parentsOf: (shardId: string) => readonly string[];
}

export type Known = ReturnType<typeof createKnown>;

/** An entry that says that everything before is forgotten, and the moment at which it came. */
interface Reset {
  readonly n: number;
  readonly at: number;
}

export const secondOf = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);

export function createKnown({ book, scenario, logs, now, parentsOf }: KnownOptions) {
  const { fanOut } = scenario;
  /** The latest of each log. */
  const resets = new Map<string, Reset>();
  /** Of each log when its shard was first seen: its ancestors, and the newest entries of their logs. */
  const ancestors = new Map<string, ReadonlyMap<string, number>>();
  const planned = Map.groupBy(
    scenario.steps.flatMap((step): readonly PlannedRecord[] =>
      step.type === "put" ? step.records : [],
    ),
    ({ uid }) => uid ?? "",
  );

  const nameOf = (shardId: string, { epoch }: ConsumerSetup) => `${epoch} ${shardId}`;
  const mayReset = scenario.steps.some(({ type }) => type === "reset");

  /** The latest reset of a log, which counts from the moment when it is noticed. */
  function resetOf(shardId: string, setup: ConsumerSetup): Reset | undefined {
    if (!mayReset) return undefined;
    const name = nameOf(shardId, setup);
    const n = logs.entries(shardId, setup.epoch).findLast(({ kind }) => kind === "reset")?.n;
    if (n !== undefined && resets.get(name)?.n !== n) resets.set(name, { n, at: book.tick() });
    return resets.get(name);
  }

  /** It may be of an aggregate that Lambda has taken apart and cut. */
  const standsFirst = (record: PutRecord, { firstSequenceNumber }: Invocation): boolean =>
    fanOut && record.sequenceNumber === firstSequenceNumber;

  /** The shard, its parents, and theirs. */
  function lineage(shardId: string): string[] {
    return [shardId, ...parentsOf(shardId).flatMap(lineage)];
  }

  /** Those of the same id, put already; itself included. */
  const ofId = (uid: string): PutRecord[] =>
    planned.get(uid)!.flatMap(({ n }) => book.records.get(n) ?? []);

  return {
    fanOut,
    /** The day is so long that entries expire. */
    isLong: scenario.steps.some(({ type }) => type === "pass"),
    hasReset: scenario.steps.some(({ type }) => type === "reset"),
    /** Records have unique ids at some time of the day. */
    hasIds: setupsOf(scenario).some(({ uniqueIds }) => uniqueIds),
    resetOf,
    lineage,
    ofId,
    /** How many records there are of an id, put or to be put. */
    countOf: (uid: string) => planned.get(uid)!.length,

    /** The record itself, and those of which it is a duplicate for the log of its shard. */
    equals(record: PutRecord, { uniqueIds, dedupeWindowInSeconds }: ConsumerSetup): PutRecord[] {
      if (!uniqueIds || !record.uid) return [record];
      const shards = new Set(lineage(record.shardId));
      return ofId(record.uid).filter(
        (other) =>
          shards.has(other.shardId) &&
          Math.abs(secondOf(other) - secondOf(record)) <= dedupeWindowInSeconds,
      );
    },

    /**
     * The entry among the first `newest` that says that the record is done: by its name under these options, or,
     * among the first `newestByPosition`, by its position.
     */
    evidence(
      record: PutRecord,
      setup: ConsumerSetup,
      shardId: string,
      newest: number,
      newestByPosition = newest,
    ): SeenEntry | undefined {
      const name = expectedName(record, setup, fanOut);
      const byPosition = expectedName(record, { ...setup, uniqueIds: false }, fanOut);
      const second = secondOf(record);
      const position = positionOf(record);
      // A read that was under way may have seen the reset, or not: nothing before it has to be known.
      const reset = resetOf(shardId, setup)?.n ?? 0;
      return logs.entries(shardId, setup.epoch).find((entry) => {
        if (entry.n > newest || entry.n < reset) return false;
        const isNear = entry.names
          .get(name)
          ?.some((named) => Math.abs(named - second) <= setup.dedupeWindowInSeconds);
        const own = entry.n > newestByPosition ? [name] : [name, byPosition];
        const isNamed = own.some((each) => entry.names.get(each)?.includes(second));
        const isSame =
          isNamed &&
          comparePositions(entry.first!, position) <= 0 &&
          comparePositions(position, entry.last!) <= 0;
        return isNear || isSame;
      });
    },

    /** How much of its shard's log an invocation knows. What it hears in this millisecond may come too late. */
    knownTo({ read, news }: Invocation): number {
      const heard = news.filter(({ heardAt }) => heardAt < now());
      return Math.max(read?.entries ?? 0, ...heard.map(({ entries }) => entries));
    },

    /** What the ancestors' logs held when the shard was first seen. */
    inherited: (shardId: string, setup: ConsumerSetup): ReadonlyMap<string, number> =>
      ancestors.get(nameOf(shardId, setup)) ?? new Map(),

    sees({ shardId, setup }: Invocation): void {
      const name = nameOf(shardId, setup);
      if (ancestors.has(name)) return;
      const known = lineage(shardId).slice(1);
      const newest = (parent: string) => logs.newest(parent, setup.epoch);
      ancestors.set(name, new Map(known.map((parent) => [parent, newest(parent)])));
    },

    /** Where Lambda takes aggregates apart, a repeat may look like the rest of one. */
    mayBeRest: (record: PutRecord, invocation: Invocation): boolean =>
      standsFirst(record, invocation) && !(invocation.setup.uniqueIds && record.uid),
    standsFirst,

    /** Lambda has taken its aggregate apart: where the batch is cut, another record stands in its place. */
    hasNoPlace: ({ isPacked }: PutRecord): boolean => fanOut && isPacked,
  };
}

/** It processes its batch although the log could not be read. */
export const isUnread = ({ readFailed, setup }: Invocation): boolean =>
  readFailed && setup.onProgressUnavailable === "continue";
