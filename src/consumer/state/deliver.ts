/**
 * The way of a batch whose records a machine counts: each is taken in by that of their shard, in their order; what it has come to goes
 * into the entry that names them; and then the rows that are due are run.
 */
import type { Deadline } from "../../handler/deadline.ts";
import type { Runtime } from "../../handler/runtime.ts";
import type { Logger } from "../../observe/log.ts";
import { type Batch, unpack } from "../../record/unpack.ts";
import type { BatchRun, ProgressSteps, Recalled } from "../batch-run.ts";
import { screenAndProcess } from "../consume.ts";
import type { Invocation } from "../invocation.ts";
import type { BatchResponse } from "../options.ts";
import type { Plan } from "../plan.ts";
import { settle } from "../settle.ts";
import { startRun, stepsOf, untilHardMargin } from "../start-run.ts";
import { warnOf } from "../warnings.ts";
import { flush, isFlush } from "./flush.ts";
import { surroundings, takeOver } from "./inherited.ts";
import { shardOfLog } from "./reach.ts";
import { restore, upToDate } from "./restore.ts";
import { runRows } from "./run-rows.ts";
import type { ShardState } from "./shard-state.ts";
import { OvertakenError, sayInherited, Teller } from "./teller.ts";
import { isWholeDue } from "./whole-state.ts";

/** How often a batch is begun anew behind another environment's entry, before it is left to the next delivery. */
const roundsAtMost = 5;

export async function deliver<T>(plan: Plan<T>, invocation: Invocation): Promise<BatchResponse> {
  const { deadline, event, logger, runtime } = invocation;
  if (isFlush(event)) return flush(plan, event, invocation);
  await plan.counted!.prepare?.(invocation);
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const batch = await unpack(event, plan.deaggregator, host);
  for (let round = 1; ; round++) {
    try {
      return await deliverOnce(plan, batch, invocation);
    } catch (error) {
      const isAgain = error instanceof OvertakenError && round < roundsAtMost && deadline.hasTime();
      if (!isAgain) throw error;
    }
  }
}

async function deliverOnce<T>(
  given: Plan<T>,
  batch: Batch,
  invocation: Invocation,
): Promise<BatchResponse> {
  const { context, deadline, environment, logger, runtime } = invocation;
  const teller = new Teller<T>(given, batch.records[0]);
  const plan: Plan<T> = { ...given, progress: teller.progress };
  const { progress } = stepsOf(plan);
  const memory = await progress!.remember(plan, environment, batch, context, runtime, deadline);
  if (!memory) return { batchItemFailures: [] };
  const { access, log } = memory;
  let isHung = false;
  try {
    const state = await stateOf(given, batch, memory, teller, invocation);
    teller.begin(state, log, access);
    if (state.isInherited) await sayInherited(teller, log, access);
    const late = { count: 0 };
    const counting = countingPlan(plan, state, teller, late);
    const run = countingRun(counting, batch, runtime, logger, deadline, memory, teller);
    const abandoned = progress!.findAbandoned(run, run.memory!);
    const counted = screenAndProcess(run, environment);
    isHung = await untilHardMargin(run, counted, invocation);
    teller.check();
    teller.saysWhole ||= isWholeDue(state, runtime.clock.now());
    const { machine } = state;
    const { merging } = teller.kind;
    let left = 0;
    const isCounted = !isHung && (await counted) && !state.handed;
    const part = isCounted ? merging?.partOf(machine) : undefined;
    if (isCounted && (machine.due.length > 0 || part)) {
      await run.save();
      teller.check();
      // What another environment has counted, it may have done the rows of, too.
      if (teller.news.length > 0) throw teller.overtaken(log.name);
      if (machine.due.length > 0)
        ({ left, isHung } = await runRows(run, state, teller, invocation));
    }
    if (part && !isHung) {
      const shard = shardOfLog(log.name);
      const { merge } = given.counted!;
      const merged = await merge!(given, batch.streamArn, [{ shard, part }], shard, invocation);
      // What is given stays to be given until its rows are done: so the next delivery looks for them.
      if (merged.left === 0) merging!.given(machine, part.time);
      left += merged.left;
      isHung = merged.isHung;
    }
    warnOf(run, environment);
    const where = { consumer: plan.consumer, stream: batch.streamArn, shardId: batch.shardId };
    plan.counted!.report(machine, late.count, logger, where);
    const response = await settle(run, abandoned);
    teller.check();
    teller.keep();
    return withRows(response, batch, left);
  } catch (error) {
    teller.lost(error);
    throw error;
  } finally {
    // A log that a hung effect may still write to is nobody else's.
    if (!isHung) memory.giveBack();
  }
}

