import { nameOf, writeName } from "../progress/fingerprint.ts";
import type { Evidence, ShardLog } from "../progress/shard-log.ts";
import { type Dropped, isDropped } from "../record/decode/decoder.ts";
import { stepOf } from "../record/pipeline.ts";
import { arrivalSecond } from "../record/user-record.ts";
import { type BatchRun, Outcome } from "./batch-run.ts";
import { DecodeError } from "./errors.ts";

/**
 * Screens a batch, once: which of its records are done already? Decodes first what has a unique
 * id to be asked for, which matters also where the log could not be read. Skips on evidence alone.
 */
export async function screen<T>(run: BatchRun<T>): Promise<void> {
  if (run.plan.uniqueId) await readIds(run);
  if (!run.memory) return;
  nameRecords(run);
  screenAgain(run);
  countUndecided(run);
  findTwins(run);
}

function nameRecords<T>({ batch, ids, names }: BatchRun<T>): void {
  const equals = new Map<string, number>();
  batch.records.forEach((record, place) => {
    let name = nameOf(record, ids[place], batch.fanOut ? 0 : undefined);
    if (batch.fanOut && !ids[place]) {
      const ordinal = equals.get(name) ?? 0;
      equals.set(name, ordinal + 1);
      if (ordinal > 0) name = nameOf(record, undefined, ordinal);
    }
    writeName(names, place, name);
  });
}

/** Asks the log about every record that has not begun: after a load, and when another environment has written. */
export function screenAgain<T>(run: BatchRun<T>): void {
  for (let place = 0; place < run.outcomes.length; place++) {
    if (run.outcomes[place] === Outcome.fresh) skipIfDone(run, place);
  }
}

/** What the log says of a record, duplicates included. */
const evidenceOf = <T>(run: BatchRun<T>, place: number): Evidence =>
  run.memory ? ask(run, run.memory.log, place, run.plan.dedupeWindowInSeconds) : "none";

/** Whether the log says that a record is done, or a duplicate. */
export const isKnown = <T>(run: BatchRun<T>, place: number): boolean =>
  evidenceOf(run, place) !== "none";

/** Skips a record of which the log says that it is done. */
export function skipIfDone<T>(run: BatchRun<T>, place: number): boolean {
  const { counts, outcomes } = run;
  const evidence = evidenceOf(run, place);
  if (evidence === "none") return false;
  outcomes[place] = Outcome[evidence];
  counts[evidence === "redelivered" ? "redelivered" : "duplicates"]++;
  return true;
}

/** Whether the log names this very record. */
export function isNamed<T>(run: BatchRun<T>, log: ShardLog, place: number): boolean {
  return ask(run, log, place, 0) === "redelivered";
}

function ask<T>(
  run: BatchRun<T>,
  log: ShardLog,
  place: number,
  windowInSeconds: number,
  mayBeRest = isMaybeRest(run, log, place),
): Evidence {
  const position = run.batch.records[place]!;
  const second = arrivalSecond(position);
  return log.evidence({ names: run.names, place, position, second, windowInSeconds, mayBeRest });
}

/** Whether it may be the rest of an aggregate that Lambda took apart and cut. */
function isMaybeRest<T>({ batch, ids }: BatchRun<T>, log: ShardLog, place: number): boolean {
  const { sequenceNumber } = batch.records[place]!;
  return (
    batch.fanOut &&
    !ids[place] &&
    sequenceNumber === batch.records[0]!.sequenceNumber &&
    // What was given back comes again from the aggregate's beginning.
    !log.isOpen(sequenceNumber)
  );
}

/** Records that are processed although the log may name them: rather repeated than lost. */
function countUndecided<T>(run: BatchRun<T>): void {
  const { batch, counts, memory, outcomes, plan } = run;
  if (!memory || !batch.fanOut) return;
  for (let place = 0; place < outcomes.length; place++) {
    if (outcomes[place] !== Outcome.fresh || !isMaybeRest(run, memory.log, place)) continue;
    const named = ask(run, memory.log, place, plan.dedupeWindowInSeconds, false);
    if (named !== "none") counts.undecided++;
  }
}

/** Takes duplicates inside the batch out of the lanes, where they could wait for each other. */
function findTwins<T>({ batch, ids, outcomes, twins, plan }: BatchRun<T>): void {
  if (!plan.uniqueId) return;
  const firsts = new Map<string, number>();
  for (let place = 0; place < outcomes.length; place++) {
    const id = ids[place];
    if (!id || outcomes[place] !== Outcome.fresh) continue;
    const first = firsts.get(id);
    const apart =
      first === undefined
        ? Number.POSITIVE_INFINITY
        : arrivalSecond(batch.records[place]!) - arrivalSecond(batch.records[first]!);
    if (Math.abs(apart) <= plan.dedupeWindowInSeconds) {
      outcomes[place] = Outcome.twin;
      twins.set(place, first!);
    } else {
      firsts.set(id, place);
    }
  }
}

async function readIds<T>(run: BatchRun<T>): Promise<void> {
  const { batch, errors, ids, outcomes, plan, values } = run;
  for (let place = 0; place < outcomes.length; place++) {
    const pending = decode(run, place);
    if (pending) await pending;
    if (errors.has(place) || outcomes[place] !== Outcome.fresh) continue;
    try {
      const id = plan.uniqueId!(values[place]!, batch.records[place]!);
      if (id !== undefined && typeof id !== "string") {
        throw new TypeError(
          `uniqueId must return a string or undefined; it returned ${id === null ? id : `a ${typeof id}`}.`,
        );
      }
      ids[place] = id || undefined;
    } catch (error) {
      errors.set(place, error);
    }
  }
}

/**
 * Decodes one record, unless that was done before. What the decoder throws waits in `errors` until
 * it is the record's turn to fail. A promise only where the decoder gives one.
 */
export function decode<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { batch, errors, plan, values } = run;
  if (place in values || errors.has(place)) return;
  try {
    const record = batch.records[place]!;
    const value = plan.decode(record.data, record);
    if (value instanceof Promise) {
      return value.then(
        (value) => decoded(run, place, value),
        (error) => notDecoded(run, place, error),
      );
    }
    decoded(run, place, value as T | Dropped);
  } catch (error) {
    notDecoded(run, place, error);
  }
}

function decoded<T>({ outcomes, values }: BatchRun<T>, place: number, value: T | Dropped): void {
  if (isDropped(value)) outcomes[place] = Outcome.dropped;
  values[place] = value as T;
}

/** What a step of a pipeline threw may go away, as an error of `process` may; the rest is final. */
function notDecoded<T>({ errors }: BatchRun<T>, place: number, cause: unknown): void {
  const what = cause instanceof Error ? cause.message : String(cause);
  const error = stepOf(cause) === "threw" ? (cause as Error).cause : undefined;
  errors.set(place, error ?? new DecodeError(what, { cause }));
}
