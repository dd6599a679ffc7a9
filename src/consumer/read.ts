/**
 * Reads a record when its turn has come: decodes it, asks for its unique id, and screens it by that. So whatever a function of
 * the user's does, also if it never answers or kills the environment, it does under the claim, the deadline and the count of its
 * record; and no more decoded values are held than run.
 */
import { describeError } from "../observe/log.ts";
import { type DecodeWithTexts, type Dropped, isDropped } from "../record/decode/decoder.ts";
import { DecodeError } from "../record/errors.ts";
import { stepOf } from "../record/pipeline.ts";
import type { UserRecord } from "../record/user-record.ts";
import { isThenable } from "../values/ready.ts";
import type { BatchRun } from "./batch-run.ts";
import * as Reading from "./reading.ts";

/**
 * Afterwards the record is fresh and has its value, or an error that waits in `outcomes.errors` until it is its turn to fail; or it needs
 * no run. A promise only where a function of the user's gives one.
 */
export function read<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { outcomes, plan } = run;
  const { reading } = run.reads;
  if (reading[place] === Reading.done || !outcomes.isFresh(place)) return undefined;
  const ids = plan.uniqueId && reading[place] === Reading.not ? run.steps.progress : undefined;
  if (ids?.isNamedByPosition(run, place)) return undefined;
  reading[place] = Reading.begun;
  const decoding = decode(run, place);
  const pending = decoding
    ? decoding.then(() => ids?.identify(run, place))
    : ids?.identify(run, place);
  if (!pending) reading[place] = Reading.done;
  return pending?.then(() => {
    reading[place] = Reading.done;
  });
}

/** Lets go of the value of a record that has to wait, where memory is short: it is decoded once more when it is its turn. */
export function letGo<T>({ outcomes, reads }: BatchRun<T>, place: number): void {
  const { heap, reading, values } = reads;
  // One that has hung was not read, and has no id yet.
  if (reading[place] !== Reading.done || !heap.isTight || !outcomes.isFresh(place)) return;
  values[place] = undefined;
  reading[place] = Reading.letGo;
}

/** Decodes one record. What is thrown waits in `outcomes.errors`. */
export function decode<T>(run: BatchRun<T>, place: number): Promise<void> | undefined {
  const { batch, plan } = run;
  const record = batch.records[place]!;
  try {
    const decode: DecodeWithTexts<T, UserRecord> = plan.decode;
    const value = decode(record.data, record, decode.length > 2 ? batch.texts : undefined);
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
  const { batch, outcomes } = run;
  const { heap, values } = run.reads;
  if (isDropped(value)) {
    if (outcomes.isFresh(place)) outcomes.dropped(place);
    return;
  }
  values[place] = value;
  if (value !== batch.records[place]!.data) heap.hasNew = true;
}

/** What a step of a pipeline threw may go away, as an error of `process` may; the rest is final. */
function notDecoded<T>({ outcomes }: BatchRun<T>, place: number, cause: unknown): void {
  const what = describeError(cause, false).message;
  const error = stepOf(cause) === "threw" ? (cause as Error).cause : undefined;
  outcomes.threw(place, error ?? new DecodeError(what, { cause }));
}
