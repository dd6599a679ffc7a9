import type { Entry } from "../../progress/entry.ts";
import { clockSkewInSeconds } from "../../progress/log-access.ts";
import { comparePositions } from "../../record/position.ts";
import type { BatchRun, Memory } from "../batch-run.ts";

/**
 * Claims that nobody will end: their invocations are over, and their records never come again, because they were discarded. Left
 * open they would be read, and hold up folds, for as long as their entries are kept.
 */
export function staleClaims<T>(
  { batch, plan, runtime }: BatchRun<T>,
  { claims: own, log }: Memory,
): number[] {
  const first = batch.records[0]!;
  const now = runtime.clock.now();
  const isBefore = ({ last, until }: Entry) =>
    plan.parallelizationFactor === 1
      ? comparePositions(last!, first) < 0 && now > until! + clockSkewInSeconds * 1000
      : // Other lanes may still be behind.
        now > until! + plan.keepInSeconds * 1000;
  return [...log.claims.values()]
    .filter((claim) => !own.has(claim.n) && isBefore(claim))
    .map(({ n }) => n);
}
