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
  readonly meet?: (place: number) => boolean | Promise<unknown>;
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
  isTight = () => false,
  meet,
  waits = () => {},
  mayBegin,
  run,
}: LaneOptions<Lane>): Promise<void> {
  /** Lanes with a record in flight, and the records that wait behind it; null: the lane has stopped. */
  const busy = new Map<Lane, { readonly places: number[]; next: number } | null>();
  /** Records that were next in their lanes, and could not be begun beside another. */
  const held: { readonly place: number; readonly lane: Lane }[] = [];
  let next = 0;
  let inFlight = 0;
  let isMeeting = false;

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
        if (inFlight > 0 && lane !== undefined && busy.has(lane) && isTight()) {
          held.push({ place, lane });
          return;
        }
        place = follow(lane, mayBegin(place) && run(place));
      }
    };

    /** The record behind one that was begun, if that has ended. */
    const follow = (lane: Lane | undefined, outcome: boolean | Promise<boolean>) => {
      if (typeof outcome === "boolean") return behind(lane, outcome);
      if (lane !== undefined && !busy.has(lane)) busy.set(lane, { places: [], next: 0 });
      inFlight++;
      outcome.then((goesOn) => {
        inFlight--;
        begin(behind(lane, goesOn), lane);
        pump();
      });
      return undefined;
    };

    /** The record at `next` begins, or waits behind the one of its lane that is in flight. */
    const enter = () => {
      const place = places[next++]!;
      const lane = laneOf(place);
      const waiting = lane === undefined || busy.size === 0 ? undefined : busy.get(lane);
      if (waiting === undefined) return begin(place, lane);
      waiting?.places.push(place);
      waits(place);
    };

    const pump = () => {
      while (!isMeeting && (inFlight === 0 || (inFlight < concurrency && !isTight()))) {
        const ready = held[0];
        if (ready) {
          held.shift();
          begin(ready.place, ready.lane);
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

    /** Up to the first for which there is something to wait, or that stops its lane, nobody asks whose lane it is. */
    const runAhead = () => {
      let outcome: boolean | Promise<boolean> = true;
      let at = 0;
      for (; outcome === true && at < places.length; at++) {
        outcome = mayBegin(places[at]!) && run(places[at]!);
      }
      next = at;
      if (outcome !== true) follow(laneOf(places[at - 1]!), outcome);
    };
    if (!meet) runAhead();
    pump();
  });
}