/** A run whose saves are told to the teller, which says the rest of what goes wrong with them. */
function countingRun<T>(
  plan: Plan<T>,
  batch: Batch,
  runtime: Runtime,
  logger: Logger,
  deadline: Deadline,
  memory: Recalled,
  teller: Teller<T>,
): BatchRun<T> {
  const own: Logger = {
    debug: (...line) => logger.debug(...line),
    info: (...line) => logger.info(...line),
    warn: (...line) => logger.warn(...line),
    error: (...line) => {
      if (!(teller.failure instanceof OvertakenError)) logger.error(...line);
    },
  };
  const naming: ProgressSteps["naming"] = (...of) => ({
    ...stepsOf(plan).progress!.naming(...of),
    // What a machine has counted is in one entry: it is not cut where entries of others are.
    perRecord: 0.1,
  });
  const begun = startRun(plan, batch, runtime, own, deadline, memory, naming);
  teller.watch(begun.outcomes);
  return {
    ...begun,
    save(request) {
      const saving = begun.save(request).then((commit) => {
        if (commit.error !== undefined) teller.lost(commit.error);
        if (teller.telling === saving) teller.telling = undefined;
        return commit;
      });
      teller.telling = saving;
      return saving;
    },
  };
}

/** The state of the batch's shard, up to the newest entry of its log. */
async function stateOf<T>(
  plan: Plan<T>,
  { shardId, streamArn }: Batch,
  { access, log }: Recalled,
  teller: Teller<T>,
  invocation: Invocation,
): Promise<ShardState> {
  const { kind } = teller;
  const known = upToDate(log, teller);
  if (known) return known;
  const { isEmpty, state } = await restore(log.name, log.n, kind, access);
  const source = { consumer: plan.consumer, streamArn, shardId };
  if (isEmpty) await takeOver(state, log, source, surroundings(plan, source, access, invocation));
  return state;
}

/** The records of the shard one by one, in their order; each is done once the machine has it. */
function countingPlan<T>(
  plan: Plan<T>,
  { handed, machine }: ShardState,
  teller: Teller<T>,
  late: { count: number },
): Plan<T> {
  const { hasLate, kind } = plan.counted!;
  const count: NonNullable<Plan<T>["process"]> = (value, record, context) => {
    teller.check();
    const absorbed = handed ? "late" : kind.absorb(machine, value, record);
    if (absorbed === "added") return undefined;
    late.count++;
    return hasLate ? plan.process!(value, record, context) : undefined;
  };
  return {
    ...plan,
    concurrency: 1,
    commitEvery: {
      ms: plan.commitEvery.ms,
      get records() {
        return teller.isFull ? 1 : plan.commitEvery.records;
      },
    },
    // What came while an entry is written is not a part of it.
    process: (...given) =>
      teller.telling ? untilTold(teller).then(() => count(...given)) : count(...given),
  };
}

async function untilTold<T>(teller: Teller<T>): Promise<void> {
  while (teller.telling) await teller.telling;
}

/** Rows that are not done come again with the batch's last record, whatever became of that. */
function withRows(response: BatchResponse, { records }: Batch, left: number): BatchResponse {
  const { sequenceNumber: itemIdentifier } = records[records.length - 1]!;
  const isAnswered = left === 0 || response.batchItemFailures.length > 0;
  return isAnswered ? response : { batchItemFailures: [{ itemIdentifier }] };
}
