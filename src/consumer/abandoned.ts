import type { OpenRecord } from "../progress/entry.ts";
import { compareSequenceNumbers, formatPosition } from "../record/position.ts";
import type { BatchRun, Memory } from "./batch-run.ts";
import { tell } from "./observe-run.ts";
import { laneKey } from "./save.ts";

/**
 * Records that were given back and never came again: the mapping ignores partial responses, or has
 * discarded them. A batch that begins beyond one of them shows it, if it comes from the same lane.
 */
export function findAbandoned<T>(run: BatchRun<T>, { log }: Memory): OpenRecord[] {
  const { batch, counts, logger, plan } = run;
  const first = batch.records[0];
  if (!first || log.open.length === 0) return [];
  const keys = new Set(batch.records.map(laneKey));
  const abandoned = log.open.filter(
    ({ position, key }) =>
      compareSequenceNumbers(position.sequenceNumber, first.sequenceNumber) < 0 &&
      (plan.parallelizationFactor === 1 || keys.has(key)) &&
      !log.abandoned.has(formatPosition(position)),
  );
  for (const { position, attempts } of abandoned) {
    counts.abandoned++;
    const { shardId } = batch;
    tell(run, { type: "abandoned", shardId, sequenceNumber: position.sequenceNumber });
    logger.error(
      "A record that was given back never came again: the mapping has no FunctionResponseTypes: [ReportBatchItemFailures], or has discarded it.",
      { consumer: plan.consumer, stream: batch.streamArn, shardId, ...position, attempts },
    );
  }
  return abandoned;
}
