import { describeError } from "../observe/log.ts";
import { reasonOf } from "../record/fail.ts";
import {
  type BatchRun,
  failuresBefore,
  freshPlaces,
  idempotencyKeyOf,
  isDone,
  Outcome,
  whereIs,
} from "./batch-run.ts";
import { isNonRetryable, NonRetryableError } from "./errors.ts";
import { runLanes } from "./lanes.ts";
import { tell } from "./observe-run.ts";
import type { ProcessContext } from "./options.ts";
import { runChunks } from "./process-batch.ts";
import { isSliceDue } from "./save.ts";
import { decode } from "./screen.ts";
import { commitOf } from "./transact.ts";

/**
 * Runs what is fresh. Ends when every lane has come to its end, or stopped: at a failure, or at
 * the margin. What is parked lets its lane go on.
 */
export async function processFresh<T>(run: BatchRun<T>): Promise<void> {
  const mayBegin = gate(run);
  const { parking } = run;
  const runPlaces = async (places: readonly number[], isSerial: boolean) => {
    for (let left = unstopped(run, places); left.length > 0; ) {
      if (run.plan.processBatch)
        await runChunks(run, left, isSerial ? 1 : run.plan.maxItems, mayBegin);
      else await runRecords(run, left, isSerial ? 1 : run.plan.concurrency, mayBegin);
      if (!(await parking?.parkHopeless(run))) break;
      const among = new Set(places);
      left = unstopped(run, freshPlaces(run)).filter((place) => among.has(place));
    }
  };
  await (parking ? parking.runGuarded(run, runPlaces) : runPlaces(freshPlaces(run), false));
  resolveTwins(run);
}

function runRecords<T>(
  run: BatchRun<T>,
  places: readonly number[],
  concurrency: number,
  mayBegin: (place: number) => boolean,
): Promise<void> {
  return runLanes({
    places,
    laneOf: laneOf(run),
    concurrency,
    mayBegin,
    run: (place) => {
      const pending = decode(run, place);
      const goesOn = pending ? pending.then(() => processOne(run, place)) : processOne(run, place);
      if (!run.memory || !isSliceDue(run)) return goesOn;
      return run.memory.rules.save(run, run.memory).then(() => goesOn);
    },
  });
}

/** Leaves out what stands behind a record of its lane that has failed, or was given back, in this batch. */
export function unstopped<T>(run: BatchRun<T>, places: readonly number[]): readonly number[] {
  const { outcomes } = run;
  if (!outcomes.includes(Outcome.failed) && !outcomes.includes(Outcome.givenBack)) return places;
  const lane = laneOf(run);
  const stopped = new Set<string>();
  outcomes.forEach((outcome, place) => {
    if (outcome !== Outcome.failed && outcome !== Outcome.givenBack) return;
    const own = lane(place);
    if (own !== undefined) stopped.add(own);
  });
  if (stopped.size === 0) return places;
  return places.filter((place) => !stopped.has(lane(place)!));
}

/** What a record waits behind. */
export function laneOf<T>({ plan, batch }: BatchRun<T>): (place: number) => string | undefined {
  if (plan.order === "shard") return () => "";
  if (plan.order === "none") return () => undefined;
  return (place) => batch.records[place]!.partitionKey;
}

/**
 * Whether a record may begin. There must be time, but for one record: an answer without any
 * progress costs Lambda's retries. Without progress, what stands behind a failure is not begun
 * either: Lambda delivers it again, and nobody would remember that it was done.
 */
function gate<T>(run: BatchRun<T>): (place: number) => boolean {
  let begun = 0;
  return (place) => {
    if (!run.memory && place > firstFailure(run)) return false;
    const may = run.deadline.hasTime() || (begun === 0 && run.deadline.hardRemainingMs() > 0);
    if (may) begun++;
    return may;
  };
}

function firstFailure<T>({ errors, outcomes }: BatchRun<T>): number {
  let first = Number.POSITIVE_INFINITY;
  if (errors.size === 0) return first;
  for (const place of errors.keys()) {
    if (outcomes[place] === Outcome.failed && place < first) first = place;
  }
  return first;
}

/** True: its lane goes on. */
function processOne<T>(run: BatchRun<T>, place: number): boolean | Promise<boolean> {
  const { batch, errors, outcomes, parking, plan, values } = run;
  // The news of another environment may have come in the meantime.
  if (outcomes[place] !== Outcome.fresh) return isDone(outcomes[place]!);
  if (errors.has(place)) return failed(run, place, errors.get(place));
  const record = batch.records[place]!;
  const why = parking?.whyUnrun(run, place);
  if (why) return parking!.parkRecord(run, place, new Error(why), failuresBefore(run, place));
  outcomes[place] = Outcome.running;
  try {
    const effect = plan.process!(values[place]!, record, new RecordContext(run, place));
    if (isThenable(effect)) {
      return Promise.resolve(effect).then(
        (returned) => finished(run, place, returned),
        (error) => failed(run, place, error),
      );
    }
    return finished(run, place, effect);
  } catch (error) {
    return failed(run, place, error);
  }
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as PromiseLike<unknown> | undefined)?.then === "function";

