import { type InvocationContext, startDeadline } from "../handler/deadline.ts";
import { runtimeOf } from "../handler/runtime.ts";
import { jsonLogger, safeLogger } from "../observe/log.ts";
import type { RedriveEvent } from "../park/redrive-event.ts";
import { unpack } from "../record/unpack.ts";
import type { BatchRun } from "./batch-run.ts";
import type { Environment } from "./environment.ts";
import type { Invocation } from "./invocation.ts";
import type { BatchResponse } from "./options.ts";
import type { Plan } from "./plan.ts";
import { processFresh } from "./process.ts";
import { settle } from "./settle.ts";
import { startRun, stepsOf, untilHardMargin } from "./start-run.ts";
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
  const { lifetime } = environment;
  let isHung = false;
  const onHung = () => {
    isHung = true;
    lifetime.doom();
  };
  const invocation: Invocation = {
    environment,
    event,
    context,
    runtime,
    logger,
    deadline,
    onHung,
  };
  try {
    while (lifetime.ending) {
      if ((await Promise.race([lifetime.ending, deadline.hardMargin])) !== "hard margin") continue;
      throw new Error(
        `An effect of ${plan.consumer} hangs in this environment, which is about to end. Nothing of a batch was processed, and it comes again.`,
      );
    }
    const { shardmillRedrive } = (event ?? {}) as RedriveEvent;
    const { parking } = stepsOf(plan);
    const bring = plan.counted?.deliver ?? deliver<T>;
    const work = parking && shardmillRedrive ? parking.redrive<T> : bring;
    return await lifetime.during(() => work(plan, invocation));
  } finally {
    deadline.end();
    // There is no answer: what hangs could go on in a later invocation.
    if (isHung) {
      const why = `An effect of ${plan.consumer} went on after its signal. What was not saved comes again.`;
      await lifetime.end(() => runtime.exit(why), runtime.clock);
    }
  }
}

/** The way of a batch: unpack, screen, process, settle. */
async function deliver<T>(plan: Plan<T>, invocation: Invocation): Promise<BatchResponse> {
  const { deadline, environment, event, logger, runtime } = invocation;
  const host = { logger, signal: deadline.signal, hashKeyRangeOf: runtime.hashKeyRangeOf };
  const batch = await unpack(event, plan.deaggregator, host);
  const recalled = await stepsOf(plan).progress?.tryToRemember(plan, batch, invocation);
  const run = startRun(plan, batch, runtime, logger, deadline, recalled);
  const { memory } = run;
  const abandoned = memory && run.steps.progress!.findAbandoned(run, memory);
  const isHung = await untilHardMargin(run, screenAndProcess(run, environment), invocation);
  warnOf(run, environment);
  const response = await settle(run, abandoned);
  // A log that a hung effect may still write to is nobody else's.
  if (!isHung) memory?.giveBack();
  return response;
}

/** False: another invocation has the shard. */
export async function screenAndProcess<T>(
  run: BatchRun<T>,
  environment: Environment,
): Promise<boolean> {
  const isOurs = (await run.steps.progress?.begin(run, environment)) ?? true;
  if (isOurs) await processFresh(run);
  return isOurs;
}
