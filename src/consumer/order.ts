/** What waits for what, and what may begin. */
import type { BatchRun } from "./batch-run.ts";
import * as Outcome from "./outcome.ts";

/** What a record waits behind. */
export function laneOf<T>({ plan, batch }: BatchRun<T>): (place: number) => string | undefined {
  if (plan.order === "shard") return () => "";
  if (plan.order === "none") return () => undefined;
  return (place) => batch.records[place]!.partitionKey;
}

/** Leaves out what stands behind a record of its lane that has failed, or was given back, in this batch. */
export function unstopped<T>(run: BatchRun<T>, places: readonly number[]): readonly number[] {
  const { outcomes } = run;
  const isStop = (outcome: number) => outcome === Outcome.failed || outcome === Outcome.givenBack;
  const stops = outcomes.places(isStop);
  if (stops.length === 0) return places;
  const lane = laneOf(run);
  const stopped = new Set<string>();
  for (const place of stops) {
    const own = lane(place);
    if (own !== undefined) stopped.add(own);
  }
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
      if (!(memory || run.plan.counted) && isBehindFailure(run, place)) return false;
      if (!mayRead() || runtime.hold?.mayBegin(memory?.log) === false) return false;
      begun++;
      return true;
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

const isBehindFailure = <T>({ outcomes }: BatchRun<T>, place: number): boolean =>
  outcomes.errors.size > 0 &&
  [...outcomes.errors.keys()].some(
    (other) => other < place && outcomes.of(other) === Outcome.failed,
  );
