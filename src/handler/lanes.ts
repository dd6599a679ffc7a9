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
  /** While it is true, no record is begun beside another. */
  readonly isTight?: () => boolean;
  /**
   * Called for each record in the order of the stream, whether its lane is free or not; the next is not met before it has
   * ended. False: time is up, and no further record is met.
   */
  readonly meet?: ((place: number) => boolean | Promise<unknown>) | undefined;
  /** Called for a record that was met and has to wait behind another. */
  readonly waits?: (place: number) => void;
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
  isTight,
  meet,
  waits,
  mayBegin,
  run,
}: LaneOptions<Lane>): Promise<void> {
  /** Lanes with a record in flight, and the records that wait behind it; null: the lane has stopped. */
  const busy = new Map<Lane | undefined, { readonly places: number[]; next: number } | null>();
  /** Records that were next in their lanes, and could not be begun beside another. */
  const held: number[] = [];
  let next = 0;
  let inFlight = 0;
  let isMeeting = false;

  return new Promise((resolve) => {
    /** The record that was waiting behind the one that has ended. It stands before all that have not been looked at. */
    const behind = (lane: Lane | undefined, goesOn: boolean): number | undefined => {
      if (lane === undefined) return undefined;
      const waiting = busy.get(lane);
      if (goesOn && waiting && waiting.next < waiting.places.length) {
        return waiting.places[waiting.next++];
      }
      if (goesOn) busy.delete(lane);
      else busy.set(lane, null);
      return undefined;
    };

    /** Runs a record. The one behind it in its lane, if it has ended. */
    const start = (place: number): number | undefined => {
      const outcome = mayBegin(place) && run(place);
      // As long as nobody waits, nobody asks whose lane it is.
      if (outcome === true && busy.size === 0) return undefined;
      const lane = laneOf(place);
      if (typeof outcome === "boolean") return behind(lane, outcome);
      if (lane !== undefined && !busy.has(lane)) busy.set(lane, { places: [], next: 0 });
      inFlight++;
      outcome.then((goesOn) => {
        inFlight--;
        begin(behind(lane, goesOn));
        pump();
      });
      return undefined;
    };

    /** Begins a record, and those behind it, up to the first for which there is something to wait. */
    const begin = (first: number | undefined) => {
      for (let place = first; place !== undefined; place = start(place)) {
        if (inFlight > 0 && busy.has(laneOf(place)) && isTight?.()) {
          held.push(place);
          return;
        }
      }
    };

    /** The record at `next` begins, or waits behind the one of its lane that is in flight. */
    const enter = () => {
      const place = places[next++]!;
      const waiting = busy.get(laneOf(place));
      if (waiting === undefined) return begin(place);
      waiting?.places.push(place);
      waits?.(place);
    };

    const pump = () => {
      while (!meet && busy.size + inFlight === 0 && next < places.length) start(places[next++]!);
      while (!isMeeting && (inFlight === 0 || (inFlight < concurrency && !isTight?.()))) {
        const ready = held.shift();
        if (ready !== undefined) {
          begin(ready);
          continue;
        }
        if (next === places.length) break;
        const met = meet?.(places[next]!) ?? true;
        if (met === true) enter();
        else if (met === false) next = places.length;
        else {
          isMeeting = true;
          met.then(() => {
            isMeeting = false;
            enter();
            pump();
          });
        }
      }
      if (inFlight === 0 && !isMeeting) resolve();
    };
    pump();
  });
}
