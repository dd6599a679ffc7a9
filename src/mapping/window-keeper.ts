/** The tumbling window that is open on a shard: when it begins, what state it has, when it ends. */
import { envelopeBytes, type RecordOrigin } from "../record/lambda-event.ts";
import { type Batch, newBatch, type PendingRecord, type WindowBounds } from "./batch.ts";
import type { Decision } from "./decide.ts";
import type { ShardPlace } from "./shard.ts";
import { maximumState, type WindowState, windowFields, windowOf } from "./window.ts";

export interface WindowKeeper {
  /** The state that the next invocation gets. */
  readonly state: WindowState;
  /** An open window has had records, and its final invocation is still to come. */
  readonly isOpen: boolean;
  /** The window of a record, undefined without tumbling windows. */
  boundsOf(arrival: number): WindowBounds | undefined;
  /** Bytes of an event of this window, its records not counted. */
  envelope(bounds: WindowBounds): number;
  /** A batch of this window is on its way. */
  enter(bounds: WindowBounds): void;
  /**
   * What an open window needs before the next record, whose arrival is given, or when there is
   * none: its final invocation, waiting until a moment, or nothing.
   */
  closing(nextArrival: number | undefined, ended: boolean, now: number): Batch | number | undefined;
  /** Takes the state of a response, and ends the window where its last batch is settled. */
  settle(
    batch: Batch,
    decision: Decision<PendingRecord>,
    state?: WindowState,
  ): Decision<PendingRecord>;
}

export function windowKeeper(
  position: ShardPlace,
  seconds: number,
  idleClose: number,
  origin: RecordOrigin,
): WindowKeeper {
  // The window of an earlier setting does not go on.
  const { window: kept } = position;
  if (kept && kept.end - kept.start !== seconds * 1000) position.window = undefined;

  const state = () => position.window?.state ?? {};

  return {
    get state() {
      return state();
    },
    get isOpen() {
      return position.window?.touched ?? false;
    },
    boundsOf: (arrival) => (seconds > 0 ? windowOf(arrival, seconds) : undefined),
    envelope(bounds) {
      const window = { ...bounds, final: false, terminatedEarly: false };
      return envelopeBytes(windowFields(window, state(), origin));
    },
    enter(bounds) {
      position.window = { ...bounds, state: state(), touched: true };
    },
    closing(nextArrival, ended, now) {
      const open = position.window;
      if (!open || (nextArrival !== undefined && nextArrival < open.end)) return undefined;
      const over = nextArrival !== undefined || ended;
      if (!open.touched) {
        if (over) position.window = undefined;
        return undefined;
      }
      const idleUntil = open.end + idleClose;
      if (!over && now < idleUntil) return idleUntil;
      const { start, end } = open;
      return newBatch([], { start, end, final: true, terminatedEarly: false });
    },
    settle({ window }, decision, state) {
      const open = position.window;
      if (!window || !open) return decision;
      if (decision.next.length === 0 && window.final) {
        position.window = window.terminatedEarly
          ? { ...open, state: {}, touched: false }
          : undefined;
        return decision;
      }
      if (!state) return decision;
      position.window = { ...open, state, touched: true };
      if (Buffer.byteLength(JSON.stringify(state)) <= maximumState) return decision;
      const { start, end } = window;
      const early = newBatch<PendingRecord>([], { start, end, final: true, terminatedEarly: true });
      return { ...decision, next: [early, ...decision.next] };
    },
  };
}
