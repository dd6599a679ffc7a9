/**
 * The invariants, checked as things happen. An effect may come again only for a reason that the
 * promise names: nobody could know of the first one, because whoever had it was killed, stood
 * still, could not write, or was still at it.
 */
import type { Book, PutRecord } from "./book.ts";
import type { Invocation } from "./invocation.ts";
import {
  comparePositions,
  expectedName,
  type LogView,
  positionOf,
  type SeenEntry,
} from "./log-view.ts";
import type { Scenario } from "./scenario.ts";

export interface Checker {
  /** A run of a record begins, and is told that it is its attempt `attempt`. */
  begins(record: PutRecord, invocation: Invocation, attempt: number): void;
  /** The effect of a record happens. */
  effect(record: PutRecord, invocation: Invocation): void;
  /** Somebody has a record parked. */
  parks(record: PutRecord, attempts: number, invocation: Invocation): void;
  /** A parked record is confirmed. */
  confirms(record: PutRecord, position: string): void;
  /** Everything before entry `n` of a shard's log is forgotten on purpose. */
  resets(shardId: string, n: number): void;
  /** Whether the log has named the record since it was reset; true where it never was. */
  isNamedSinceReset(record: PutRecord): boolean;
  /** A shard is invoked with for the first time: what its ancestors' logs hold is known from now on. */
  sees(shardId: string): void;
}

export interface CheckerOptions {
  readonly book: Book;
  readonly scenario: Scenario;
  readonly invocations: readonly Invocation[];
  readonly logs: LogView;
  readonly now: () => number;
  /** The parents of a shard. */
  readonly parentsOf: (shardId: string) => readonly string[];
}

