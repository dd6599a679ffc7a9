/** Tumbling windows: aligned intervals over arrival times, and the state that runs through each. */

import type { RecordOrigin, WindowFields } from "../record/lambda-event.ts";
import type { BatchWindow, WindowBounds } from "./batch.ts";

export type WindowState = Record<string, unknown>;

/** The window that is open on a shard. */
export interface OpenWindow extends WindowBounds {
  readonly state: WindowState;
  /** Records have been delivered since it began, or since it was terminated early. */
  readonly touched: boolean;
}

/** Bytes of state as JSON; a window whose state is larger ends early. */
export const maximumState = 1024 * 1024;

/** The window that an arrival time belongs to. */
export function windowOf(arrival: number, seconds: number): WindowBounds {
  const length = seconds * 1000;
  const start = Math.floor(arrival / length) * length;
  return { start, end: start + length };
}

/** The state in a response, as JSON carries it; undefined where there is none, which is not valid. */
export function stateIn(response: unknown): WindowState | undefined {
  const state = (response as { state?: unknown } | null | undefined)?.state;
  const isObject = typeof state === "object" && state !== null && !Array.isArray(state);
  return isObject ? JSON.parse(JSON.stringify(state)) : undefined;
}

/** The fields that a window adds to an event. */
export function windowFields(
  { start, end, final, terminatedEarly }: BatchWindow,
  state: WindowState,
  { shardId, eventSourceArn }: RecordOrigin,
): WindowFields {
  return {
    window: windowTimes({ start, end }),
    state,
    shardId,
    eventSourceARN: eventSourceArn,
    isFinalInvokeForWindow: final,
    isWindowTerminatedEarly: terminatedEarly,
  };
}

/** ISO 8601 with whole seconds. */
export function windowTimes({ start, end }: WindowBounds): { start: string; end: string } {
  const iso = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`;
  return { start: iso(start), end: iso(end) };
}