/**
 * What `process` returned is ignored, unless it brings its own way to be committed. What was meant to say something and
 * says nothing here fails the record: ignored, its writes would be lost.
 */
export function finished<T>(
  run: BatchRun<T>,
  place: number,
  returned: unknown,
): boolean | Promise<boolean> {
  const isMisplaced =
    reasonOf(returned) !== undefined || (Array.isArray(returned) && returned.some(commitOf));
  if (isMisplaced) {
    const error =
      "process returned fail() or a list with commitWith(): throw, or return one commitWith.";
    return failed(run, place, new NonRetryableError(error));
  }
  const commit = commitOf(returned);
  return commit ? commit(run, place) : succeeded(run, place);
}

export function succeeded<T>(run: BatchRun<T>, place: number): true {
  const { batch, counts, memory, outcomes, runtime, values } = run;
  runtime.effect?.(values[place], batch.records[place]!);
  outcomes[place] = Outcome.processed;
  counts.processed++;
  if (memory) memory.unsaved++;
  return true;
}

/** True: the record was parked, and its lane goes on. */
export function failed<T>(
  run: BatchRun<T>,
  place: number,
  error: unknown,
): boolean | Promise<boolean> {
  const { attempts, batch, counts, deadline, errors, logger, outcomes, parking, plan } = run;
  if (deadline.signal.aborted && isAbort(error, deadline.signal)) {
    outcomes[place] = Outcome.givenBack;
    return false;
  }
  const record = batch.records[place]!;
  const attempt = failuresBefore(run, place) + 1;
  outcomes[place] = Outcome.failed;
  errors.set(place, error);
  attempts.set(place, attempt);
  counts.failed++;
  tell(run, { type: "failed", record, error, attempt });
  const isFinal = isNonRetryable(error) || !isRetryable(run, error);
  logger.error(isFinal ? "A record failed for good." : "A record failed.", {
    consumer: plan.consumer,
    ...whereIs(record),
    attempt,
    error: describeError(error),
  });
  return isFinal && parking ? parking.parkRecord(run, place, error, attempt) : false;
}

/** A `retryable` that throws has not said that trying again is pointless. */
function isRetryable<T>({ plan, logger }: BatchRun<T>, error: unknown): boolean {
  try {
    return plan.retryable(error);
  } catch (broken) {
    logger.error("retryable threw; its record will be tried again.", {
      consumer: plan.consumer,
      error: describeError(broken),
    });
    return true;
  }
}

/** Whether it, or what it was made of, is what an effect that obeys its signal ends with. */
export function isAbort(error: unknown, { reason }: AbortSignal): boolean {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return [error, cause].some(
    (each) => each === reason || (each as Error | undefined)?.name === "AbortError",
  );
}

/** A duplicate inside the batch is done when the record is whose id it has. */
function resolveTwins<T>({ counts, outcomes, twins }: BatchRun<T>): void {
  for (const [place, first] of twins) {
    if (outcomes[place] !== Outcome.twin || !isDone(outcomes[first]!)) continue;
    outcomes[place] = Outcome.duplicate;
    counts.duplicates++;
  }
}

/** At the hard margin: what still runs has failed, whatever becomes of it. */
export function failHung<T>(run: BatchRun<T>): void {
  const running = [...run.outcomes.keys()].filter((p) => run.outcomes[p] === Outcome.running);
  // Nobody knows which record of a call it was: each runs alone the next time.
  const isNarrow = !run.plan.processBatch || running.length === 1;
  for (const place of running) {
    run.hung.add(place);
    const attempt = failuresBefore(run, place) + (isNarrow ? 1 : 0);
    run.outcomes[place] = Outcome.failed;
    run.attempts.set(place, attempt);
    run.counts.failed++;
    const record = run.batch.records[place]!;
    const error = new Error("It went on after its signal, until the end of its invocation.");
    tell(run, { type: "failed", record, error, attempt });
    run.logger.error(error.message, { consumer: run.plan.consumer, ...whereIs(record), attempt });
  }
}

/** The third argument of `process`. Its fields are computed when they are asked for. */
class RecordContext<T> implements ProcessContext {
  readonly #run: BatchRun<T>;
  readonly #place: number;

  constructor(run: BatchRun<T>, place: number) {
    this.#run = run;
    this.#place = place;
  }

  get signal(): AbortSignal {
    return this.#run.deadline.signal;
  }

  get remainingMs(): number {
    return this.#run.deadline.remainingMs();
  }

  get attempt(): number {
    return failuresBefore(this.#run, this.#place) + 1;
  }

  get idempotencyKey(): string {
    return idempotencyKeyOf(this.#run, this.#place);
  }
}
