import { type BatchRun, Outcome } from "./batch-run.ts";
import type { Environment } from "./environment.ts";

/** From how many records and milliseconds on a skipped batch looks like a replay that skips itself. */
const manyRecords = 100;
const longAgo = 3_600_000;

/** Says once what somebody should know who reads the logs. */
export function warnOf<T>(run: BatchRun<T>, { warned }: Environment): void {
  const { batch, logger, outcomes, plan, runtime } = run;
  const once = (what: string, details: Record<string, unknown> = {}) => {
    if (warned.has(what)) return;
    warned.add(what);
    logger.warn(what, { consumer: plan.consumer, stream: batch.streamArn, ...details });
  };
  if (!plan.progress) {
    once("No progress is kept: records are processed at least once, and repeated after a failure.");
  }
  if (plan.parallelizationFactor > 1 && batch.records.some(({ aggregated }) => aggregated)) {
    once(
      "A ParallelizationFactor above 1 does nothing for KPL aggregates: their outer partition key is always the same.",
    );
  }
  const skipped = outcomes.reduce(
    (sum, outcome) => sum + Number(outcome === Outcome.redelivered),
    0,
  );
  const age = runtime.clock.now() - (batch.records[0]?.approximateArrivalTimestamp ?? 0);
  if (skipped >= manyRecords && skipped > 0.9 * outcomes.length && age > longAgo) {
    once(
      "Many old records are skipped: they were processed before. To process them again, give the consumer another epoch, or run: shardmill progress reset",
      { skipped, shardId: batch.shardId },
    );
  }
}
