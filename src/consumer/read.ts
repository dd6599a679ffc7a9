/**
 * Reads a record when its turn has come: decodes it, asks for its unique id, and screens it by that. So whatever a function of
 * the user's does, also if it never answers or kills the environment, it does under the claim, the deadline and the count of its
 * record; and no more decoded values are held than run.
 */
import { nameOf, writeName } from "../progress/fingerprint.ts";
import { type Dropped, isDropped } from "../record/decode/decoder.ts";
import { stepOf } from "../record/pipeline.ts";
import { isThenable } from "../record/ready.ts";
import { type BatchRun, Outcome, Reading } from "./batch-run.ts";
import { DecodeError } from "./errors.ts";
import { isNamedByPosition, nameByPosition, screenRecord } from "./screen.ts";

/**
 * Afterwards the record is fresh and has its value, or an error that waits in `errors` until it is its turn to fail; or it needs
 * no run. A promise only where a function of the user's gives one.
 */
export function read<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { outcomes, plan, reading } = run;
  if (reading[place] === Reading.done || outcomes[place] !== Outcome.fresh) return undefined;
  const hasId = !plan.uniqueId || reading[place] === Reading.letGo;
  if (!hasId && isNamedByPosition(run, place)) return undefined;
  reading[place] = Reading.begun;
  const decoding = decode(run, place);
  const next = () => (hasId ? undefined : identify(run, place));
  const pending = decoding ? decoding.then(next) : next();
  if (!pending) reading[place] = Reading.done;
  return pending?.then(() => {
    reading[place] = Reading.done;
  });
}

/** Lets go of the value of a record that has to wait, where memory is short: it is decoded once more when it is its turn. */
export function letGo<T>({ heap, outcomes, reading, values }: BatchRun<T>, place: number): void {
  if (!heap.isTight || outcomes[place] !== Outcome.fresh) return;
  values[place] = undefined;
  reading[place] = Reading.letGo;
}

/** Decodes one record. What is thrown waits in `errors`. */
export function decode<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { batch, plan } = run;
  const record = batch.records[place]!;
  try {
    const value = plan.decode(record.data, record);
    if (isThenable(value)) {
      return Promise.resolve(value).then(
        (value) => decoded(run, place, value),
        (error) => notDecoded(run, place, error),
      );
    }
    decoded(run, place, value);
  } catch (error) {
    notDecoded(run, place, error);
  }
  return undefined;
}

function decoded<T>(run: BatchRun<T>, place: number, value: T | Dropped): void {
  const { batch, heap, outcomes, values } = run;
  if (isDropped(value)) {
    if (outcomes[place] === Outcome.fresh) outcomes[place] = Outcome.dropped;
    return;
  }
  values[place] = value;
  if (value !== batch.records[place]!.data) heap.look();
}

/** What a step of a pipeline threw may go away, as an error of `process` may; the rest is final. */
function notDecoded<T>({ errors }: BatchRun<T>, place: number, cause: unknown): void {
  const what = cause instanceof Error ? cause.message : String(cause);
  const error = stepOf(cause) === "threw" ? (cause as Error).cause : undefined;
  errors.set(place, error ?? new DecodeError(what, { cause }));
}

/** Asks for the unique id. A record that has none, or no value, is known by its position. */
function identify<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { batch, errors, outcomes, plan, values } = run;
  if (errors.has(place) || outcomes[place] !== Outcome.fresh) {
    nameByPosition(run, place);
    return undefined;
  }
  const hasNone = (error: unknown) => {
    errors.set(place, error);
    nameByPosition(run, place);
  };
  try {
    const id: unknown = plan.uniqueId!(values[place]!, batch.records[place]!);
    if (isThenable(id)) {
      return Promise.resolve(id)
        .then((id) => identified(run, place, id))
        .catch(hasNone);
    }
    identified(run, place, id);
  } catch (error) {
    hasNone(error);
  }
  return undefined;
}

function identified<T>(run: BatchRun<T>, place: number, id: unknown): void {
  const { batch, ids, memory, names, outcomes } = run;
  if (id !== undefined && typeof id !== "string") {
    throw new TypeError(
      `uniqueId must return a string or undefined; it returned ${id === null ? id : `a ${typeof id}`}.`,
    );
  }
  if (id) {
    ids[place] = id;
    if (memory) writeName(names, place, nameOf(batch.records[place]!, id, undefined));
  } else nameByPosition(run, place);
  if (outcomes[place] === Outcome.fresh) screenRecord(run, place);
}
