/** What every way of a batch begins with, and how it ends in time. */
import type { Deadline } from "../handler/deadline.ts";
import type { Runtime } from "../handler/runtime.ts";
import type { Logger } from "../observe/log.ts";
import { wordsPerName } from "../progress/fingerprint.ts";
import type { Batch } from "../record/unpack.ts";
import type { BatchRun, ParkingSteps, ProgressSteps, Recalled, Steps } from "./batch-run.ts";
import { failHung } from "./finish.ts";
import { watchHeap } from "./heap.ts";
import type { Invocation } from "./invocation.ts";
import { Outcomes } from "./outcomes.ts";
import type { Plan } from "./plan.ts";

/** What a store brings along, of our own version: see `planOf`. */
export const stepsOf = <T>({ park, progress }: Plan<T>): Steps => ({
  progress: progress?.rules as ProgressSteps | undefined,
  parking: park?.rules as ParkingSteps | undefined,
});

/** Waits for the work, up to the hard margin. True: what still runs has failed. */
export async function untilHardMargin<T>(
  run: BatchRun<T>,
  work: Promise<unknown>,
  { onHung }: Pick<Invocation, "onHung">,
): Promise<boolean> {
  const { deadline } = run;
  // Where all time has gone before, nothing was begun, and nothing has to be given up.
  const hasTime = deadline.hardRemainingMs() > 0;
  const ended = await (hasTime ? Promise.race([work, deadline.hardMargin]) : work);
  if (ended !== "hard margin") return false;
  failHung(run);
  onHung();
  return true;
}

/** A batch of which nothing is known yet. */
export function startRun<T>(
  plan: Plan<T>,
  batch: Batch,
  runtime: Runtime,
  logger: Logger,
  deadline: Deadline,
  recalled: Recalled | undefined,
  namingOf = stepsOf(plan).progress?.naming,
): BatchRun<T> {
  const size = batch.records.length;
  const { parking, progress } = stepsOf(plan);
  const names = new Uint32Array(recalled ? size * wordsPerName : 0);
  const memory = recalled && { ...recalled, naming: namingOf!(recalled.log, batch, names) };
  const run: BatchRun<T> = {
    plan,
    runtime,
    logger,
    deadline,
    batch,
    reads: {
      reading: new Uint8Array(size),
      values: new Array(size),
      heap: watchHeap(runtime),
      ids: [],
      names,
      innerNames: [],
      firsts: new Map(),
    },
    outcomes: new Outcomes(batch.received, size),
    steps: { progress, parking: memory && !memory.naming.isBack ? parking : undefined },
    save: (request = {}) => progress!.save(run, memory!, request),
    memory,
  };
  return run;
}
