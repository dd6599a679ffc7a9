/** The invariants, checked as things happen. */
import type { PutRecord } from "./book.ts";
import { createAttempts } from "./checks/attempts.ts";
import { createKnown, isUnread, type KnownOptions } from "./checks/known.ts";
import { createOnce } from "./checks/once.ts";
import { createOrder } from "./checks/order.ts";
import { createParking } from "./checks/parking.ts";
import { createRedrive } from "./checks/redrive.ts";
import type { Invocation } from "./invocation.ts";
import { setupsOf } from "./setup.ts";
import { createRowChecks } from "./windows/checks.ts";

export type Checker = ReturnType<typeof createChecker>;

export interface CheckerOptions extends KnownOptions {
  readonly invocations: readonly Invocation[];
  /** When each epoch was deployed first. */
  readonly epochs: ReadonlyMap<number, number>;
}

export function createChecker({ invocations, epochs, ...options }: CheckerOptions) {
  const { book, logs, now, scenario } = options;
  const hasMemory = scenario.consumer.progress !== "none";
  const known = createKnown(options);
  const attempts = createAttempts(book, scenario, known, invocations);
  const once = createOnce(book, scenario, known, now);
  const { checkEvidence, checkRepetition, checkStreamWide } = once;
  const { checkOrder } = createOrder(book, known, epochs);
  const redrive = createRedrive(book, known, once);
  const parking = createParking({ book, scenario, known, logs, now, ...attempts });

  return {
    /** A run of a record begins, and is told that it is its attempt `attempt`. */
    begins(record: PutRecord, invocation: Invocation, attempt: number): void {
      attempts.checkAttempts(record, attempt - 1, invocation);
      if (invocation.isRedrive) redrive.begins(record, invocation);
      if (invocation.isRedrive || !hasMemory || isUnread(invocation)) return;
      checkEvidence(record, invocation);
      parking.checkParked(record, invocation);
      parking.checkParkedKey(record, invocation);
    },

    /** The effect of a record happens. */
    effect(record: PutRecord, invocation: Invocation): void {
      const { setup } = invocation;
      if (invocation.ended !== undefined && !invocation.wasFrozen) {
        const said = `invocation ${invocation.id} was over (${invocation.end})`;
        book.violate("pending", `${book.name(record)} had its effect when ${said}`);
      }
      // A log that was reset is whoever's writes first.
      const isOwned = known.knownTo(invocation) > (known.resetOf(record.shardId, setup)?.n ?? 0);
      if (invocation.isStranger && !isUnread(invocation) && isOwned) {
        book.violate("whose log", `another function ran ${book.name(record)}`);
      }
      if (invocation.isRedrive) redrive.effect(record, invocation);
      else if (hasMemory && !isUnread(invocation)) checkRepetition(record, invocation);
      checkStreamWide(record, invocation);
      const isFirst = record.effects.every(
        ({ invocation: { setup: own } }) => own.epoch !== setup.epoch,
      );
      const isInOrder = isFirst && !isUnread(invocation) && !invocation.isRedrive;
      if (isInOrder) checkOrder(record, invocation);
      record.effects.push({ invocation, at: book.tick() });
    },

    rows: createRowChecks(book),
    parks: parking.parks,
    confirms: parking.confirms,

    /** Whether the log has named the record since it was reset; true where it never was. */
    isNamedSinceReset(record: PutRecord): boolean {
      // Of the memory that is read now.
      const setup = invocations.at(-1)?.setup ?? scenario.consumer;
      const reset = known.resetOf(record.shardId, setup);
      if (!reset || record.effects.some(({ at }) => at > reset.at)) return true;
      const newest = logs.newest(record.shardId, setup.epoch);
      // By whatever name it had at that time.
      const setups = setupsOf(scenario).filter(({ epoch }) => epoch === setup.epoch);
      return setups.some((own) => known.evidence(record, own, record.shardId, newest));
    },

    /** A shard is invoked with, perhaps for the first time: what its ancestors' logs hold is known from now on. */
    sees: known.sees,
  };
}
