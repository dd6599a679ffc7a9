/**
 * The way of a batch under a tumbling window of Lambda's: its records are counted on from the state that it came with, what they have come to
 * is answered as the next state, and with the window's last invocation its rows are run. An invocation that fails leaves the state as it
 * was: so nothing is counted twice.
 */
import { compareSequenceNumbers } from "../../record/position.ts";
import { type Batch, unpack } from "../../record/unpack.ts";
import {
  countOn,
  isOfOtherEpoch,
  type LambdaState,
  type WindowCount,
} from "../../windows/lambda-state.ts";
import { screenAndProcess } from "../consume.ts";
import type { Invocation } from "../invocation.ts";
import type { BatchResponse } from "../options.ts";
import type { Plan } from "../plan.ts";
import { settle } from "../settle.ts";
import { startRun, untilHardMargin } from "../start-run.ts";
import { warnOf } from "../warnings.ts";
import { type WindowEvent, windowEventOf } from "./lambda-event.ts";
import { type DoneRows, type RowEffect, runParts } from "./lambda-rows.ts";

interface WindowResponse extends BatchResponse {
  readonly state: LambdaState | Record<string, never>;
}

/** A record that was counted. */
interface Counted<T> {
  readonly value: T;
  readonly arrival: number;
  readonly sequenceNumber: string;
}

/** The windows, and what becomes of their rows. */
export interface LambdaDelivery<T> extends RowEffect<T> {
  readonly epoch: string | undefined;
}

export function lambdaDelivery<T>(windows: LambdaDelivery<T>) {
  /** Of shards whose last invocation failed over some rows. */
  const done: DoneRows = new Map();
  return (plan: Plan<T>, invocation: Invocation) => deliver(plan, invocation, windows, done);
}

async function deliver<T>(
  plan: Plan<T>,
  invocation: Invocation,
  windows: LambdaDelivery<T>,
  done: DoneRows,
): Promise<WindowResponse> {
  const { deadline, environment, logger, runtime } = invocation;
  const event = windowEventOf(invocation.event);
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const batch = await batchOf(event, () => unpack(event, plan.deaggregator, host));
  const { definition, epoch } = windows;
  const begin = () => countOn<T>(definition, event.bounds, event.state, epoch);
  const where = { consumer: plan.consumer, stream: batch.streamName, shardId: batch.shardId };
  if (isOfOtherEpoch(event.state, epoch)) {
    logger.warn("The window begins anew: what another epoch had counted of it is left out.", where);
  }
  let count = begin();
  const counted: Counted<T>[] = [];
  const countingPlan: Plan<T> = {
    ...plan,
    concurrency: 1,
    process(value, { approximateArrivalTimestamp: arrival, sequenceNumber }) {
      const filled = count.absorb(value, arrival);
      counted.push({ value, arrival, sequenceNumber });
      if (!filled) return;
      const { bytes, groups, largest } = filled;
      logger.warn(
        `What the window has come to fills the state that Lambda takes (1 MB): ${groups.toLocaleString("en")} groups, of which ${largest} takes most, ${bytes.toLocaleString("en")} bytes. Its rows come now, as a part, and the window begins anew. Group by less, keep less of each, shorten the window, or use tumbling() with progress.`,
        { ...where, sequenceNumber },
      );
    },
  };
  const run = startRun(countingPlan, batch, runtime, logger, deadline, undefined);
  const isHung = await untilHardMargin(run, screenAndProcess(run, environment), invocation);
  if (batch.records.length > 0) warnOf(run, environment);
  const response = await settle(run, []);
  const [failure] = response.batchItemFailures;
  if (failure) count = countedBefore(failure.itemIdentifier, counted, count, begin);
  else if (event.isFinal) count.end();
  if (!isHung) await runParts(plan, windows, batch, count.closed, event, invocation, done);
  return { ...response, state: event.isFinal && !failure ? {} : count.state };
}

/** The records of the event, or none where it only ends the window. */
async function batchOf(
  { Records, eventSourceARN, shardId }: WindowEvent,
  unpacked: () => Promise<Batch>,
): Promise<Batch> {
  if (Records.length > 0) return unpacked();
  const streamArn = eventSourceARN.split("/consumer/")[0]!;
  const streamName = streamArn.slice(streamArn.lastIndexOf("/") + 1);
  return { streamArn, streamName, shardId, fanOut: false, records: [], received: 0 };
}

/**
 * What stands before the record that Lambda comes again with. The records of an aggregate share its sequence number and come again all
 * together; so those of them that were counted do not count.
 */
function countedBefore<T>(
  from: string,
  counted: readonly Counted<T>[],
  count: WindowCount<T>,
  begin: () => WindowCount<T>,
): WindowCount<T> {
  const isBefore = ({ sequenceNumber }: Counted<T>) =>
    compareSequenceNumbers(sequenceNumber, from) < 0;
  if (counted.every(isBefore)) return count;
  const anew = begin();
  for (const { value, arrival } of counted.filter(isBefore)) anew.absorb(value, arrival);
  return anew;
}
