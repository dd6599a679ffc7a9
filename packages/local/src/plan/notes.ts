/** What somebody should know before they follow a plan. */
import type { Plan } from "./planned.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const concurrencyOfAccount = 1000;
/** From which part of their write throughput on shards refuse puts now and then: load is never even. */
const nearlyFull = 0.8;

export function notesOn({
  concurrency,
  concurrencyAtMost,
  cost,
  need,
  shards,
  wishes,
}: Omit<Plan, "notes">): string[] {
  const notes: string[] = [];
  const room = 1 - wishes.headroomPercent / 100;
  const used = (Math.max(need.by.bytesIn, need.by.recordsIn) * room) / shards;
  if (used > nearlyFull) {
    notes.push(
      `At the peak the shards take ${Math.round(100 * used)} % of what they can, and would refuse puts in uneven moments: --headroom leaves room.`,
    );
  }
  if (concurrencyAtMost > concurrencyOfAccount) {
    notes.push(
      `Up to ${concurrencyAtMost.toLocaleString("en")} invocations at once are more than the 1,000 that an account has at first: ask for a higher quota.`,
    );
  }
  if (cost.dynamodb.reads > cost.dynamodb.writes) {
    notes.push(
      `Most of the progress that is read is what about ${Math.round(concurrency).toLocaleString("en")} environments append to each other's logs, if Lambda places batches at random: fewer environments, each with more concurrency, read less.`,
    );
  }
  return notes;
}
