import { appendNext } from "../../progress/append.ts";
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
