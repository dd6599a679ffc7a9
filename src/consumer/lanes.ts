/**
 * Runs the records of a batch in lanes: one after the other within a lane, several lanes at
 * once, always the one that stands earliest in the stream first, so that what is left when time
 * runs out is the batch's end.
 */
export interface LaneOptions<Lane> {
  /** Places of the records to run, ascending. */
  readonly places: readonly number[];
  /** The lane of a record. Undefined: it waits for none. */
  readonly laneOf: (place: number) => Lane | undefined;
  /** How many run at once. */
  readonly concurrency: number;
  /** Whether the record may be begun at all; asked just before. */
  readonly mayBegin: (place: number) => boolean;
  /** Runs one record. True: its lane goes on. Never throws. A promise only where there is something to wait for. */
  readonly run: (place: number) => boolean | Promise<boolean>;
}

/** Resolves when every record was run, stands behind one that stopped its lane, or may not begin. */
export function runLanes<Lane>({
  places,
  laneOf,
  concurrency,
  mayBegin,
  run,
}: LaneOptions<Lane>): Promise<void> {
  /** Lanes with a record in flight, and the records that wait behind it; null: the lane has stopped. */
  const busy = new Map<Lane, { readonly places: number[]; next: number } | null>();
  let next = 0;
  let inFlight = 0;

  return new Promise((resolve) => {
    /** The record that was waiting behind the one that has ended. It stands before all that have not been looked at. */
    const behind = (lane: Lane | undefined, goesOn: boolean): number | undefined => {
      if (lane === undefined || (goesOn && busy.size === 0)) return undefined;
      const waiting = busy.get(lane);
      if (goesOn && waiting && waiting.next < waiting.places.length) {
        return waiting.places[waiting.next++];
      }
      if (goesOn) busy.delete(lane);
      else busy.set(lane, null);
      return undefined;
    };

    /** Begins a record, and those behind it, up to the first for which there is something to wait. */
    const begin = (first: number | undefined, lane: Lane | undefined) => {
      for (let place = first; place !== undefined; ) {
        const outcome = mayBegin(place) && run(place);
        if (typeof outcome === "boolean") {
          place = behind(lane, outcome);
          continue;
        }
        if (lane !== undefined && !busy.has(lane)) busy.set(lane, { places: [], next: 0 });
        inFlight++;
        outcome.then((goesOn) => {
          inFlight--;
          begin(behind(lane, goesOn), lane);
          pump();
        });
        return;
      }
    };

    const pump = () => {
      while (inFlight < concurrency && next < places.length) {
        const place = places[next++]!;
        const lane = laneOf(place);
        const waiting = lane === undefined || busy.size === 0 ? undefined : busy.get(lane);
        if (waiting === null) continue;
        if (waiting) waiting.places.push(place);
        else begin(place, lane);
      }
      if (inFlight === 0) resolve();
    };
    pump();
  });
}
