/** The read before the effects. */

import type { Deadline, InvocationContext } from "../../handler/deadline.ts";
import type { Runtime } from "../../handler/runtime.ts";
import { describeError } from "../../observe/log.ts";
import { logName } from "../../progress/entry.ts";
import type { LogAccess } from "../../progress/log-access.ts";
import { isLogMismatch } from "../../progress/log-mismatch.ts";
import { LogPool } from "../../progress/log-pool.ts";
import { recall } from "../../progress/recall.ts";
import { shardCreatedAt } from "../../record/position.ts";
import type { Batch } from "../../record/unpack.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import type { Recalled } from "../batch-run.ts";
import type { Environment } from "../environment.ts";
import type { Invocation } from "../invocation.ts";
import type { Plan } from "../plan.ts";
import { stepsOf } from "../start-run.ts";

/**
 * The log of the batch's shard, read up to its newest entry. Undefined for a batch without records. Rejects
 * when it cannot be read: then nothing has happened yet.
 */
export async function remember<T>(
  plan: Plan<T>,
  environment: Environment,
  batch: Batch,
  context: InvocationContext | undefined,
  { clock, random, parentsOf = plan.progress!.parentsOf }: Runtime,
  deadline: Deadline,
): Promise<Recalled | undefined> {
  const first = batch.records[0];
  if (!first) return undefined;
  const { streamArn, shardId, fanOut } = batch;
  environment.logs ??= new LogPool();
  const { logs } = environment;
  const access: LogAccess = {
    store: plan.progress!,
    parentsOf,
    lineage: logs.lineage,
    windowInSeconds: plan.dedupeWindowInSeconds,
    keepInSeconds: plan.keepInSeconds,
    writer: writerOf(context),
    maxBytes: plan.maxMemoryBytes,
    clock,
    random,
    remainingMs: deadline.hardRemainingMs,
  };
  const createdAt = shardCreatedAt(first.sequenceNumber);
  const source = {
    consumer: plan.consumer,
    streamArn,
    shardId,
    createdAt,
    hasIds: plan.uniqueId !== undefined,
    isFanOut: fanOut && !plan.uniqueId,
    first,
  };
  const name = logName(plan.consumer, streamArn, createdAt, shardId);
  let earliest = arrivalSecond(first);
  for (const record of batch.records) earliest = Math.min(earliest, arrivalSecond(record));
  const { parking } = stepsOf(plan);
  const known = logs.take(name, source.isFanOut, parking?.knownKeys(plan, environment, name));
  const log = await recall(known, source, earliest, access).catch((error: unknown) => {
    logs.giveBack(known);
    throw error;
  });
  logs.replace(known, log);
  const parkedKeys = await parking?.followedKeys(plan, batch, log, log !== known);
  logs.makeRoom(log, earliest, plan.dedupeWindowInSeconds, plan.maxMemoryBytes);
  return {
    log,
    access,
    savedAt: clock.now(),
    leftUnsaved: 0,
    saving: Promise.resolve(),
    claims: new Set(),
    parked: new Map(),
    lanes: new Map(),
    parkedKeys,
    giveBack: () => logs.giveBack(log),
  };
}

/** The same for a delivery; undefined where the log cannot be read and the consumer goes on without. */
export async function tryToRemember<T>(
  plan: Plan<T>,
  batch: Batch,
  { context, deadline, environment, logger, runtime }: Invocation,
): Promise<Recalled | undefined> {
  try {
    return await remember(plan, environment, batch, context, runtime, deadline);
  } catch (error) {
    if (plan.onProgressUnavailable === "stop" || isLogMismatch(error)) throw error;
    logger.error("The progress cannot be read: these records are processed at least once.", {
      consumer: plan.consumer,
      error: describeError(error),
    });
    return undefined;
  }
}

/** `<region>:<account>:<function name>`, without version or alias: they share their progress. */
function writerOf(context: InvocationContext | undefined): string {
  const [, , , region, account, , name] = context?.invokedFunctionArn?.split(":") ?? [];
  return name ? `${region}:${account}:${name}` : "local";
}
