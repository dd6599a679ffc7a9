/** What waits for what, and what may begin. */
import { type BatchRun, Outcome } from "./batch-run.ts";

/** What a record waits behind. */
export function laneOf<T>({ plan, batch }: BatchRun<T>): (place: number) => string | undefined {
  if (plan.order === "shard") return () => "";
  if (plan.order === "none") return () => undefined;
  return (place) => batch.records[place]!.partitionKey;
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

/**
 * Whether a record may begin. There must be time, but for one record: an answer without any
 * progress costs Lambda's retries. Without progress, what stands behind a failure is not begun
 * either: Lambda delivers it again, and nobody would remember that it was done.
 */
export function gateOf<T>(run: BatchRun<T>): Gate {
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
