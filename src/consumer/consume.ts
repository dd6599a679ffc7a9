import { describeError, jsonLogger, type Logger, safeLogger } from "../observe/log.ts";
import { noCounts } from "../observe/metrics.ts";
import type { RedriveEvent } from "../park/redrive-event.ts";
import { wordsPerName } from "../progress/fingerprint.ts";
import { LogMismatchError } from "../progress/log-mismatch.ts";
import { checkKinesisEvent } from "../record/kinesis-event.ts";
import { type Batch, unpack } from "../record/unpack.ts";
import type { BatchRun, Memory } from "./batch-run.ts";
import { type Deadline, type InvocationContext, startDeadline } from "./deadline.ts";
import type { BatchResponse } from "./options.ts";
import type { Plan } from "./plan.ts";
import { failHung, processFresh } from "./process.ts";
import type { Environment } from "./remember.ts";
import { type Runtime, runtimeOf } from "./runtime.ts";
import { settle } from "./settle.ts";
import { warnOf } from "./warnings.ts";

/** The way of a batch: unpack, screen, process, settle. */
export async function consume<T>(
  plan: Plan<T>,
  environment: Environment,
  event: unknown,
  context: InvocationContext | undefined,
): Promise<BatchResponse> {
  const { shardmillRedrive } = (event ?? {}) as RedriveEvent;
  if (plan.park && shardmillRedrive) return plan.park.rules.redrive(plan, event, context);
  const runtime = runtimeOf(context, plan.runtime);
  const logger = safeLogger(plan.logger ?? jsonLogger(runtime.write, runtime.clock.now));
  const deadline = startDeadline(context, runtime.clock, plan.marginMs);
  try {
    const { signal } = deadline;
    const host = { logger, signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
    const batch = await unpack(checkKinesisEvent(event), plan.deaggregator, host);
    const memory = await plan.progress?.rules
      .remember(plan, environment, batch, context, runtime, deadline)
      .catch((error: unknown) => {
        if (plan.onProgressUnavailable === "stop" || error instanceof LogMismatchError) throw error;
        logger.error("The progress cannot be read: this batch is processed at least once.", {
          consumer: plan.consumer,
          error: describeError(error),
        });
        return undefined;
      });
    const run = startRun(plan, batch, runtime, logger, deadline, memory);
    const abandoned = memory ? memory.rules.findAbandoned(run, memory) : [];
    const work = screenAndProcess(run, environment);
    // Where all time has gone before, nothing was begun, and nothing has to be given up.
    const hasTime = deadline.hardRemainingMs() > 0;
    const ended = await (hasTime ? Promise.race([work, deadline.hardMargin]) : work);
    if (ended === "hard margin") failHung(run);
    const response = await settle(run, abandoned);
    if (ended === "hard margin") {
      runtime.exit(
        `An effect of ${plan.consumer} went on after its signal, up to the timeout. What was done is saved; the rest of the batch will be delivered again.`,
      );
    }
    return response;
  } finally {
    deadline.end();
  }
}

async function screenAndProcess<T>(run: BatchRun<T>, environment: Environment): Promise<void> {
  const { memory, plan } = run;
  await plan.progress?.rules.screen(run);
  warnOf(run, environment);
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
    values: [],
    ids: [],
    names: new Uint32Array(memory ? size * wordsPerName : 0),
    errors: new Map(),
    attempts: new Map(),
    hung: new Set(),
    twins: new Map(),
    parked: new Map(),
    parking: memory && plan.park?.rules,
    transactions: [],
    memory,
  };
}
