import type { BatchRun } from "./batch-run.ts";
import type { Environment } from "./environment.ts";
import { isDone, Outcome } from "./outcomes.ts";

/** From how many records and milliseconds on a skipped batch looks like a replay that skips itself. */
const manyRecords = 100;
const longAgo = 3_600_000;

/** Says once what somebody should know who reads the logs. */
export function warnOf<T>(run: BatchRun<T>, { warned }: Environment): void {
  const { batch, deadline, logger, outcomes, plan, runtime } = run;
  const once = (what: string, details: Record<string, unknown> = {}) => {
    if (warned.has(what)) return;
    warned.add(what);
    logger.warn(what, { consumer: plan.consumer, stream: batch.streamArn, ...details });
  };
  if (deadline.doubt) once(deadline.doubt);
  const why = whyNothing(run);
  if (why) once(why, { records: outcomes.size, shardId: batch.shardId });
  if (!(plan.progress || plan.counted)) {
    once("No progress is kept: records are processed at least once, and repeated after a failure.");
  }
  if (plan.parallelizationFactor > 1 && batch.records.some(({ aggregated }) => aggregated)) {
    once(
      "A ParallelizationFactor above 1 does nothing for KPL aggregates: their outer partition key is always the same.",
    );
  }
  const skipped = outcomes.counts.redelivered;
  const age = runtime.clock.now() - (batch.records[0]?.approximateArrivalTimestamp ?? 0);
  if (skipped >= manyRecords && skipped > 0.9 * outcomes.size && age > longAgo) {
    once(
      "Many old records are skipped: they were processed before. To process them again, give the consumer another epoch, or run: shardmill progress reset",
      { skipped, shardId: batch.shardId },
    );
  }
}

/** Why nothing was processed where nothing else says it: nothing failed, and nothing was done before. */
function whyNothing<T>({ deadline, outcomes, plan }: BatchRun<T>): string | undefined {
  if (outcomes.size === 0) return "An event without records: nothing was processed.";
  if (outcomes.find((outcome) => outcome !== Outcome.dropped) < 0) {
    return "Nothing of a batch was processed: decode, or a filter, dropped every record of it, so they count as done.";
  }
  const isGivenBack = outcomes.find((outcome) => isDone(outcome) || outcome === Outcome.failed) < 0;
  if (!isGivenBack) return undefined;
  if (deadline.remainingMs() <= 0) {
    return `Nothing of a batch was processed, and all of it is given back: no record was done in the ${deadline.lengthMs} ms that the invocation had, less its margin. Raise the function's timeout.`;
  }
  return plan.lease
    ? "Nothing of a batch was processed, and all of it is given back: another invocation has the lease of its shard."
    : undefined;
}
