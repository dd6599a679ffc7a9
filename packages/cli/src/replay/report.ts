/** What `shardmill replay` says at its end, of a function that reads a stream. */
import type { FaultCounts, ReplayResult } from "@shardmill/local/rig";
import type { Counts } from "../project/function-output.ts";
import { counted } from "../terminal/counted.ts";
import { oneLine } from "../terminal/terminal.ts";
import type { GivenUp } from "./failures.ts";

/** What `--json` prints. */
export interface ReplaySummary extends ReplayResult {
  readonly function: string;
  readonly stream: string;
  /** Shardmill's own counts, where the function writes them: processed, duplicates, parked… */
  readonly counts: Counts;
  readonly parked: number;
  /** Lines that were left out. Absent: none. */
  readonly skipped?: number;
  /** The first batches that the mapping gave up. */
  readonly givenUp: readonly GivenUp[];
  readonly seed?: number;
  readonly faults?: FaultCounts;
  /** What a person should know of this run. */
  readonly notes: readonly string[];
}

/** As lines for a person. */
export function describeReplay(summary: ReplaySummary): string {
  const { put, delivered, filtered, retried, described, lost, left, stuck, givenUp, counts } =
    summary;
  const { seconds, longestLagMs, invocations, faults, notes } = summary;
  const lines: [string, string | number][] = [
    ["put", `${put} into ${summary.stream}`],
    [
      "delivered",
      `${delivered} in ${counted(invocations, "invocation")}, ${rate(delivered, seconds)} a second`,
    ],
    ["retried", retried],
  ];
  if (filtered > 0) lines.push(["filtered", filtered]);
  if (summary.skipped) lines.push(["left out", counted(summary.skipped, "line")]);
  lines.push(["parked", summary.parked]);
  if (described > 0) lines.push(["described", `${described} in the failure destination`]);
  lines.push(["lost", lost], ["left", left], ["lag", `${Math.round(longestLagMs)} ms at most`]);
  const told = Object.entries(counts).filter(([name, value]) => value > 0 && name !== "Received");
  if (told.length > 0) {
    lines.push(["function", told.map(([name, value]) => `${name} ${value}`).join(", ")]);
  }
  if (faults) {
    const { kills, throttles, lostAnswers, refusedRequests, lostReplies } = faults;
    lines.push([
      "faults",
      `${counted(kills, "environment")} killed, ${counted(throttles, "invocation")} throttled, ${counted(lostAnswers, "answer")} lost, ${counted(refusedRequests, "request")} refused, ${lostReplies} ${lostReplies === 1 ? "reply" : "replies"} lost (seed ${summary.seed})`,
    ]);
  }
  for (const { shardId, attempts, firstSequenceNumber, error } of stuck) {
    const why = whyText(error);
    lines.push([
      "stuck",
      `${shardId} at ${firstSequenceNumber}, which failed ${attempts} times${why}`,
    ]);
  }
  for (const one of givenUp.slice(0, mostTold)) lines.push(["gave up", givenUpText(one)]);
  if (givenUp.length > mostTold) {
    lines.push(["gave up", `${givenUp.length - mostTold} more: --json lists the first hundred`]);
  }
  for (const note of notes) lines.push(["note", note]);
  return lines.map(([name, value]) => `${name.padEnd(10)}${oneLine(String(value))}\n`).join("");
}

/** So many batches are told that were given up. */
const mostTold = 5;

function givenUpText(batch: GivenUp): string {
  const { shardId, firstSequenceNumber, records, attempts, condition, error } = batch;
  const why = whyText(error);
  return `${counted(records, "record")} of ${shardId} from ${firstSequenceNumber}, ${condition} after ${counted(attempts, "attempt")}${why}`;
}

const rate = (records: number, seconds: number) => Math.round(records / Math.max(seconds, 0.001));

/** Of a message of several lines, the first. */
const whyText = (error: string | undefined) =>
  error === undefined ? "" : `: ${error.split("\n")[0]}`;
