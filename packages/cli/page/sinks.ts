/** What functions ask of other services, as far as the page keeps it: sums for ever, the newest calls one by one. */
import type { CallTold } from "../src/events/dev-event.ts";

/** One operation of a function at one place. */
export interface SinkRow extends Pick<CallTold, "operation" | "place" | "service"> {
  readonly isProgress: boolean;
  calls: number;
  entries: number;
  /** Entries that were refused, and calls that failed. */
  refused: number;
  failed: number;
  bytes: number;
  /** Milliseconds, of the slowest call. */
  slowest: number;
  lastAt: number;
}

/** All that a function asks. */
export interface FunctionCalls {
  readonly functionName: string;
  readonly rows: Map<string, SinkRow>;
  /** Newest first; those of progress logs are left out. */
  readonly newest: CallTold[];
  /** Of all of them, those that did not go well. */
  readonly bad: CallTold[];
}

const most = { rows: 500, newest: 50 };

const isBad = ({ error, refused, status }: CallTold) =>
  error !== undefined || refused > 0 || status === undefined || status >= 400;

export function applyCall(sinks: Map<string, FunctionCalls>, event: CallTold): void {
  const { bytes, calls, duration, entries, functionName, operation, place, service } = event;
  const isProgress = event.isProgress === true;
  let of = sinks.get(functionName);
  if (!of) {
    of = { functionName, rows: new Map(), newest: [], bad: [] };
    sinks.set(functionName, of);
  }
  const key = JSON.stringify([isProgress, service, place, operation]);
  let row = of.rows.get(key);
  if (!row) {
    row = {
      ...{ service, place, operation, isProgress, calls: 0, entries: 0, refused: 0, failed: 0 },
      ...{ bytes: 0, slowest: 0, lastAt: 0 },
    };
    of.rows.set(key, row);
    // A URL may have an id in it: the oldest go.
    if (of.rows.size > most.rows) of.rows.delete(of.rows.keys().next().value!);
  }
  const hasFailed = event.status === undefined || event.status >= 400;
  row.calls += calls;
  row.entries += entries;
  row.bytes += bytes;
  row.refused += event.refused;
  if (hasFailed) row.failed += calls;
  row.slowest = Math.max(row.slowest, duration);
  row.lastAt = event.at;
  if (!isProgress) keep(of.newest, event);
  if (isBad(event)) keep(of.bad, event);
}

function keep(list: CallTold[], event: CallTold): void {
  list.unshift(event);
  if (list.length > most.newest) list.pop();
}

/** Whether something was written or asked beside progress. */
export const hasSinks = (sinks: ReadonlyMap<string, FunctionCalls>): boolean =>
  [...sinks.values()].some(({ rows }) => [...rows.values()].some((row) => !row.isProgress));

/** Those of progress logs last; else by service and place. */
export const rowsOf = ({ rows }: FunctionCalls): SinkRow[] =>
  [...rows.values()].sort(
    (a, b) =>
      Number(a.isProgress) - Number(b.isProgress) ||
      (`${a.service} ${a.place} ${a.operation}` < `${b.service} ${b.place} ${b.operation}`
        ? -1
        : 1),
  );