export function createChecker({
  book,
  scenario,
  invocations,
  logs,
  now,
  parentsOf,
}: CheckerOptions): Checker {
  const { consumer, fanOut, host } = scenario;
  const { uniqueIds, dedupeWindowInSeconds: window, lease, order, park } = consumer;
  const hasMemory = consumer.progress !== "none";
  /** Of each lane, the latest record that had an effect. */
  const latest = new Map<string, PutRecord>();
  /** Of each shard when it was first seen: its ancestors, and the newest entries of their logs. */
  const ancestors = new Map<string, ReadonlyMap<string, number>>();
  /** Of each shard, the latest entry that says that everything before is forgotten, and when it came. */
  const resets = new Map<string, { readonly n: number; readonly at: number }>();
  const byUid = Map.groupBy(
    scenario.steps.flatMap((step) => (step.type === "put" ? step.records : [])),
    ({ uid }) => uid ?? "",
  );

  const secondOf = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);

  function lineage(shardId: string): string[] {
    return [shardId, ...parentsOf(shardId).flatMap(lineage)];
  }

  /** The record itself, and those of which it is a duplicate for the log of its shard. */
  function equals(record: PutRecord): PutRecord[] {
    if (!uniqueIds || !record.uid) return [record];
    const shards = new Set(lineage(record.shardId));
    return byUid
      .get(record.uid)!
      .map(({ n }) => book.records.get(n))
      .filter((other) => other !== undefined)
      .filter(
        (other) =>
          shards.has(other.shardId) && Math.abs(secondOf(other) - secondOf(record)) <= window,
      );
  }

  /** The entry among the first `newest` that says that the record is done. */
  function evidence(record: PutRecord, shardId: string, newest: number): SeenEntry | undefined {
    const name = expectedName(record, { uniqueIds, fanOut });
    const second = secondOf(record);
    const position = positionOf(record);
    // A read that was under way may have seen the reset, or not: nothing before it has to be known.
    const reset = resets.get(shardId)?.n ?? 0;
    return logs.entries(shardId).find((entry) => {
      if (entry.n > newest || entry.n < reset) return false;
      const seconds = entry.names.get(name);
      const isNear = seconds?.some((named) => Math.abs(named - second) <= window);
      const isSame =
        seconds?.includes(second) &&
        comparePositions(entry.first!, position) <= 0 &&
        comparePositions(position, entry.last!) <= 0;
      return isNear || isSame;
    });
  }

  /** Where Lambda takes aggregates apart, a repeat may look like the rest of one. */
  const mayBeRest = (record: PutRecord, { firstSequenceNumber }: Invocation) =>
    fanOut && !(uniqueIds && record.uid) && record.sequenceNumber === firstSequenceNumber;

  const isUnread = ({ readFailed }: Invocation) =>
    readFailed && consumer.onProgressUnavailable === "continue";

  /** How much of its shard's log an invocation knows. What it hears in this millisecond may come too late. */
  function knownTo({ read, news }: Invocation): number {
    const heard = news.filter(({ heardAt }) => heardAt < now());
    return Math.max(read?.entries ?? 0, ...heard.map(({ entries }) => entries));
  }

  function checkEvidence(record: PutRecord, invocation: Invocation): void {
    if (!invocation.read || mayBeRest(record, invocation)) return;
    const own = knownTo(invocation);
    const found = evidence(record, record.shardId, own);
    if (found) {
      const rule = found.names.size > 0 && record.effects.length === 0 ? "duplicates" : "once";
      const said = `entry ${found.n} of ${record.shardId}, which it had read, names it`;
      book.violate(rule, `${invocation.environmentId} ran ${book.name(record)}, but ${said}`);
      return;
    }
    if (!uniqueIds || !record.uid || resets.has(record.shardId)) return;
    for (const [shardId, newest] of ancestors.get(record.shardId) ?? []) {
      if ((resets.get(shardId)?.n ?? 0) > newest) continue;
      const inherited = evidence(record, shardId, newest);
      if (!inherited) continue;
      const said = `entry ${inherited.n} of the parent ${shardId} names it`;
      book.violate(
        "duplicates",
        `${invocation.environmentId} ran ${book.name(record)}, but ${said}`,
      );
      return;
    }
  }

  /** What was parked by somebody who could say so is not run again. */
  function checkParked(record: PutRecord, invocation: Invocation): void {
    if (hasNoPlace(record) || mayBeRest(record, invocation) || resets.has(record.shardId)) return;
    const by = record.parkedBy.find(
      ({ appendFailed, end, ended, wasFrozen }) =>
        end === "answered" && !appendFailed && !wasFrozen && ended! < (invocation.read?.at ?? 0),
    );
    if (!by) return;
    const said = `invocation ${by.id} had parked it and ended well`;
    book.violate("parking", `${invocation.environmentId} ran ${book.name(record)}, but ${said}`);
  }

  /** What follows a parked record of its key follows it, where that was asked for. */
  function checkParkedKey(record: PutRecord, invocation: Invocation): void {
    if (park?.afterPark !== "parkKey" || hasNoPlace(record)) return;
    const own = knownTo(invocation);
    const reset = resets.get(record.shardId)?.n ?? 0;
    const parked = new Set(
      logs.entries(record.shardId).flatMap((entry) => {
        return entry.n <= own && entry.n > reset ? entry.parked : [];
      }),
    );
    const before = [...book.records.values()].find(
      ({ key, shardId, n, ...other }) =>
        key === record.key &&
        shardId === record.shardId &&
        n < record.n &&
        parked.has(positionOf(other)),
    );
    if (!before || hasNoPlace(before)) return;
    const said = `${book.name(before)} of its key was parked before`;
    book.violate("parking", `${book.name(record)} was run, and ${said}`);
  }

  /** Why the second could not know of the first; undefined: it should have. */
  function excuse(first: Invocation, second: Invocation): string | undefined {
    if (first === second) return undefined;
    if (isUnread(first) || isUnread(second)) return "the log could not be read";
    if (first.end === "killed") return "it was killed";
    if (first.wasFrozen || second.wasFrozen) return "one of them stood still";
    // An environment remembers what it could not write; but of a parent shard it reads what is written.
    const isRemembered =
      first.environmentId === second.environmentId && first.shardId === second.shardId;
    if (first.appendFailed && !isRemembered) return "not written";
    const overlapped = first.ended === undefined || first.ended > (second.read?.at ?? 0);
    // A reset forgets who has the lease, too.
    const mayOverlap = !lease || resets.has(second.shardId);
    return overlapped && mayOverlap ? "they overlapped" : undefined;
  }

  function checkRepetition(record: PutRecord, invocation: Invocation): void {
    if (mayBeRest(record, invocation)) return;
    for (const other of equals(record)) {
      for (const { invocation: first, at } of other.effects) {
        if (excuse(first, invocation) || isForgotten(at, record, other)) continue;
        const rule = other === record ? "once" : "duplicates";
        book.violate(
          rule,
          `${book.name(record)} had an effect in invocation ${invocation.id}; ${book.name(other)} had one in ${first.id}, which ended well (${first.end}) before, and nothing names it`,
        );
        return;
      }
    }
  }

  /** Whether what happened at a moment was to be forgotten since. After a reset a shard's parents are not asked any more. */
  const isForgotten = (at: number, record: PutRecord, other: PutRecord) =>
    (resets.get(other.shardId)?.at ?? 0) > at ||
    (resets.has(record.shardId) && other.shardId !== record.shardId);

  /** An id of the whole stream is done once: whatever its shard and key, and whatever the log says. */
  function checkStreamWide(record: PutRecord, invocation: Invocation): void {
    if (consumer.work !== "onceStreamWide" || !uniqueIds || !record.uid) return;
    for (const { n } of byUid.get(record.uid)!) {
      const other = book.records.get(n);
      for (const { invocation: first } of other?.effects ?? []) {
        if (excuseOfId(first, invocation, other === record)) continue;
        book.violate(
          "duplicates",
          `${book.name(record)} had an effect in invocation ${invocation.id}; ${book.name(other!)} had one in ${first.id}, and the id is the whole stream's`,
        );
        return;
      }
    }
  }

  /** Why the id of an effect was not taken. */
  function excuseOfId(first: Invocation, second: Invocation, isSame: boolean): string | undefined {
    if (first.end === "killed") return "it was killed before it could say so";
    if (first.wasFrozen || second.wasFrozen) return "one of them stood still";
    if (first.idFailed) return "it could not say so";
    if (now() >= first.deadline - 2 * host.skewMs) return "its time was over";
    // A record may take the id over from itself: its earlier delivery has most likely died.
    const overlapped = first.ended === undefined || first.ended > second.began;
    return isSame && overlapped && first !== second ? "they overlapped" : undefined;
  }

  const isOutOfOrderAllowed = (record: PutRecord) =>
    record.wasParked ||
    record.wasDiscarded ||
    record.wasIgnored ||
    // One that was skipped as a duplicate may turn out to be the only one left.
    (uniqueIds && record.uid !== undefined && byUid.get(record.uid)!.length > 1);

  function checkOrder(record: PutRecord): void {
    if (order === "none") return;
    const lane = order === "shard" ? record.shardId : record.key;
    const before = latest.get(lane);
    if (!before || record.n > before.n) latest.set(lane, record);
    else if (!isOutOfOrderAllowed(record)) {
      book.violate("order", `${book.name(record)} had its first effect after ${book.name(before)}`);
    }
  }

  /** Lambda has taken its aggregate apart: where the batch is cut, another record stands in its place. */
  const hasNoPlace = ({ isPacked }: PutRecord) => fanOut && isPacked;

  /** Lanes that were cut otherwise claimed what lies between their own records, too. */
  const lanesChange =
    consumer.parallelizationFactor > 1 &&
    scenario.steps.some(
      (step) => "settings" in step && step.settings.parallelizationFactor !== undefined,
    );
  const claimants = (record: PutRecord): readonly Invocation[] => {
    if (!lanesChange) return record.deliveries;
    return invocations.filter(
      ({ records, shardId }) =>
        shardId === record.shardId && records[0]! <= record.n && record.n <= records.at(-1)!,
    );
  };

  /** How often the record may have failed for all that anybody knows. */
  function mostFailures(record: PutRecord, invocation: Invocation): number {
    const claimed = claimants(record);
    const overlaps = (one: Invocation) =>
      claimed.some(
        (other) =>
          other !== one &&
          (other.ended === undefined || other.ended > (one.read?.at ?? one.began)) &&
          (one.ended === undefined || one.ended > (other.read?.at ?? other.began)),
      );
    const unclear = claimed.filter(
      (other) =>
        other !== invocation &&
        (other.end !== "answered" ||
          overlaps(other) ||
          other.wasFrozen ||
          other.appendFailed ||
          other.claimFailed),
    );
    return record.failures + unclear.length;
  }

  function checkAttempts(record: PutRecord, failures: number, invocation: Invocation): void {
    if (invocation.records.some((n) => hasNoPlace(book.records.get(n)!))) return;
    const most = mostFailures(record, invocation);
    if (failures <= most) return;
    book.violate(
      "attempts",
      `${book.name(record)} is said to have failed ${failures} times; it was ${most} at most`,
    );
  }

  return {
    begins(record, invocation, attempt) {
      checkAttempts(record, attempt - 1, invocation);
      if (!hasMemory || isUnread(invocation)) return;
      checkEvidence(record, invocation);
      checkParked(record, invocation);
      checkParkedKey(record, invocation);
    },
    effect(record, invocation) {
      if (invocation.ended !== undefined && !invocation.wasFrozen) {
        const said = `invocation ${invocation.id} was over (${invocation.end})`;
        book.violate("pending", `${book.name(record)} had its effect when ${said}`);
      }
      if (invocation.isStranger && !isUnread(invocation)) {
        book.violate("whose log", `another function ran ${book.name(record)}`);
      }
      if (hasMemory && !isUnread(invocation)) checkRepetition(record, invocation);
      checkStreamWide(record, invocation);
      if (record.effects.length === 0 && !isUnread(invocation)) checkOrder(record);
      record.effects.push({ invocation, at: book.tick() });
    },
    parks(record, attempts, invocation) {
      const { behaviour } = record;
      const keyIsParked = [...book.records.values()].some(
        (other) => other.key === record.key && other.wasParked,
      );
      record.wasParked = true;
      if (
        hasNoPlace(record) ||
        behaviour === "final" ||
        (park!.afterPark === "parkKey" && keyIsParked)
      )
        return;
      checkAttempts(record, attempts, invocation);
      if (attempts < park!.maxAttempts) {
        book.violate("parking", `${book.name(record)} was parked after ${attempts} attempts`);
      }
      const isOldEnough =
        now() - record.firstDelivered! >= park!.parkAfterInSeconds * 1000 - 2 * host.skewMs;
      if (!isOldEnough) {
        book.violate("parking", `${book.name(record)} was parked before its time`);
      }
    },
    confirms(record, position) {
      if (logs.entries(record.shardId).some(({ parked }) => parked.includes(position))) return;
      book.violate("parking", `${book.name(record)} was confirmed, and no entry calls it parked`);
    },
    resets(shardId, n) {
      resets.set(shardId, { n, at: book.tick() });
    },
    isNamedSinceReset(record) {
      const reset = resets.get(record.shardId);
      if (!reset || record.effects.some(({ at }) => at > reset.at)) return true;
      return evidence(record, record.shardId, logs.newest(record.shardId)) !== undefined;
    },
    sees(shardId) {
      if (ancestors.has(shardId)) return;
      const known = lineage(shardId).slice(1);
      ancestors.set(shardId, new Map(known.map((parent) => [parent, logs.newest(parent)])));
    },
  };
}
