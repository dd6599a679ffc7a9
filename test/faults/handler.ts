/** The handler that is deployed, with its options as a scenario has them. */
import type { ConsumerEvent } from "../../src/index.ts";
import { workOf } from "./effects.ts";
import type { Environment } from "./environment.ts";
import { parkingOf } from "./parking-seam.ts";
import { progressOf } from "./progress-seam.ts";
import type { ConsumerSetup } from "./scenario.ts";
import { userFunctions } from "./user-functions.ts";
import { rowsOf } from "./windows/rows.ts";
import { sqlRowsOf } from "./windows/sql-rows.ts";
import type { World } from "./world.ts";

export type Response = {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

export type Handler = (event: unknown, context?: never) => Promise<Response>;

export const consumerName = "departures";

export function handlerOf(
  world: World,
  environment: Environment,
  release: 1 | 2,
  setup: ConsumerSetup,
): Handler {
  const { park } = setup;
  const isAsked = setup.work === "commitWith" || setup.work === "onceStreamWide";
  const { decode, ...given } = userFunctions(world, environment, setup);
  const options = {
    consumer: consumerName,
    ...given,
    order: setup.order,
    concurrency: setup.concurrency,
    parallelizationFactor: setup.parallelizationFactor,
    marginMs: setup.marginMs,
    metrics: false,
    maxItems: setup.work === "processBatch" ? setup.maxItems : undefined,
    runtime: environment.runtime,
    on(event: ConsumerEvent) {
      if (event.type === "abandoned") world.abandoned.add(event.sequenceNumber);
      if (event.type === "failed" && isAsked) {
        // A transaction that did not get through is a failure of its record, too; or an id that could not be asked for.
        const { cause = event.error } = event.error as Error;
        if (!world.thrown.has(cause as object)) world.recordAt(event.record.data).failures++;
      }
      if (event.type !== "unsaved") return;
      const invocation = world.current.getStore();
      if (invocation) invocation.appendFailed = true;
      world.book.tell(environment.id, () => `could not save: ${(event.error as Error).message}`);
    },
    ...(setup.progress !== "none" && {
      progress: progressOf(world, environment, release),
      dedupeWindowInSeconds: setup.dedupeWindowInSeconds,
      retentionInHours: 24,
      epoch: setup.epoch === 0 ? undefined : `e${setup.epoch}`,
      commitEvery: setup.commitEvery,
      lease: setup.lease,
      onProgressUnavailable: setup.onProgressUnavailable,
    }),
    ...(park && {
      park: parkingOf(world, environment, setup),
      maxAttempts: park.maxAttempts,
      parkAfterInSeconds: park.parkAfterInSeconds,
      afterPark: park.afterPark,
      suspectAfterInSeconds: park.suspectAfterInSeconds,
    }),
  };
  const { kinesisConsumer, sqlConsumer } = world.program;
  if (setup.windows === "sql" || setup.windows === "merged") {
    const application = sqlRowsOf(world, environment, setup, decode);
    return sqlConsumer({ ...options, ...application } as never) as unknown as Handler;
  }
  const work = (setup.windows ? rowsOf : workOf)(world, environment, setup);
  return kinesisConsumer({ ...options, decode, ...work } as never) as unknown as Handler;
}
