/** How often a record was begun before, as the log tells it. */
import type { Entry } from "../../progress/entry.ts";
import { comparePositions } from "../../record/position.ts";
import type { BatchRun, Memory } from "../batch-run.ts";

/** How often the record has failed before this delivery. An environment that died over it counts. */
export function failuresBefore<T>(run: BatchRun<T>, memory: Memory, place: number): number {
  const position = run.batch.records[place]!;
  const open = memory.naming.failures?.[place] ?? memory.log.states.openRecord(position);
  // Those that an entry has counted among the attempts are not counted again.
  const left = claimsLeftOn(run, memory, place).filter(({ n }) => n > (open?.saidBy ?? 0));
  // One invocation may have left several claims, all until its end: it died once.
  const deaths = new Set(left.map(({ until }) => until));
  return (open?.attempts ?? 0) + deaths.size;
}

/** The claims on a record that another environment has left. */
export function claimsLeftOn<T>(
  { batch, plan }: BatchRun<T>,
  { claims: own, lanes, log }: Memory,
  place: number,
): Entry[] {
  return log.claimsOn(batch.records[place]!).filter((claim) => {
    if (own.has(claim.n)) return false;
    if (plan.parallelizationFactor === 1) return true;
    let isOfThisLane = lanes.get(claim.n);
    if (isOfThisLane === undefined) {
      // A claim of another lane spans our records too, and its environment may well be alive. Its ends
      // are of its own lane.
      isOfThisLane = batch.records.some((record) =>
        [claim.first!, claim.last!].some((end) => comparePositions(record, end) === 0),
      );
      lanes.set(claim.n, isOfThisLane);
    }
    return isOfThisLane;
  });
}
