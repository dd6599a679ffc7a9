/** The account's minimum throughput commitment: once made, it holds for 24 hours. */

import type { Output } from "../../../../services/src/protocol/json.ts";
import { commitmentAt } from "../commitment.ts";
import type { BillingCommitment, Kinesis } from "../types.ts";

const least = 24 * 3_600_000;

export function enable(commitment: BillingCommitment, now: number): BillingCommitment {
  const {
    status,
    startedAt = now,
    earliestAllowedEndAt = now + least,
  } = commitmentAt(commitment, now);
  if (status === "DISABLED") {
    return { status: "ENABLED", startedAt: now, earliestAllowedEndAt: now + least };
  }
  return { status: "ENABLED", startedAt, earliestAllowedEndAt };
}

export function end(commitment: BillingCommitment, now: number): BillingCommitment {
  if (commitment.status === "DISABLED") return commitment;
  return commitmentAt({ ...commitment, status: "ENABLED_UNTIL_EARLIEST_ALLOWED_END" }, now);
}

export function commitmentOutput(kinesis: Kinesis): Output {
  const date = (time: number | undefined) => (time === undefined ? undefined : new Date(time));
  const commitment = commitmentAt(kinesis.billingCommitment, kinesis.clock.now());
  return {
    MinimumThroughputBillingCommitment: {
      Status: commitment.status,
      StartedAt: date(commitment.startedAt),
      EndedAt: date(commitment.endedAt),
      EarliestAllowedEndAt: date(commitment.earliestAllowedEndAt),
    },
  };
}
