/** What waits for what, and what may begin. */
import type { BatchRun } from "./batch-run.ts";
import * as Outcome from "./outcome.ts";

/** What a record waits behind. */
export function laneOf<T>({ plan, batch }: BatchRun<T>): (place: number) => string | undefined {
  if (plan.order === "shard") return () => "";
  if (plan.order === "none") return () => undefined;
  return (place) => batch.records[place]!.partitionKey;
}

const stops = new Set<number>([Outcome.failed, Outcome.givenBack]);

/** Leaves out what stands behind a record of its lane that has failed, or was given back, in this batch. */
export function unstopped<T>(run: BatchRun<T>, places: readonly number[]): readonly number[] {
  const { outcomes } = run;
  if (!outcomes.has(Outcome.failed) && !outcomes.has(Outcome.givenBack)) return places;
  const lane = laneOf(run);
  const stopped = new Set<string>();
  for (const place of outcomes.places((outcome) => stops.has(outcome))) {
    const own = lane(place);
    if (own !== undefined) stopped.add(own);
  }
  if (stopped.size === 0) return places;
  return places.filter((place) => !stopped.has(lane(place)!));
}

/**
 * Whether a record may begin. The shard must be this process's, where shards change hands. There must be time, but for one
 * record: an answer without any progress costs Lambda's retries. Without progress, what stands behind a failure is not begun
 * either: Lambda delivers it again, and nobody would remember that it was done. (Of rows that is remembered.)
 */
export function gateOf<T>(run: BatchRun<T>): Gate {
  const { deadline, memory, runtime } = run;
  let begun = 0;
  const mayRead = () => deadline.hasTime() || (begun === 0 && deadline.hardRemainingMs() > 0);
  return {
    mayRead,
    mayBegin(place) {
      if (!(run.memory || run.plan.counted) && place > firstFailure(run)) return false;
      const may = mayRead() && (runtime.hold?.mayBegin(memory?.log) ?? true);
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

function firstFailure<T>({ outcomes }: BatchRun<T>): number {
  let first = Number.POSITIVE_INFINITY;
  if (outcomes.errors.size === 0) return first;
  for (const place of outcomes.errors.keys()) {
    if (outcomes.of(place) === Outcome.failed && place < first) first = place;
  }
  return first;
}
