import { publish, sendMetrics } from "../observe/metrics.ts";
import { compareSequenceNumbers, type Position } from "../record/position.ts";
import type { BatchRun } from "./batch-run.ts";
import { tell } from "./observe-run.ts";
import type { BatchResponse } from "./options.ts";
import * as Outcome from "./outcome.ts";
import { isDone } from "./outcomes.ts";

/** Commits what happened to the log, and answers Lambda. */
export async function settle<T>(
  run: BatchRun<T>,
  abandoned: readonly Position[] | undefined,
): Promise<BatchResponse> {
  const { batch, memory, outcomes } = run;
  if (memory) await run.save({ isLast: true, abandoned });
  // Parked, but the log could not be told: nobody would redrive these, so they come again.
  for (const place of memory?.parked.keys() ?? []) outcomes.unparked(place);
  const open = outcomes.places((outcome) => !isDone(outcome));
  const givenBack = open.filter((place) => outcomes.of(place) !== Outcome.failed);
  outcomes.count("givenBack", givenBack.length);
  const response = answerFor(open.map((place) => batch.records[place]!.sequenceNumber));
  report(run, response);
  return response;
}

/**
 * One identifier at most: Lambda rewinds the shard to the lowest that it is given. The lowest is the
 * first, unless a middleware has changed the order of the records.
 */
export function answerFor(sequenceNumbers: string[]): BatchResponse {
  const [lowest] = sequenceNumbers.sort(compareSequenceNumbers);
  return { batchItemFailures: lowest === undefined ? [] : [{ itemIdentifier: lowest }] };
}

function report<T>(run: BatchRun<T>, response: BatchResponse): void {
  const { batch, memory, plan, runtime } = run;
  const { counts } = run.outcomes;
  const now = runtime.clock.now();
  const newest = batch.records[batch.records.length - 1];
  // An event without records names no stream either.
  if (!newest) return;
  const gauges = {
    iteratorAge: Math.max(0, now - newest.approximateArrivalTimestamp),
    effectiveWindow: memory?.log.windowBefore(newest, plan.dedupeWindowInSeconds),
  };
  const { shardId, streamArn, streamName } = batch;
  const dimensions = { Consumer: plan.consumer, Stream: streamName };
  const { metrics } = plan;
  publish(
    { metrics, write: runtime.write, dimensions, timestamp: now, logger: run.logger },
    (sink) => sendMetrics(sink, counts, gauges),
  );
  runtime.settled?.(run);
  if (!plan.on) return;
  const copy = structuredClone(response);
  tell(run, { type: "settled", streamArn, shardId, counts, gauges, response: copy });
}
