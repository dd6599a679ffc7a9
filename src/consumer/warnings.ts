import type { BatchRun, WarnOnce } from "./batch-run.ts";
import type { Environment } from "./environment.ts";
import * as Outcome from "./outcome.ts";
import { isDone } from "./outcomes.ts";

/** Says once what somebody should know who reads the logs. */
export function warnOf<T>(run: BatchRun<T>, { warned }: Environment): void {
  const { batch, deadline, logger, outcomes, plan } = run;
  const once: WarnOnce = (what, details) => {
    if (warned.has(what)) return;
    warned.add(what);
    logger.warn(what, { consumer: plan.consumer, stream: batch.streamArn, ...details });
  };
  if (deadline.doubt) once(deadline.doubt);
  const why = whyNothing(run);
  if (why) once(why, { records: outcomes.size, shardId: batch.shardId });
  if (!(plan.progress || plan.counted)) {
    once("No progress is kept: records are processed at least once.");
  }
  if (plan.parallelizationFactor > 1 && batch.records.some(({ aggregated }) => aggregated)) {
    once(
      "A ParallelizationFactor above 1 does nothing for KPL aggregates: all have one partition key.",
    );
  }
  run.steps.progress?.warn(run, once);
}

/** Why nothing was processed where nothing else says it: nothing failed, and nothing was done before. */
function whyNothing<T>({ deadline, outcomes, plan }: BatchRun<T>): string | undefined {
  if (outcomes.size === 0) return "An event without records: nothing was processed.";
  if (outcomes.find((outcome) => outcome !== Outcome.dropped) < 0) {
    return "All of a batch was dropped by decode or a filter, which counts as done.";
  }
  const isGivenBack = outcomes.find((outcome) => isDone(outcome) || outcome === Outcome.failed) < 0;
  if (!isGivenBack) return undefined;
  if (deadline.remainingMs() <= 0) {
    return `Nothing of a batch was processed, and it comes again: no record was done in its ${deadline.lengthMs} ms, less the margin. Raise the function's timeout.`;
  }
  return plan.lease
    ? "Nothing of a batch was processed, and it comes again: another invocation has the lease of its shard."
    : undefined;
}
