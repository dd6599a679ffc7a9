/** One attempt at the first batch of a lane, and all that follows from it. */

import type { RecordOrigin } from "../record/lambda-event.ts";
import { randomUuid } from "../time/random.ts";
import type { Batch } from "./batch.ts";
import { type Decision, decide, expire, nextStep, type RetryRules } from "./decide.ts";
import { attempt, type DeliveryContext } from "./delivery.ts";
import { giveUp } from "./discard.ts";
import type { FailureCondition } from "./failure-document.ts";
import { applyDecision, type Lane } from "./lane.ts";
import type { Outcome } from "./outcome.ts";
import { type BatchSettings, destinationOf, reportsItemFailures } from "./settings.ts";
import type { MappingTiming } from "./timing.ts";
import type { WindowKeeper } from "./window-keeper.ts";

export interface TrialOptions {
  readonly context: DeliveryContext;
  /** How long the stream keeps its records, in milliseconds; 0 once it is gone. */
  readonly retention: () => number;
  readonly origin: RecordOrigin;
  readonly settings: Required<BatchSettings>;
  readonly timing: MappingTiming;
  readonly window: WindowKeeper;
}

/** No stream keeps its records for less. */
const shortestRetention = 24 * 3_600_000;

/** The returned function tries the lane's first batch once and puts what is left in its place. */
export function createTrial({
  context,
  retention,
  origin,
  settings,
  timing,
  window,
}: TrialOptions): (lane: Lane) => Promise<void> {
  const { clock, random } = context;
  const maximumAge = settings.maximumRecordAgeInSeconds * 1000;
  const responses = { reportsItemFailures: reportsItemFailures(settings) };
  const destination = destinationOf(settings);
  const rules: RetryRules = {
    ...settings,
    firstPause: timing.firstRetryPause,
    longestPause: timing.longestRetryPause,
  };

  return async (lane) => {
    const batch = lane.batches[0]!;
    const cut = expire(batch, expiryHorizon(batch));
    if (cut) {
      await discard(cut.expired, "RecordAgeExceeded");
      const next = cut.rest ? [cut.rest] : [];
      settle(lane, batch, { settled: cut.expired.records.length, next, pause: 0 });
      return;
    }
    const identified = { ...batch, requestId: batch.requestId ?? randomUuid(random) };
    const tried = await attempt(context, identified, origin, responses, window.state);
    const { outcome, state, entry } = tried;
    lane.completed = clock.now();
    const decision = decide(identified, outcome, rules);
    context.trace.add({ ...entry, next: nextStep(decision) }, identified.records);
    if (decision.exhausted) await discard(decision.exhausted, "RetryAttemptsExhausted", outcome);
    settle(lane, identified, decision, state);
  };

  function settle(
    lane: Lane,
    batch: Batch,
    decision: Decision<Batch["records"][number]>,
    state?: Record<string, unknown>,
  ): void {
    applyDecision(lane, window.settle(batch, decision, state), clock.now());
  }

  /** What arrived before this moment is too old, by the age limit or because its stream forgets it. */
  function expiryHorizon({ records, window }: Batch): number {
    const now = clock.now();
    const oldest = records[0]?.approximateArrivalTimestamp ?? window?.end ?? now;
    const byAge = maximumAge < 0 ? Number.NEGATIVE_INFINITY : now - maximumAge;
    if (now - oldest <= shortestRetention) return byAge;
    return Math.max(byAge, now - retention());
  }

  async function discard(
    batch: Batch,
    condition: FailureCondition,
    outcome?: Outcome,
  ): Promise<void> {
    const requestId = batch.requestId ?? randomUuid(random);
    const given = { batch, requestId, condition, outcome, destination, state: window.state };
    await giveUp(context, given, origin);
  }
}
