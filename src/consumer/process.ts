import { describeError } from "../observe/log.ts";
import { reasonOf } from "../record/fail.ts";
import { attempt, isThenable } from "../record/ready.ts";
import {
  type BatchRun,
  failuresBefore,
  freshPlaces,
  idempotencyKeyOf,
  isDone,
  Outcome,
  Reading,
  whereIs,
} from "./batch-run.ts";
import { describeFailure } from "./describe-failure.ts";
import { isNonRetryable, NonRetryableError } from "./errors.ts";
import { runLanes } from "./lanes.ts";
import { tell } from "./observe-run.ts";
import type { ProcessContext } from "./options.ts";
import { runChunks } from "./process-batch.ts";
import { letGo, read } from "./read.ts";
import { isSliceDue } from "./save.ts";
import { commitOf } from "./transact.ts";

/**
 * Runs what is fresh. Ends when every lane has come to its end, or stopped: at a failure, or at
 * the margin. What is parked lets its lane go on.
 */
export async function processFresh<T>(run: BatchRun<T>): Promise<void> {
  const gate = gateOf(run);
  const { parking } = run;
  const runPlaces = async (places: readonly number[], isSerial: boolean) => {
    for (let left = unstopped(run, places); left.length > 0; ) {
      if (run.plan.processBatch) await runChunks(run, left, isSerial ? 1 : run.plan.maxItems, gate);
      else await runRecords(run, left, isSerial ? 1 : run.plan.concurrency, gate);
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
  { mayBegin, mayRead }: Gate,
): Promise<void> {
  /** Before its turn, for its id alone: those behind it in the stream may have the same. One that hung may be parked unread. */
  const meet = (place: number) => {
    const hasHung = run.memory?.log.openRecord(run.batch.records[place]!)?.hung;
    return mayRead() && ((!hasHung && read(run, place)) || true);
  };
  return runLanes({
    places,
    laneOf: laneOf(run),
    concurrency,
    isTight: () => run.heap.isTight,
    mayBegin,
    ...(run.plan.uniqueId ? { meet, waits: (place: number) => letGo(run, place) } : {}),
    run: (place) => {
      const goesOn = readAndProcess(run, place);
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
function gateOf<T>(run: BatchRun<T>): Gate {
  const { deadline } = run;
  let begun = 0;
  const mayRead = () => deadline.hasTime() || (begun === 0 && deadline.hardRemainingMs() > 0);
  return {
    mayRead,
    mayBegin(place) {
      if (!run.memory && place > firstFailure(run)) return false;
      const may = mayRead();
      if (may) begun++;
      return may;
    },
  };
}

/** What time allows. */
export interface Gate {
  /** Whether a record may be read, to see whether it may begin. */
  readonly mayRead: () => boolean;
  /** Whether a record may begin; asked just before. */
  readonly mayBegin: (place: number) => boolean;
}

function firstFailure<T>({ errors, outcomes }: BatchRun<T>): number {
  let first = Number.POSITIVE_INFINITY;
  if (errors.size === 0) return first;
  for (const place of errors.keys()) {
    if (outcomes[place] === Outcome.failed && place < first) first = place;
  }
  return first;
}

function readAndProcess<T>(run: BatchRun<T>, place: number): boolean | Promise<boolean> {
  const unread = run.parking?.parkUnread(run, place);
  if (unread) return unread;
  const reading = read(run, place);
  return reading ? reading.then(() => processOne(run, place)) : processOne(run, place);
}

/** True: its lane goes on. */
function processOne<T>(run: BatchRun<T>, place: number): boolean | Promise<boolean> {
  const { batch, errors, outcomes, parking, plan, values } = run;
  // It may be done, or the news of another environment may have come in the meantime.
  if (outcomes[place] !== Outcome.fresh) return mayPass(run, place);
  const unrun = parking?.parkUnrun(run, place);
  if (unrun) return unrun;
  if (errors.has(place)) return failed(run, place, errors.get(place));
  const record = batch.records[place]!;
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

/** Whether the records behind it may run: it is done, or shares the fate of one that has its turn elsewhere. */
export const mayPass = <T>({ outcomes }: BatchRun<T>, place: number): boolean =>
  isDone(outcomes[place]!) || outcomes[place] === Outcome.twin;

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
  values[place] = undefined;
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
  const { deadline, hung, outcomes, plan } = run;
  // At the hard margin that was said of it already.
  if (hung.has(place) && outcomes[place] === Outcome.failed) return false;
  if (deadline.signal.aborted && isAbort(error, deadline.signal)) {
    outcomes[place] = Outcome.givenBack;
    return false;
  }
  if (isNonRetryable(error)) return settleFailure(run, place, error, true);
  // Until that is said, it runs: a `retryable` that never answers is what its record did.
  outcomes[place] = Outcome.running;
  return attempt(
    () => plan.retryable(error),
    (mayGoAway) => settleFailure(run, place, error, !mayGoAway),
    (broken) => {
      run.logger.error("retryable threw; its record will be tried again.", {
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
  const { attempts, batch, counts, errors, logger, outcomes, parking, plan, values } = run;
  if (run.hung.has(place) && outcomes[place] === Outcome.failed) return false;
  const record = batch.records[place]!;
  values[place] = undefined;
  const attempt = failuresBefore(run, place) + 1;
  outcomes[place] = Outcome.failed;
  errors.set(place, error);
  attempts.set(place, attempt);
  counts.failed++;
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

/** At the hard margin: what is still read or run has failed, whatever becomes of it. */
export function failHung<T>(run: BatchRun<T>): void {
  const { outcomes, reading } = run;
  const running = [...outcomes.keys()].filter(
    (place) =>
      outcomes[place] === Outcome.running ||
      (outcomes[place] === Outcome.fresh && reading[place] === Reading.begun),
  );
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
