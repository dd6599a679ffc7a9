/** Parked records that come back: those that are parked, and once. */
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import { expectedName } from "../log-view.ts";
import { type Known, secondOf } from "./known.ts";
import type { Once } from "./once.ts";

export function createRedrive(book: Book, known: Known, { excuse, isForgotten }: Once) {
  /**
   * Nobody can tell any more whether it was done: what said so has expired, and the log did not call it parked, did so by
   * another name than that of the effect, was reset since, or is another epoch's.
   */
  const isUndecided = (
    { parkedAs, parkedIn, wasConfirmed }: PutRecord,
    other: PutRecord,
    { setup }: Invocation,
  ) =>
    known.isLong &&
    (!wasConfirmed ||
      known.hasReset ||
      !parkedIn.has(setup.epoch) ||
      [...parkedAs].some((name) => name !== expectedName(other, setup, known.fanOut)));

  /** Of two that had it at once one had it parked: the log says that the other has done it, for as long as its entries are kept. */
  const wasParkedMeanwhile = ({ parkedBy }: PutRecord, first: Invocation) =>
    known.isLong &&
    parkedBy.some(
      (by) =>
        by !== first &&
        (first.ended === undefined || (by.read?.at ?? by.began) < first.ended) &&
        (by.ended === undefined || first.began < by.ended),
    );

  function checkRepetition(record: PutRecord, invocation: Invocation): void {
    // Each memory has parked it for itself.
    if (record.parkedIn.size > 1) return;
    const earlier = known
      .equals(record, invocation.setup)
      .filter((other) => other === record || secondOf(other) < secondOf(record));
    for (const other of earlier) {
      for (const { invocation: first, at } of other.effects) {
        const why = excuse(other, first, invocation, { isFirst: false, isSame: other === record });
        if (why || isForgotten(at, record, other, invocation)) continue;
        if (isUndecided(record, other, first)) continue;
        if (wasParkedMeanwhile(other, first) || known.hasNoPlace(other)) continue;
        if (known.mayBeRest(other, first)) continue;
        // Who parked it, perhaps unread, could not tell it from the rest of an aggregate.
        if (record.parkedBy.some((by) => known.standsFirst(record, by))) continue;
        book.violate(
          other === record ? "once" : "duplicates",
          `a redrive has had the effect of ${book.name(record)} in invocation ${invocation.id}; ${book.name(other)} had one in ${first.id}, which ended well (${first.end}) before`,
        );
        return;
      }
    }
  }

  return {
    begins(record: PutRecord, { id }: Invocation): void {
      if (record.wasParked) return;
      book.violate(
        "parking",
        `a redrive runs ${book.name(record)} (${id}), which nobody has parked`,
      );
    },
    effect: checkRepetition,
  };
}
