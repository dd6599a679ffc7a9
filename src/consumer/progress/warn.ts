import type { BatchRun, WarnOnce } from "../batch-run.ts";

/** From how many records and milliseconds on a skipped batch looks like a replay that skips itself. */
const manyRecords = 100;
const longAgo = 3_600_000;

export function warn<T>({ batch, outcomes, runtime }: BatchRun<T>, once: WarnOnce): void {
  const skipped = outcomes.counts.redelivered;
  const age = runtime.clock.now() - (batch.records[0]?.approximateArrivalTimestamp ?? 0);
  if (skipped >= manyRecords && skipped > 0.9 * outcomes.size && age > longAgo) {
    once(
      "Many old records were processed before, and are skipped. To process them again, set another epoch, or run: shardmill progress reset",
      { skipped, shardId: batch.shardId },
    );
  }
}
