/** A load by the minute: a CSV file with the columns time, bytes and records, as CloudWatch's sums have them. */
import type { LoadMinute } from "@shardmill/local/rig";
import { columnsOf, rowValue } from "../input/csv.ts";
import { InputError, type Source } from "../input/record.ts";

const minuteMs = 60_000;

/**
 * The minutes from the first to the last, without gaps: of those that are missing, nothing is known but that nothing was put.
 * @throws InputError with file and line
 */
export function readLoadFile(text: string, file: string): LoadMinute[] {
  const lines = text.replace(/\r\n/g, "\n").split("\n");
  const at = (line: number): Source => ({ file, line, end: 0 });
  const columns = columnsOf(lines[0] ?? "", ",", at(1));
  const missing = ["time"].filter((name) => !columns.includes(name));
  if (missing.length > 0 || !columns.some((name) => name === "bytes" || name === "records")) {
    throw new InputError(
      `a load has the columns time, bytes and records; these are ${columns.join(", ")}.`,
      at(1),
    );
  }
  const minutes = new Map<number, LoadMinute>();
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === "") continue;
    const source = at(index + 1);
    const row = rowValue(line, columns, ",", source);
    const time = Math.floor(timeOf(row.time!, source) / minuteMs) * minuteMs;
    const known = minutes.get(time) ?? { at: time, bytes: 0, records: 0, throttled: 0 };
    minutes.set(time, {
      at: time,
      bytes: known.bytes + amountOf(row.bytes, "bytes", source),
      records: known.records + amountOf(row.records, "records", source),
      throttled: 0,
    });
  }
  return withoutGaps(minutes, at(1));
}

/** The minutes of records that have arrived at some time. */
export function minutesOf(
  arrivals: readonly { readonly size: number; readonly arrival: number }[],
) {
  const minutes = new Map<number, LoadMinute>();
  for (const { size, arrival } of arrivals) {
    const at = Math.floor(arrival / minuteMs) * minuteMs;
    const { bytes, records } = minutes.get(at) ?? { bytes: 0, records: 0 };
    minutes.set(at, { at, bytes: bytes + size, records: records + 1, throttled: 0 });
  }
  return withoutGaps(minutes);
}

/** A year, and a day: a time that is wrong is not filled up to. */
const mostMinutes = 366 * 1440;

function withoutGaps(minutes: ReadonlyMap<number, LoadMinute>, source?: Source): LoadMinute[] {
  const times = [...minutes.keys()].sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  if ((last - first) / minuteMs > mostMinutes) {
    const message = `the load goes from ${new Date(first).toISOString()} to ${new Date(last).toISOString()}: give a year at most.`;
    throw source ? new InputError(message, source) : new Error(message);
  }
  const all: LoadMinute[] = [];
  for (let at = first; at <= last; at += minuteMs) {
    all.push(minutes.get(at) ?? { at, bytes: 0, records: 0, throttled: 0 });
  }
  return all;
}

function timeOf(text: string, source: Source): number {
  const time = /^\d+$/.test(text) ? epochMs(Number(text)) : Date.parse(text);
  if (Number.isFinite(time) && Math.abs(time) <= 8.64e15) return time;
  throw new InputError(
    `"${text}" is no time: write it in ISO's form, or as epoch seconds.`,
    source,
  );
}

/** Seconds, or milliseconds where seconds would lie thousands of years ahead. */
const epochMs = (value: number) => (value < 1e11 ? value * 1000 : value);

function amountOf(text: string | undefined, column: string, source: Source): number {
  if (text === undefined || text === "") return 0;
  const value = Number(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new InputError(`"${text}" is no number of ${column} from 0.`, source);
}
