/**
 * An effect may come again only for a reason that the promise names: nobody could know of the first one,
 * because whoever had it was killed, stood still, could not write, or was still at it.
 */
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import type { Scenario } from "../scenario.ts";
import { idText, isKnownUnder } from "../setup.ts";
import { isUnread, type Known } from "./known.ts";

export type Once = ReturnType<typeof createOnce>;

export function createOnce(book: Book, scenario: Scenario, known: Known, now: () => number) {
  const { clocks } = scenario.host;
  const spread = clocks[1] - clocks[0];
  const { resetOf, evidence, equals } = known;

  /** What an invocation has read names the record. */
  function checkEvidence(record: PutRecord, invocation: Invocation): void {
    const { environmentId, setup } = invocation;
    if (!invocation.read || known.mayBeRest(record, invocation)) return;
    // Its position is asked for once, before its id is read.
    const byPosition = known.standsFirst(record, invocation) ? 0 : invocation.read.entries;
    const newest = known.knownTo(invocation);
    const found = evidence(record, setup, record.shardId, newest, byPosition);
    if (found) {
      const rule = found.names.size > 0 && record.effects.length === 0 ? "duplicates" : "once";
      const said = `entry ${found.n} of ${record.shardId}, which it had read, names it`;
      book.violate(rule, `${environmentId} ran ${book.name(record)}, but ${said}`);
      return;
    }
    if (!setup.uniqueIds || !record.uid || resetOf(record.shardId, setup)) return;
    for (const [shardId, newest] of known.inherited(record.shardId, setup)) {
      if ((resetOf(shardId, setup)?.n ?? 0) > newest) continue;
      const inherited = evidence(record, setup, shardId, newest, 0);
      if (!inherited) continue;
      const said = `entry ${inherited.n} of the parent ${shardId} names it`;
      book.violate("duplicates", `${environmentId} ran ${book.name(record)}, but ${said}`);
      return;
    }
  }

  /** Why the second could not know of an effect of the first; undefined: it should have. */
  function excuse(
    { uid }: PutRecord,
    first: Invocation,
    second: Invocation,
    { isFirst, isSame }: { readonly isFirst: boolean; readonly isSame: boolean },
  ): string | undefined {
    if (first === second) return undefined;
    if (first.setup.epoch !== second.setup.epoch) return "it is another memory";
    const isKnown = isSame
      ? isKnownUnder(uid, first.setup, second.setup)
      : idText(uid, first.setup) === idText(uid, second.setup);
    if (!isKnown) return "it was named otherwise";
    const isById = idText(uid, first.setup) !== undefined;
    if (!isById && isFirst) return "it may be the rest of an aggregate";
    if (isUnread(first) || isUnread(second)) return "the log could not be read";
    if (first.end === "killed") return "it was killed";
    if (first.wasFrozen || second.wasFrozen) return "one of them stood still";
    // An environment remembers what it could not write; but of a parent shard it reads what is written, and of two
    // invocations at once one has that memory.
    const isRemembered =
      first.environmentId === second.environmentId &&
      first.shardId === second.shardId &&
      scenario.host.concurrency === 1;
    if (first.appendFailed && !isRemembered) return "not written";
    const overlapped = first.ended === undefined || first.ended > (second.read?.at ?? 0);
    // A reset forgets who has the lease, too.
    const hasLease = first.setup.lease && second.setup.lease;
    const mayOverlap = !hasLease || resetOf(second.shardId, second.setup);
    return overlapped && mayOverlap ? "they overlapped" : undefined;
  }

  /** Whether what happened at a moment was to be forgotten since. After a reset a shard's parents are not asked any more. */
  const isForgotten = (at: number, record: PutRecord, other: PutRecord, { setup }: Invocation) =>
    (resetOf(other.shardId, setup)?.at ?? 0) > at ||
    (resetOf(record.shardId, setup) !== undefined && other.shardId !== record.shardId);

  function checkRepetition(record: PutRecord, invocation: Invocation): void {
    if (known.mayBeRest(record, invocation)) return;
    const isFirst = known.standsFirst(record, invocation);
    for (const other of equals(record, invocation.setup)) {
      for (const { invocation: first, at } of other.effects) {
        const why = excuse(other, first, invocation, { isFirst, isSame: other === record });
        if (why || isForgotten(at, record, other, invocation)) continue;
        const rule = other === record ? "once" : "duplicates";
        book.violate(
          rule,
          `${book.name(record)} had an effect in invocation ${invocation.id}; ${book.name(other)} had one in ${first.id}, which ended well (${first.end}) before, and nothing names it`,
        );
        return;
      }
    }
  }

  /** An id of the whole stream is done once: whatever its shard and key, and whatever the log says. */
  function checkStreamWide(record: PutRecord, invocation: Invocation): void {
    const { setup } = invocation;
    if (setup.work !== "onceStreamWide" || !setup.uniqueIds || !record.uid) return;
    for (const other of known.ofId(record.uid)) {
      for (const { invocation: first } of other.effects) {
        if (excuseOfId(other, first, invocation, other === record)) continue;
        book.violate(
          "duplicates",
          `${book.name(record)} had an effect in invocation ${invocation.id}; ${book.name(other)} had one in ${first.id}, and the id is the whole stream's`,
        );
        return;
      }
    }
  }

  /** Why the id of an effect was not taken. */
  function excuseOfId(
    { uid }: PutRecord,
    first: Invocation,
    second: Invocation,
    isSame: boolean,
  ): string | undefined {
    if (first.setup.epoch !== second.setup.epoch) return "it is another memory";
    if (idText(uid, first.setup) !== idText(uid, second.setup)) return "it is another id";
    if (first.end === "killed") return "it was killed before it could say so";
    if (first.wasFrozen || second.wasFrozen) return "one of them stood still";
    if (first.idFailed) return "it could not say so";
    if (now() >= first.deadline - spread) return "its time was over";
    // A record may take the id over from itself: its earlier delivery has most likely died.
    const overlapped = first.ended === undefined || first.ended > second.began;
    return isSame && overlapped && first !== second ? "they overlapped" : undefined;
  }

  return { checkEvidence, checkRepetition, checkStreamWide, excuse, isForgotten };
}
