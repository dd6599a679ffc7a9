import { appendNext } from "../../progress/append.ts";
import type { Entry } from "../../progress/entry.ts";
import { clockSkewInSeconds } from "../../progress/log-access.ts";
import { comparePositions } from "../../record/position.ts";
import type { BatchRun, Memory } from "../batch-run.ts";
import { dropNamed, positionOf } from "./save.ts";

/** Appends a claim on the records at `places`: until it is ended, an environment has them in flight. */
export async function claim<T>(
  run: BatchRun<T>,
  memory: Memory,
  kind: "began" | "lease",
  places: readonly number[],
  mayClaim: () => boolean = () => true,
): Promise<number | undefined> {
  const { batch, deadline, outcomes, runtime } = run;
  const first = positionOf(batch.records[places[0]!]!);
  const last = positionOf(batch.records[places[places.length - 1]!]!);
  // All claims of an invocation have the same end, also those of one that stood still beyond it: it dies once.
  const until = Number.isFinite(deadline.timeoutAt)
    ? deadline.timeoutAt
    : runtime.clock.now() + longestInvocation;
  let isFirstRound = true;
  const make = () => {
    if (!isFirstRound) dropNamed(run, memory, true);
    isFirstRound = false;
    return mayClaim() ? { kind, first, last, until } : undefined;
  };
  const appended = memory.saving.then(() => appendNext(memory.log, make, memory.access));
  memory.saving = appended;
  const { n, conflicts } = await appended;
  outcomes.count("conflicts", conflicts);
  if (n !== undefined) memory.claims.add(n);
  return n;
}

/** 15 minutes: what Lambda allows, for a host that does not say. */
const longestInvocation = 900_000;

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
