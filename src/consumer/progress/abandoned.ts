import { compareSequenceNumbers, type Position } from "../../record/position.ts";
import type { BatchRun, Memory } from "../batch-run.ts";
import { tell } from "../observe-run.ts";
import { laneKey } from "./save.ts";

/** So many have a log line each; the others are counted in one. */
const linesAtMost = 20;

/**
 * Records that were given back and never came again: the mapping ignores partial responses, or has
 * discarded them. A batch that begins beyond one of them shows it, if it comes from the same lane.
 * Returns the positions that the batch's entry should name.
 */
export function findAbandoned<T>(run: BatchRun<T>, { log }: Memory): readonly Position[] {
  const { batch, logger, outcomes, plan } = run;
  const first = batch.records[0]!;
  const awaited = log.states.awaited;
  if (awaited.length === 0) return [];
  const keys = new Set(batch.records.map(laneKey));
  const abandoned = awaited.filter(
    ({ position, key }) =>
      compareSequenceNumbers(position.sequenceNumber, first.sequenceNumber) < 0 &&
      (plan.parallelizationFactor === 1 || keys.has(key)),
  );
  const { shardId } = batch;
  const where = { consumer: plan.consumer, stream: batch.streamArn, shardId };
  const what =
    "What was given back never came again: the mapping has no FunctionResponseTypes: [ReportBatchItemFailures], or has discarded it.";
  for (const [place, { position, attempts }] of abandoned.entries()) {
    outcomes.count("abandoned");
    tell(run, { type: "abandoned", shardId, sequenceNumber: position.sequenceNumber });
    if (place >= linesAtMost) continue;
    logger.error(what, { ...where, ...position, attempts });
  }
  const others = abandoned.length - linesAtMost;
  if (others > 0) logger.error(what, { ...where, others });
  return log.states.abandon(
    abandoned.map(({ position }) => position),
    log.n,
  );
}
