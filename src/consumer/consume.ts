import { describeError, jsonLogger, type Logger, safeLogger } from "../observe/log.ts";
import { noCounts } from "../observe/metrics.ts";
import type { RedriveEvent } from "../park/redrive-event.ts";
import { wordsPerName } from "../progress/fingerprint.ts";
import { isLogMismatch } from "../progress/log-mismatch.ts";
import { checkKinesisEvent } from "../record/kinesis-event.ts";
import { type Batch, unpack } from "../record/unpack.ts";
import type { BatchRun, Memory } from "./batch-run.ts";
import { type Deadline, type InvocationContext, startDeadline } from "./deadline.ts";
import type { Environment } from "./environment.ts";
import { HeapWatch } from "./heap.ts";
import type { BatchResponse } from "./options.ts";
import type { Plan } from "./plan.ts";
import { failHung, processFresh } from "./process.ts";
import { type Runtime, runtimeOf } from "./runtime.ts";
import { settle } from "./settle.ts";
import { warnOf } from "./warnings.ts";

/** One invocation: a batch of the mapping's, or parked records that come back. */
export async function consume<T>(
  plan: Plan<T>,
  environment: Environment,
  event: unknown,
  context: InvocationContext | undefined,
): Promise<BatchResponse> {
  const runtime = runtimeOf(context, plan.runtime);
  const logger = safeLogger(plan.logger ?? jsonLogger(runtime.write, runtime.clock.now));
  const deadline = startDeadline(context, runtime.clock, plan.marginMs);
  const invocation: Invocation = { environment, event, context, runtime, logger, deadline };
  const { lifetime } = environment;
  try {
    while (lifetime.ending) {
      if ((await Promise.race([lifetime.ending, deadline.hardMargin])) !== "hard margin") continue;
      throw new Error(
        `An effect of ${plan.consumer} hangs in this environment, which ends once the invocations beside it have ended. Nothing of this batch was processed; it will be delivered again.`,
      );
    }
    const { shardmillRedrive } = (event ?? {}) as RedriveEvent;
    const work = plan.park && shardmillRedrive ? plan.park.rules.redrive : deliver;
    const { response, hangs } = await lifetime.during(() => work(plan, invocation));
    // What was settled is saved. The answer is not given: what hangs could go on in a later invocation.
    if (hangs) await lifetime.end(() => runtime.exit(hangs), runtime.clock);
    return response;
  } finally {
    deadline.end();
  }
}

/** What an invocation has to work with. */
export interface Invocation {
  readonly environment: Environment;
  readonly event: unknown;
  readonly context: InvocationContext | undefined;
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly deadline: Deadline;
}

/** What an invocation came to. */
export interface Settled<Response extends BatchResponse = BatchResponse> {
  readonly response: Response;
  /** An effect is still running; why the environment must end. */
  readonly hangs?: string | undefined;
}

/** The way of a batch: unpack, screen, process, settle. */
async function deliver<T>(plan: Plan<T>, invocation: Invocation): Promise<Settled> {
  const { context, deadline, environment, event, logger, runtime } = invocation;
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const batch = await unpack(checkKinesisEvent(event), plan.deaggregator, host);
  const memory = await plan.progress?.rules
    .remember(plan, environment, batch, context, runtime, deadline)
    .catch((error: unknown) => {
      if (plan.onProgressUnavailable === "stop" || isLogMismatch(error)) throw error;
      logger.error("The progress cannot be read: this batch is processed at least once.", {
        consumer: plan.consumer,
        error: describeError(error),
      });
      return undefined;
    });
  const run = startRun(plan, batch, runtime, logger, deadline, memory);
  const abandoned = memory ? memory.rules.findAbandoned(run, memory) : [];
  const isHung = await untilHardMargin(run, screenAndProcess(run, environment));
  warnOf(run, environment);
  const response = await settle(run, abandoned);
  // A log that a hung effect may still write to is nobody else's.
  if (!isHung) memory?.giveBack();
  const hangs = `An effect of ${plan.consumer} went on after its signal, up to the timeout. What was done is saved; the rest of the batch will be delivered again.`;
  return { response, hangs: isHung ? hangs : undefined };
}

/** Waits for the work, up to the hard margin. True: what still runs has failed. */
export async function untilHardMargin<T>(run: BatchRun<T>, work: Promise<void>): Promise<boolean> {
  const { deadline } = run;
  // Where all time has gone before, nothing was begun, and nothing has to be given up.
  const hasTime = deadline.hardRemainingMs() > 0;
  const ended = await (hasTime ? Promise.race([work, deadline.hardMargin]) : work);
  if (ended !== "hard margin") return false;
  failHung(run);
  return true;
}

async function screenAndProcess<T>(run: BatchRun<T>, environment: Environment): Promise<void> {
  const { memory, plan } = run;
  plan.progress?.rules.screen(run);
  const isOurs =
    !plan.lease || !memory || (await memory.rules.takeLease(run, memory, environment.sightings));
  if (isOurs) await processFresh(run);
}

/** A batch of which nothing is known yet. */
export function startRun<T>(
  plan: Plan<T>,
  batch: Batch,
  runtime: Runtime,
  logger: Logger,
  deadline: Deadline,
  memory: Memory | undefined,
): BatchRun<T> {
  const size = batch.records.length;
  return {
    plan,
    runtime,
    logger,
    deadline,
    batch,
    counts: { ...noCounts(), received: batch.received, userRecords: size },
    outcomes: new Uint8Array(size),
    reading: new Uint8Array(size),
    values: [],
    heap: new HeapWatch(runtime),
    ids: [],
    names: new Uint32Array(memory ? size * wordsPerName : 0),
    innerNames: [],
    errors: new Map(),
    attempts: new Map(),
    hung: new Set(),
    firsts: new Map(),
    twins: new Map(),
    parked: new Map(),
    parking: memory && plan.park?.rules,
    transactions: [],
    memory,
  };
}
