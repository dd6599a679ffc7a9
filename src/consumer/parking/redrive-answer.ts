/** What a redrive says of each record. */

import { describeError } from "../../observe/log.ts";
import type {
  RedriveEvent,
  RedrivenRecord,
  RedriveOutcome,
  RedriveResult,
} from "../../park/redrive-event.ts";
import { sequenceNumbersIn } from "../../record/kinesis-event.ts";
import type { BatchRun } from "../batch-run.ts";
import type { BatchResponse } from "../options.ts";
import * as Outcome from "../outcome.ts";
import { isDone } from "../outcomes.ts";
import { answerFor } from "../settle.ts";

/** Parked records on their way back. */
export interface Redriven<T> {
  readonly run: BatchRun<T>;
  /** Places of those that a delivery has done, as the log says. */
  readonly doneBefore: Set<number>;
}

export type RedriveResponse = BatchResponse & { readonly redriven: readonly RedriveResult[] };

/** One result for each record of the request, in its order. `refused`: why some were not taken up at all. */
export function answerOf<T>(
  event: unknown,
  refused: ReadonlyMap<RedrivenRecord, unknown>,
  redriven: Redriven<T> | undefined,
): RedriveResponse {
  const { records } = (event as Required<RedriveEvent>).shardmillRedrive;
  const sequenceNumbers = sequenceNumbersIn(event);
  const open: string[] = [];
  let place = 0;
  const results = records.map((record, index): RedriveResult => {
    const { id } = record;
    const isRefused = refused.has(record);
    const outcome = isRefused ? "failed" : outcomeOf(redriven!, place);
    const error = isRefused ? refused.get(record) : redriven!.run.outcomes.errors.get(place);
    const isLeft = isRefused || !isDone(redriven!.run.outcomes.of(place));
    if (!isRefused) place++;
    if (isLeft) open.push(sequenceNumbers[index]!);
    return outcome === "failed" ? { id, outcome, error: describeError(error) } : { id, outcome };
  });
  return { ...answerFor(open), redriven: results };
}

function outcomeOf<T>({ doneBefore, run }: Redriven<T>, place: number): RedriveOutcome {
  const outcome = run.outcomes.of(place);
  if (doneBefore.has(place)) return "processed";
  if (outcome === Outcome.redelivered) return "repeated";
  if (outcome === Outcome.duplicate) return "duplicate";
  if (outcome === Outcome.processed || outcome === Outcome.dropped) {
    return run.outcomes.isSaved(place) ? "redriven" : "unsaved";
  }
  return outcome === Outcome.failed ? "failed" : "waiting";
}

/** For the log line. */
export function countOutcomes(results: readonly RedriveResult[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}
