/**
 * A shard that is quiet gives no rows: nothing comes that would say what time it is. So a schedule invokes the function, which looks at
 * each shard, and lets its time go on, up to a minute ago, or to where there is something that was not read yet. What has become due is run.
 */
import { appendNext } from "../../progress/append.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { checkNumber } from "../../values/number-option.ts";
import type { Invocation } from "../invocation.ts";
import type { BatchResponse } from "../options.ts";
import type { Plan } from "../plan.ts";
import { startRun, stepsOf } from "../start-run.ts";
import { type Source, surroundings, takeOver } from "./inherited.ts";
import { shardOfLog } from "./reach.ts";
import { restore, upToDate } from "./restore.ts";
import { runRows } from "./run-rows.ts";
import { sayInherited, Teller } from "./teller.ts";
import { arrivalOfUnread, type Shard, shardsOf } from "./unread.ts";

/** What the schedule sends. */
export interface FlushEvent {
  readonly shardmillFlush: {
    /** The stream that the consumer reads. */
    readonly streamArn?: string;
    /** Or its name, where it is of the function's own account and region. */
    readonly streamName?: string;
    /** How far time stays behind the clock, in seconds: records may arrive that much later than they say. @default 60 */
    readonly graceInSeconds?: number;
  };
}

export const isFlush = (event: unknown): event is FlushEvent =>
  typeof (event as FlushEvent | null)?.shardmillFlush === "object";

/** Rejects where rows are left, or a shard could not be looked at: the schedule tries it again. */
export async function flush<T>(
  plan: Plan<T>,
  event: FlushEvent,
  invocation: Invocation,
): Promise<BatchResponse> {
  const { runtime } = invocation;
  const { graceInSeconds = 60 } = event.shardmillFlush;
  const streamArn = streamArnOf(event, invocation.context?.invokedFunctionArn);
  if (!streamArn) {
    throw new TypeError(
      `shardmillFlush needs the streamName, or the streamArn, of the stream that ${plan.consumer} reads; it is ${JSON.stringify(event.shardmillFlush)}.`,
    );
  }
  checkNumber("shardmillFlush: graceInSeconds", graceInSeconds, { least: 0, most: 86_400 });
  await plan.counted!.prepare?.(invocation);
  const failures: unknown[] = [];
  for (const shard of await shardsOf(streamArn, runtime)) {
    try {
      if (!invocation.deadline.hasTime()) throw new Error(`No time for ${shard.shardId}.`);
      const { isHung, left } = await flushShard(plan, shard, graceInSeconds * 1000, invocation);
      if (left > 0) failures.push(new Error(`${left} rows of ${shard.shardId} are not done.`));
      if (isHung) break;
    } catch (error) {
      failures.push(error);
    }
  }
  const { merge } = plan.counted!;
  if (merge) {
    try {
      if (!invocation.deadline.hasTime()) throw new Error("No time for what was merged.");
      const { left } = await merge(plan, streamArn, [], "flush", invocation);
      if (left > 0) failures.push(new Error(`${left} rows that were merged are not done.`));
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    const [first] = failures;
    throw new Error(
      `${plan.consumer} could not be flushed whole: ${(first as Error).message} The next flush, or the next batch, goes on with it.`,
      { cause: failures.length === 1 ? first : new AggregateError(failures) },
    );
  }
  return { batchItemFailures: [] };
}

/** A name is of the account and region that the function's own ARN says. */
function streamArnOf(
  { shardmillFlush: { streamArn, streamName } }: FlushEvent,
  functionArn = "",
): string | undefined {
  if (typeof streamArn === "string" && streamArn.includes(":stream/")) return streamArn;
  const [arn, partition, , region, account] = functionArn.split(":");
  const isNamed = typeof streamName === "string" && /^[\w.-]{1,128}$/.test(streamName);
  if (streamArn !== undefined || !isNamed || arn !== "arn" || !account) return undefined;
  return `arn:${partition}:kinesis:${region}:${account}:stream/${streamName}`;
}

async function flushShard<T>(
  given: Plan<T>,
  shard: Shard,
  graceMs: number,
  invocation: Invocation,
): Promise<{ readonly left: number; readonly isHung: boolean }> {
  const { context, deadline, environment, logger, runtime } = invocation;
  const { shardId, startingSequenceNumber, streamArn } = shard;
  const now = runtime.clock.now();
  const nothing = { left: 0, isHung: false };
  const record: UserRecord = {
    ...{ sequenceNumber: startingSequenceNumber, subSequenceNumber: 0, partitionKey: "" },
    ...{ data: new Uint8Array(0), aggregated: false, approximateArrivalTimestamp: now },
    ...{ shardId, streamArn },
  };
  const streamName = streamArn.slice(streamArn.lastIndexOf("/") + 1);
  const batch = {
    ...{ streamArn, streamName, shardId },
    ...{ fanOut: false, records: [record], received: 0 },
  };
  const teller = new Teller<T>(given, record);
  const plan: Plan<T> = { ...given, progress: teller.progress };
  const { remember } = stepsOf(plan).progress!;
  const memory = await remember(plan, environment, batch, context, runtime, deadline);
  const { access, log } = memory!;
  let isHung = false;
  try {
    const known = upToDate(log, teller);
    const source = { consumer: plan.consumer, streamArn, shardId };
    const { begins, isReady, state } = known
      ? { begins: false, isReady: true, state: known }
      : await restored(log, source);
    const { machine } = state;
    const isQuiet = machine.due.length === 0 && !machine.hasOpenBefore(Number.POSITIVE_INFINITY);
    if (state.handed || isQuiet || !isReady) return nothing;
    // What was given back stands behind `through`, as what is unread does.
    const unread = await arrivalOfUnread(shard, log.through, plan, invocation);
    // What was taken over by the way is forgotten again where a batch is to come, which does the same.
    if (begins && unread !== Number.POSITIVE_INFINITY) return nothing;
    teller.begin(state, log, access);
    if (state.isInherited) await sayInherited(teller, log, access);
    // The log keeps whole milliseconds.
    const time = Math.min(Math.floor(now - graceMs), unread);
    if (machine.hasOpenBefore(time)) {
      machine.advance(time);
      const { error } = await appendNext(log, () => ({ kind: "done" }), access);
      if (error !== undefined) throw error;
    }
    const { merging } = teller.kind;
    const part = merging?.partOf(machine);
    if (part) {
      const parts = [{ shard: shardOfLog(log.name), part }];
      await given.counted!.merge!(given, streamArn, parts, undefined, invocation);
      merging!.given(machine, part.time);
    }
    teller.keep();
    if (machine.due.length === 0) return nothing;
    const run = startRun(plan, batch, runtime, logger, deadline, memory);
    const rows = await runRows(run, state, teller, invocation);
    isHung = rows.isHung;
    teller.keep();
    return rows;
  } catch (error) {
    teller.lost(error);
    throw error;
  } finally {
    if (!isHung) memory!.giveBack();
  }

  async function restored(log: ShardLog, source: Source) {
    const { kind } = teller;
    const { isEmpty, state } = await restore(log.name, log.n, kind, access);
    if (!isEmpty || state.handed) return { begins: false, isReady: true, state };
    // Its sibling has got a record, and it has not: what is of its keys waits for it in its parents' logs.
    const around = surroundings(given, source, access, invocation);
    const isReady = await takeOver(state, log, source, around, false);
    return { begins: true, isReady, state };
  }
}
