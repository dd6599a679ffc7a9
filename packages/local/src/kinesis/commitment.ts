/** The account's minimum throughput commitment as it is at a moment: one that was to end may have ended. */
import type { BillingCommitment } from "./types.ts";

export function commitmentAt(commitment: BillingCommitment, now: number): BillingCommitment {
  const { status, startedAt, earliestAllowedEndAt = now } = commitment;
  if (status !== "ENABLED_UNTIL_EARLIEST_ALLOWED_END" || earliestAllowedEndAt > now) {
    return commitment;
  }
  return {
    status: "DISABLED",
    ...(startedAt !== undefined && { startedAt }),
    endedAt: earliestAllowedEndAt,
  };
}
