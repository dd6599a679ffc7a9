import {
  type Deadline,
  type InvocationContext,
  startDeadline,
  timeLeftIn,
} from "../handler/deadline.ts";
import { runLanes } from "../handler/lanes.ts";
import { type Runtime, runtimeOf } from "../handler/runtime.ts";
import { jsonLogger, safeLogger } from "../observe/log.ts";
import { fail, failSilently, leastBytes, whichInvocation } from "./answers.ts";
import { checkFirehoseEvent, type FirehoseEvent } from "./event.ts";
import { makeRoom } from "./make-room.ts";
import type { TransformPlan } from "./plan.ts";
import { payloadOf } from "./record.ts";
import { looksReingested } from "./reingested.ts";
import { report } from "./report.ts";
import type { FirehoseResponse } from "./response.ts";
import { transformOne } from "./transform-one.ts";
import { noTransformCounts, type TransformRun } from "./transform-run.ts";

/** Firehose waits so long for an answer, whatever the function's timeout is. */
const firehoseTimeoutMs = 300_000;

/**
 * The way of a batch: transform, make room, answer. `delivered` is what Firehose has sent, and what is answered;
 * `event` is what the middlewares have made of it.
 */
export async function transformBatch(
  plan: TransformPlan,
  delivered: FirehoseEvent,
  event: unknown,
  context: InvocationContext | undefined,
): Promise<FirehoseResponse> {
  const runtime = runtimeOf(context, plan.runtime);
  const deadline = deadlineOf(plan, context, runtime);
  try {
    const run = startRun(plan, delivered, event, runtime, deadline);
    if (deadline.doubt) run.logger.warn(deadline.doubt, whichInvocation(run));
    failRemoved(run);
    // Where all time has gone before, there is nothing to wait for.
    if (deadline.hardRemainingMs() > 0) {
      await Promise.race([transformAll(run), deadline.hardMargin]);
    }
    run.isClosed = true;
    await makeRoom(run, context);
    failUnreached(run);
    report(run);
    return { records: run.answers.map((answer) => answer!) };
  } finally {
    deadline.end();
  }
}

/** The margin is never more than half of the time, so that a short timeout leaves time for the records. */
function deadlineOf(
  { marginMs }: TransformPlan,
  context: InvocationContext | undefined,
  { clock }: Runtime,
): Deadline {
  const { ms: given } = timeLeftIn(context);
  if (given === Number.POSITIVE_INFINITY) return startDeadline(context, clock, undefined);
  const left = Math.min(given, firehoseTimeoutMs);
  const margin = Math.min(marginMs ?? Math.max(1000, left * 0.05), left / 2);
  return startDeadline({ getRemainingTimeInMillis: () => left }, clock, margin);
}

function startRun(
  plan: TransformPlan,
  delivered: FirehoseEvent,
  event: unknown,
  runtime: Runtime,
  deadline: Deadline,
): TransformRun {
  const { records } = delivered;
  const bytes = leastBytes(records.map(({ recordId }) => recordId));
  if (bytes > plan.maxResponseBytes) {
    throw new RangeError(
      `The ids of these ${records.length} records alone make a response of ${bytes} bytes, and the largest is ${plan.maxResponseBytes}. Set a smaller BufferSizeInMBs on the Lambda processor.`,
    );
  }
  return {
    plan,
    runtime,
    logger: safeLogger(plan.logger ?? jsonLogger(runtime.write, runtime.clock.now)),
    deadline,
    context: {
      signal: deadline.signal,
      get remainingMs() {
        return deadline.remainingMs();
      },
    },
    event: delivered,
    seen: seenRecords(delivered, event),
    answers: Array.from({ length: records.length }, () => undefined),
    begun: new Uint8Array(records.length),
    overflowing: new Map(),
    counts: noTransformCounts(records.length),
    bytes,
    isClosed: false,
  };
}

/** What the middlewares have left of each record, whatever they did to the order. */
function seenRecords(delivered: FirehoseEvent, event: unknown): TransformRun["seen"] {
  if (event === delivered) return delivered.records;
  const seen = checkFirehoseEvent(event).records.map(
    (record) => [record.recordId, record] as const,
  );
  const byId = new Map(seen);
  return delivered.records.map(({ recordId }) => byId.get(recordId));
}

function failRemoved(run: TransformRun): void {
  run.seen.forEach((record, place) => {
    if (record) return;
    run.begun[place] = 1;
    const message = "A middleware took this record out of the event, or changed its recordId.";
    fail(run, place, undefined, { error: { name: "Removed", message } });
  });
}

function transformAll(run: TransformRun): Promise<void> {
  return runLanes({
    places: reingestedFirst(run),
    laneOf: () => undefined,
    concurrency: run.plan.concurrency,
    mayBegin: (place) => run.begun[place] === 0 && run.deadline.hasTime(),
    run: (place) => transformOne(run, place),
  });
}

/** What was put back into the source before has the first right to the room there is. */
function reingestedFirst({ event }: TransformRun): readonly number[] {
  const again: number[] = [];
  const places: number[] = [];
  event.records.forEach((record, place) => {
    (looksReingested(payloadOf(record)) ? again : places).push(place);
  });
  return again.length > 0 ? [...again, ...places] : places;
}

/**
 * What has no answer by now was not reached, or not finished, in time. It fails: its payload goes to the error
 * output as it came, at once, while a timeout would have the whole batch tried again, and then fail as a whole.
 */
function failUnreached(run: TransformRun): void {
  const running: string[] = [];
  let waiting = 0;
  run.answers.forEach((answer, place) => {
    if (answer) return;
    if (run.begun[place]) running.push(run.event.records[place]!.recordId);
    else waiting++;
    failSilently(run, place, "unreached");
  });
  if (running.length + waiting === 0) return;
  run.logger.error(
    "The time was over before all records were transformed. Those that are left go to the error output of their delivery stream.",
    { ...whichInvocation(run), notBegun: waiting, notFinished: running.slice(0, 100) },
  );
}
