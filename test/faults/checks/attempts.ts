/** How often a record is said to have failed, and how often it may have. */
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import type { Scenario } from "../scenario.ts";
import type { Known } from "./known.ts";

export function createAttempts(
  book: Book,
  scenario: Scenario,
  known: Known,
  invocations: readonly Invocation[],
) {
  /**
   * Lanes that were cut otherwise claimed what lies between their own records, too; and so did those of today, where Lambda has taken an
   * aggregate apart whose records are of several lanes: all of these stand at one place.
   */
  const lanesMeet =
    (known.fanOut && scenario.consumer.parallelizationFactor > 1) ||
    scenario.steps.some(
      (step) =>
        ("settings" in step && step.settings.parallelizationFactor !== undefined) ||
        (step.type === "deploy" && step.consumer.parallelizationFactor !== undefined),
    );
  const claimants = (record: PutRecord): readonly Invocation[] => {
    if (!lanesMeet) return record.deliveries;
    return invocations.filter(
      ({ isRedrive, records, shardId }) =>
        !isRedrive &&
        shardId === record.shardId &&
        records[0]! <= record.n &&
        record.n <= records.at(-1)!,
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
        // One that stands still beyond its end has a record in flight that counts as hung.
        other.wasFrozen ||
        (other !== invocation &&
          (other.end !== "answered" || overlaps(other) || other.appendFailed || other.claimFailed)),
    );
    return record.failures + unclear.length;
  }

  return {
    /** Since when an attempt of it may have been counted. */
    firstClaimed: (record: PutRecord): number =>
      lanesMeet
        ? Math.min(record.firstDelivered!, ...claimants(record).map(({ began }) => began))
        : record.firstDelivered!,

    checkAttempts(record: PutRecord, failures: number, invocation: Invocation): void {
      const hasNoPlace = (n: number) => known.hasNoPlace(book.records.get(n)!);
      if (invocation.records.some(hasNoPlace)) return;
      const most = mostFailures(record, invocation);
      if (failures <= most) return;
      book.violate(
        "attempts",
        `${book.name(record)} is said to have failed ${failures} times; it was ${most} at most`,
      );
    },
  };
}
