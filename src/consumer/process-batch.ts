import { type BatchRun, failuresBefore } from "./batch-run.ts";
import { failed, isAbort, succeeded } from "./finish.ts";
import type { BatchFailures, BatchRecord } from "./options.ts";
import { type Gate, laneOf } from "./order.ts";
import * as Outcome from "./outcome.ts";
import { idempotencyKeyOf } from "./place-in-stream.ts";
import { letGo, read } from "./read.ts";

/**
 * Hands records to `processBatch`, some at a time, in stream order, one call after the other.
 * Records behind a failure of their lane are left out of later calls.
 */
export async function runChunks<T>(
  run: BatchRun<T>,
  places: readonly number[],
  maxItems: number,
  { mayBegin, mayRead }: Gate,
): Promise<void> {
  const { batch, memory, outcomes, plan } = run;
  const { parking, progress } = run.steps;
  const lane = laneOf(run);
  const stopped = new Set<string | number>();
  const lanes: Lanes = {
    stop: (place) => stopped.add(lane(place) ?? place),
    isStopped: (place) => stopped.has(lane(place) ?? place),
    async leftOf(places) {
      const left: number[] = [];
      for (const place of places) {
        if (!outcomes.isFresh(place) || lanes.isStopped(place)) continue;
        const goesOn = mayRead() && parking?.parkUnrun(run, place);
        if (!goesOn) left.push(place);
        else if (!(await goesOn)) lanes.stop(place);
      }
      return left;
    },
  };
  let chunk: number[] = [];
  let bytes = 0;

  /** False: time is up. */
  const flush = async (): Promise<boolean> => {
    const ready = await lanes.leftOf(chunk);
    chunk = [];
    bytes = 0;
    if (ready.length === 0) return true;
    if (!mayBegin(ready[0]!)) return false;
    await runChunk(run, ready, mayBegin, lanes);
    if (progress?.isSliceDue(run)) await run.save();
    return true;
  };

  for (const place of places) {
    if (!outcomes.isFresh(place)) continue;
    if (!mayRead()) break;
    const hasHung = memory?.log.states.openRecord(batch.records[place]!)?.hung;
    // What stands before it in its lane runs first; and nothing is in flight while it is read.
    if (hasHung && !(await flush())) return;
    if (lanes.isStopped(place)) {
      if (plan.uniqueId && !hasHung) await read(run, place);
      letGo(run, place);
      continue;
    }
    const unread = parking?.parkUnread(run, place);
    if (unread) {
      if (!(await unread)) lanes.stop(place);
      continue;
    }
    const pending = read(run, place);
    if (pending) await pending;
    if (!outcomes.isFresh(place)) continue;
    if (outcomes.errors.has(place)) {
      if (!(await flush())) return;
      if (lanes.isStopped(place)) continue;
      const goesOn =
        parking?.parkUnrun(run, place) ?? failed(run, place, outcomes.errors.get(place));
      if (!(await goesOn)) lanes.stop(place);
      continue;
    }
    const size = batch.records[place]!.data.byteLength;
    const isFull = chunk.length >= maxItems || bytes + size > plan.maxBytes;
    if (isFull && !(await flush())) return;
    if (lanes.isStopped(place)) continue;
    chunk.push(place);
    bytes += size;
    if ((hasHung || run.reads.heap.isTight) && !(await flush())) return;
  }
  await flush();
}

/** Which lanes have stopped, at a failure. */
interface Lanes {
  readonly stop: (place: number) => void;
  readonly isStopped: (place: number) => boolean;
  /** Those that are to run now. Who has to follow a parked record of its key, also one of the call before, is parked here. */
  readonly leftOf: (places: readonly number[]) => Promise<number[]>;
}

/** One call, and when it throws its halves, until a single record is alone to blame. */
async function runChunk<T>(
  run: BatchRun<T>,
  places: readonly number[],
  mayBegin: Gate["mayBegin"],
  lanes: Lanes,
): Promise<void> {
  const records = places.map((place) => toBatchRecord(run, place));
  for (const place of places) run.outcomes.begin(place);
  let failures: Map<number, unknown>;
  try {
    failures = failuresIn(await call(run, records), records, places);
  } catch (error) {
    // At the hard margin it was said of them that they have hung.
    if (places.some((place) => run.outcomes.of(place) === Outcome.failed)) return;
    if (places.length > 1) {
      // Nobody knows yet which of several it was: none of them has failed.
      for (const place of places) run.outcomes.again(place);
      const middle = places.length >> 1;
      for (const half of [places.slice(0, middle), places.slice(middle)]) {
        const left = await lanes.leftOf(half);
        if (left.length === 0) continue;
        if (mayBegin(left[0]!)) await runChunk(run, left, mayBegin, lanes);
        else if (!isAbort(error) || isTooMuch(run)) suspect(run, left);
      }
      return;
    }
    failures = new Map([[places[0]!, error]]);
  }
  for (const place of places) {
    if (!failures.has(place)) succeeded(run, place);
    // Behind a failure of its lane: it has its turn, and is judged, when that is done.
    else if (lanes.isStopped(place)) run.outcomes.giveBack(place);
    else if (!(await failed(run, place, failures.get(place)))) lanes.stop(place);
  }
  const isGivenBack = places.every((place) => run.outcomes.of(place) === Outcome.givenBack);
  if (isGivenBack && places.length > 1 && isTooMuch(run)) suspect(run, places);
}

/** The first call has taken all the time: the same call would take it again, and nothing would ever be done. */
const isTooMuch = <T>({ outcomes }: BatchRun<T>): boolean => outcomes.counts.processed === 0;

/** No time is left to find out which of them it was: each runs alone the next time, and none has failed. */
function suspect<T>(run: BatchRun<T>, places: readonly number[]): void {
  for (const place of places) run.outcomes.suspect(place, failuresBefore(run, place));
}

function call<T>(run: BatchRun<T>, records: readonly BatchRecord<T>[]) {
  return run.plan.processBatch!(records, {
    signal: run.deadline.signal,
    remainingMs: run.deadline.remainingMs(),
  });
}

function toBatchRecord<T>(run: BatchRun<T>, place: number): BatchRecord<T> {
  return {
    value: run.reads.values[place]!,
    record: run.batch.records[place]!,
    attempt: failuresBefore(run, place) + 1,
    idempotencyKey: idempotencyKeyOf(run, place),
  };
}

/** Which places failed, by what `processBatch` returned. An answer of another shape is a failure of all. */
function failuresIn<T>(
  answer: BatchFailures<T> | undefined | void,
  records: readonly BatchRecord<T>[],
  places: readonly number[],
): Map<number, unknown> {
  const failures = new Map<number, unknown>();
  if (answer === undefined || answer === null) return failures;
  if (!Array.isArray(answer.failed)) throw misanswered();
  for (const { record, error } of answer.failed) {
    const index = records.indexOf(record);
    if (index < 0) throw misanswered();
    failures.set(places[index]!, error ?? new Error("processBatch named this record as failed."));
  }
  return failures;
}

const misanswered = () =>
  new TypeError(
    "processBatch must return nothing, or { failed: [{ record, error }] } with records it was given.",
  );
