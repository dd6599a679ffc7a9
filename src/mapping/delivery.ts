/** One attempt to deliver a batch: the event, the invocation, and the reading of what came back. */

import {
  buildEvent,
  envelopeBytes,
  maximumPayload,
  type RecordOrigin,
  type WindowFields,
} from "../record/lambda-event.ts";
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import type { Batch } from "./batch.ts";
import type { OnFailure } from "./failure-destination.ts";
import type { MappingIdentity } from "./identity.ts";
import type { Invoke } from "./invoke.ts";
import type { MappingMetrics } from "./metrics.ts";
import { type Outcome, readError, readResponse } from "./outcome.ts";
import type { Trace, TraceEntry } from "./trace.ts";
import { stateIn, type WindowState, windowFields } from "./window.ts";

/** What all deliveries of a mapping share. */
export interface DeliveryContext {
  readonly identity: MappingIdentity;
  readonly clock: Clock;
  readonly random: Random;
  readonly invoke: Invoke;
  readonly onFailure: OnFailure | undefined;
  /** What an event may have, in bytes of JSON. @default what Lambda takes */
  readonly largestEvent?: number;
  readonly metrics: MappingMetrics;
  readonly trace: Trace;
  /** Marks work in flight, so that virtual time stands still; the returned function ends it. */
  readonly busy: () => () => void;
  readonly onResult: (result: "OK" | "PROBLEM: Function call failed") => void;
}

export interface Attempt {
  readonly outcome: Outcome;
  /** For the trace, which wants to know what comes next. */
  readonly entry: Omit<TraceEntry, "sequenceNumbers" | "next">;
  /** The new state of the tumbling window, after a success. */
  readonly state?: WindowState;
}

/** Delivers the batch once. Never rejects for what the function does. */
export async function attempt(
  context: DeliveryContext,
  batch: Batch & { readonly requestId: string },
  origin: RecordOrigin,
  settings: { readonly reportsItemFailures: boolean },
  state: WindowState,
): Promise<Attempt> {
  const { clock, metrics } = context;
  const at = clock.now();
  const last = batch.records.at(-1);
  const iteratorAge = last ? at - last.approximateArrivalTimestamp : 0;
  const result = await run(context, batch, origin, settings, state);
  const { outcome } = result;
  const size = batch.records.length;
  if (outcome.kind !== "tooLarge") {
    metrics.InvokedEventCount += size;
    if (last) metrics.IteratorAge = iteratorAge;
  }
  const accepted =
    outcome.kind === "success" ? size : outcome.kind === "partial" ? outcome.from : 0;
  metrics.FailedInvokeEventCount += size - accepted;
  const fine = outcome.kind === "success" || outcome.kind === "partial";
  context.onResult(fine ? "OK" : "PROBLEM: Function call failed");
  const error = "error" in outcome && outcome.error !== undefined && { error: outcome.error };
  const entry = {
    requestId: batch.requestId,
    ...(batch.parent !== undefined && { parent: batch.parent }),
    shardId: origin.shardId,
    batchSize: size,
    done: accepted,
    attempt: batch.attempts + 1,
    outcome: outcome.kind,
    ...error,
    at,
    duration: clock.now() - at,
    iteratorAge,
  };
  return { ...result, entry };
}

async function run(
  { invoke, busy, largestEvent = maximumPayload }: DeliveryContext,
  batch: Batch & { readonly requestId: string },
  origin: RecordOrigin,
  { reportsItemFailures }: { readonly reportsItemFailures: boolean },
  state: WindowState,
): Promise<Omit<Attempt, "entry">> {
  const fields = batch.window && windowFields(batch.window, state, origin);
  const bytes = eventBytes(batch, fields);
  if (bytes > largestEvent) {
    const error = new RangeError(
      `The event of ${batch.records[0]?.sequenceNumber} in ${origin.shardId} has ${bytes} bytes as JSON, and Lambda takes ${maximumPayload}. Put large payloads elsewhere and send a reference.`,
    );
    return { outcome: { kind: "tooLarge", error } };
  }
  const event = buildEvent(batch.records, origin, fields);
  const idle = busy();
  try {
    const response = await invoke(event, { awsRequestId: batch.requestId });
    return readAttempt(response, batch, reportsItemFailures);
  } catch (error) {
    return { outcome: readError(error) };
  } finally {
    idle();
  }
}

function readAttempt(
  response: unknown,
  batch: Batch,
  reportsItemFailures: boolean,
): Omit<Attempt, "entry"> {
  const outcome = readResponse(response, batch.records, reportsItemFailures);
  if (!batch.window || outcome.kind === "failure") return { outcome };
  const state = stateIn(response);
  if (state) return { outcome, state };
  const error = new TypeError(
    "The response has no `state` object: under a tumbling window every response must have one.",
  );
  return { outcome: { kind: "failure", functionError: "Unhandled", error } };
}

/** Bytes of the event as JSON. */
function eventBytes({ records }: Batch, fields: WindowFields | undefined): number {
  const commas = Math.max(0, records.length - 1);
  return records.reduce((sum, { bytes }) => sum + bytes, commas + envelopeBytes(fields));
}
