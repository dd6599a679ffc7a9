import { runLanes } from "../handler/lanes.ts";
import { isThenable } from "../values/ready.ts";
import { type BatchRun, failuresBefore, freshPlaces } from "./batch-run.ts";
import { failed, finished, mayPass } from "./finish.ts";
import type { ProcessContext } from "./options.ts";
import { type Gate, gateOf, laneOf, unstopped } from "./order.ts";
import { isDone } from "./outcomes.ts";
import { idempotencyKeyOf } from "./place-in-stream.ts";
import { runChunks } from "./process-batch.ts";
import { letGo, read } from "./read.ts";

/**
 * Runs what is fresh. Ends when every lane has come to its end, or stopped: at a failure, or at
 * the margin. What is parked lets its lane go on.
 */
export async function processFresh<T>(run: BatchRun<T>): Promise<void> {
  const gate = gateOf(run);
  const { parking } = run.steps;
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
    const hasHung = run.memory?.log.states.openRecord(run.batch.records[place]!)?.hung;
    return mayRead() && ((!hasHung && read(run, place)) || true);
  };
  return runLanes({
    places,
    laneOf: laneOf(run),
    concurrency,
    isTight: () => run.reads.heap.isTight,
    mayBegin,
    meet: run.plan.uniqueId && meet,
    waits: (place) => letGo(run, place),
    run: (place) => {
      const goesOn = readAndProcess(run, place);
      return run.steps.progress?.isSliceDue(run) ? run.save().then(() => goesOn) : goesOn;
    },
  });
}

function readAndProcess<T>(run: BatchRun<T>, place: number): boolean | Promise<boolean> {
  const unread = run.steps.parking?.parkUnread(run, place);
  if (unread) return unread;
  const reading = read(run, place);
  return reading ? reading.then(() => processOne(run, place)) : processOne(run, place);
}

/** True: its lane goes on. */
function processOne<T>(run: BatchRun<T>, place: number): boolean | Promise<boolean> {
  const { batch, outcomes, plan } = run;
  const { parking } = run.steps;
  // It may be done, or the news of another environment may have come in the meantime.
  if (!outcomes.isFresh(place)) return mayPass(run, place);
  const unrun = parking?.parkUnrun(run, place);
  if (unrun) return unrun;
  if (outcomes.errors.has(place)) return failed(run, place, outcomes.errors.get(place));
  const record = batch.records[place]!;
  try {
    outcomes.begin(place);
    run.runtime.begin?.(record);
    const effect = plan.process!(run.reads.values[place]!, record, new RecordContext(run, place));
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

/** A duplicate inside the batch is done when the record is whose id it has. */
function resolveTwins<T>({ outcomes }: BatchRun<T>): void {
  for (const [place, first] of outcomes.twins) {
    if (isDone(outcomes.of(first))) outcomes.known(place, "duplicate");
  }
}
