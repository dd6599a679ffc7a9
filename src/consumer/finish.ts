/** What becomes of a record that has run. */
import { describeFailure } from "../handler/describe-failure.ts";
import { describeError } from "../observe/log.ts";
import { isNonRetryable, NonRetryableError } from "../record/errors.ts";
import { reasonOf } from "../record/fail.ts";
import { attempt } from "../values/ready.ts";
import { type BatchRun, failuresBefore, whereIs } from "./batch-run.ts";
import { commitOf } from "./commit.ts";
import { tell } from "./observe-run.ts";
import * as Outcome from "./outcome.ts";
import { isDone } from "./outcomes.ts";
import * as Reading from "./reading.ts";

/** Whether the records behind it may run: it is done, or shares the fate of one that has its turn elsewhere. */
export const mayPass = <T>({ outcomes }: BatchRun<T>, place: number): boolean =>
  isDone(outcomes.of(place)) || outcomes.of(place) === Outcome.twin;

/**
 * What `process` returned is ignored, unless it brings its own way to be committed. What was meant to say something and
 * says nothing here fails the record: ignored, its writes would be lost.
 */
export function finished<T>(
  run: BatchRun<T>,
  place: number,
  returned: unknown,
): boolean | Promise<boolean> {
  if (returned === undefined) return succeeded(run, place);
  const isMisplaced =
    reasonOf(returned) !== undefined || (Array.isArray(returned) && returned.some(commitOf));
  if (isMisplaced) {
    const error =
      "process returned fail() or a list with commitWith(): throw, or return one commitWith.";
    return failed(run, place, new NonRetryableError(error));
  }
  const commit = commitOf(returned);
  if (!commit) return succeeded(run, place);
  return typeof commit === "function"
    ? commit(run, place)
    : failed(run, place, new TypeError(commit.refused));
}

export function succeeded<T>(run: BatchRun<T>, place: number): true {
  const { batch, outcomes, runtime } = run;
  const { values } = run.reads;
  runtime.effect?.(values[place], batch.records[place]!);
  values[place] = undefined;
  outcomes.processed(place);
  return true;
}

/** True: the record was parked, and its lane goes on. */
export function failed<T>(
  run: BatchRun<T>,
  place: number,
  error: unknown,
): boolean | Promise<boolean> {
  const { deadline, outcomes, plan } = run;
  // At the hard margin that was said of it already.
  if (outcomes.isHung(place) && outcomes.of(place) === Outcome.failed) return false;
  if (!deadline.hasTime() && isAbort(error)) {
    outcomes.giveBack(place);
    return false;
  }
  if (isNonRetryable(error)) return settleFailure(run, place, error, true);
  // Until that is said, it runs: a `retryable` that never answers is what its record did.
  outcomes.begin(place);
  return attempt(
    () => plan.retryable(error),
    (mayGoAway) => settleFailure(run, place, error, !mayGoAway),
    (broken) => {
      run.logger.error("retryable threw: its record comes again.", {
        consumer: plan.consumer,
        error: describeError(broken),
      });
      return settleFailure(run, place, error, false);
    },
  );
}

function settleFailure<T>(
  run: BatchRun<T>,
  place: number,
  error: unknown,
  isFinal: boolean,
): boolean | Promise<boolean> {
  const { batch, logger, outcomes, plan } = run;
  const { parking } = run.steps;
  const { values } = run.reads;
  if (outcomes.isHung(place) && outcomes.of(place) === Outcome.failed) return false;
  const record = batch.records[place]!;
  values[place] = undefined;
  const attempt = failuresBefore(run, place) + 1;
  outcomes.failed(place, error, attempt);
  tell(run, { type: "failed", record, error, attempt });
  logger.error(isFinal ? "A record failed for good." : "A record failed.", {
    consumer: plan.consumer,
    ...whereIs(record),
    attempt,
    ...describeFailure(error, record, plan.logPayload),
  });
  return isFinal && parking ? parking.parkRecord(run, place, error, attempt) : false;
}

/** Whether it, or what it was made of, is what an effect that obeys its signal ends with. */
export function isAbort(error: unknown): boolean {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return [error, cause].some((each) => (each as Error | undefined)?.name === "AbortError");
}

/** At the hard margin: what is still read or run has failed, whatever becomes of it. */
export function failHung<T>(run: BatchRun<T>): void {
  const { outcomes } = run;
  const { reading } = run.reads;
  const running = outcomes
    .places((outcome) => outcome === Outcome.running || outcome === Outcome.fresh)
    .filter((place) => !outcomes.isFresh(place) || reading[place] === Reading.begun);
  // Nobody knows which record of a call it was: each runs alone the next time.
  const isNarrow = !run.plan.processBatch || running.length === 1;
  for (const place of running) {
    const attempt = failuresBefore(run, place) + (isNarrow ? 1 : 0);
    outcomes.hung(place, attempt);
    const record = run.batch.records[place]!;
    const error = new Error("It went on after its signal, until the end of its invocation.");
    tell(run, { type: "failed", record, error, attempt });
    run.logger.error(error.message, { consumer: run.plan.consumer, ...whereIs(record), attempt });
  }
}
