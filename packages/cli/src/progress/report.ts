/** What `shardmill progress show` prints of a log, for a person. */

import { numberBefore } from "../../../../src/record/position.ts";
import type { LogReport } from "../aws/progress-logs.ts";
import { oneLine } from "../terminal/terminal.ts";

/** Keys that are listed; an outage may have parked many. */
const keysShown = 20;

export function describeLog(report: LogReport): string {
  const { consumer, stream, shardId, through, writtenAt, writer, open, parked } = report;
  const { claims, parkedKeys } = report;
  const lines = [
    `${consumer}  ${stream}  ${shardId}`,
    `  through   ${through ?? "nothing yet"}`,
    `  newest    entry ${report.entries.newest}, ${ago(report.ageMs)} (${writtenAt}) by ${writer}`,
    `  window    ${report.names} records remembered${report.windowMs ? `, over ${span(report.windowMs)}` : ""}`,
    `  size      ${report.entries.count} entries, ${report.bytes} bytes; ${report.writeUnits} write units so far, ${report.writeUnitsPer1000} per 1,000 records`,
  ];
  for (const { position, attempts, since } of open) {
    const state = attempts > 0 ? `failed ${attempts} times since ${since}` : `given back ${since}`;
    lines.push(`  open      ${position}: ${state}`);
  }
  const ofRows = numberBefore(Number(report.name.split("#")[2]));
  const rows = parked.filter((position) => position === ofRows).length;
  if (rows > 0) lines.push(`  parked    ${rows} ${rows === 1 ? "row" : "rows"} of windows or SQL`);
  for (const position of parked) if (position !== ofRows) lines.push(`  parked    ${position}`);
  for (const key of parkedKeys.slice(0, keysShown))
    lines.push(`  key       ${key}: its records are parked behind one that is`);
  const others = parkedKeys.length - keysShown;
  if (others > 0) lines.push(`            and ${others} more keys`);
  for (const { n, until } of claims) lines.push(`  claimed   by entry ${n}, until ${until}`);
  return `${lines.map(oneLine).join("\n")}\n\n`;
}

function span(ms: number): string {
  const units: [string, number][] = [
    ["d", 86_400_000],
    ["h", 3_600_000],
    ["min", 60_000],
    ["s", 1000],
  ];
  const [unit, size] = units.find(([, size]) => ms >= size) ?? ["ms", 1];
  return `${Math.round(ms / size)} ${unit}`;
}

const ago = (ms: number) => (ms < 1000 ? "just now" : `${span(ms)} ago`);
