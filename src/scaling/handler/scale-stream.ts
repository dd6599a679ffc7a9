/** The handler: every minute, for all streams that it looks after. */
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import type { InvocationContext } from "../../handler/deadline.ts";
import { type MiddyHandler, middyHandler, throughMiddlewares } from "../../handler/middlewares.ts";
import { runtimeOf } from "../../handler/runtime.ts";
import { atPlace } from "../../observe/at-place.ts";
import { describeError, jsonLogger, safeLogger } from "../../observe/log.ts";
import { publish } from "../../observe/metrics.ts";
import { type ScaleStreamOptions, scalingPlanOf } from "./options.ts";
import {
  freshMemory,
  logReport,
  type ScalingReport,
  type StreamMemory,
  scaleOne,
  sendReport,
} from "./scale-one.ts";

/** A Lambda handler that scales streams, and a middy handler. It answers with what it found and did, stream by stream. */
export type ScalingHandler = MiddyHandler<readonly ScalingReport[]>;

/**
 * Makes the handler of a Lambda function that keeps streams as large as their load needs. Run it every minute, by a schedule of
 * EventBridge, with a reserved concurrency of 1; what is in the event does not matter, so an alarm may invoke it too.
 *
 * It reads each stream's bytes, records, refused records and iterator age, foresees the day from the days before, and calls
 * UpdateShardCount within its limits: once at a time, twice up, half down, and no more than `operationsPerDay`. It remembers its calls in
 * the tag `shardmill:scaling` of the stream. Where the stream has shard-level metrics, a single hot shard is split where half of its
 * bytes lie, and quiet neighbours are merged.
 *
 * Rejects, after all other streams had their turn, with what AWS answered for a stream.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html
 *
 * @example
 * export const handler = scaleStream({
 *   streams: [{ streamName: process.env.FLIGHTS_STREAM, max: 32 }],
 *   dryRun: true, // says what it would do
 * });
 */
export function scaleStream(options: ScaleStreamOptions): ScalingHandler {
  const plan = scalingPlanOf(options);
  const kinesis = plan.kinesis ?? new KinesisClient({});
  const cloudwatch = plan.cloudwatch ?? new CloudWatchClient({});
  const memories = new Map<string, StreamMemory>();

  async function scaleAll(
    _event: unknown,
    context: InvocationContext | undefined,
  ): Promise<readonly ScalingReport[]> {
    const { clock, write } = runtimeOf(context, plan.runtime);
    const logger = safeLogger(plan.logger ?? jsonLogger(write, clock.now));
    const surroundings = { kinesis, cloudwatch, dryRun: plan.dryRun, now: clock.now() };
    const outcomes = await Promise.allSettled(
      plan.streams.map(async (stream) => {
        const { streamName } = stream;
        const memory = memories.get(streamName) ?? freshMemory();
        memories.set(streamName, memory);
        const report = await scaleOne(stream, memory, surroundings);
        logReport(logger, report, memory);
        const dimensions = { Stream: streamName };
        const timestamp = clock.now();
        publish({ metrics: plan.metrics, write, dimensions, timestamp, logger }, (sink) =>
          sendReport(sink, report),
        );
        return report;
      }),
    );
    return reportsOf(
      outcomes,
      plan.streams.map(({ streamName }) => streamName),
    );
  }

  return middyHandler(scaleAll, (middlewares, event, context) =>
    throughMiddlewares(middlewares, scaleAll, () => {})(event, context),
  );
}

/** Throws where a stream has failed: its error, or those of all. */
function reportsOf(
  outcomes: readonly PromiseSettledResult<ScalingReport>[],
  names: readonly string[],
): readonly ScalingReport[] {
  const errors = outcomes.flatMap((outcome, index) =>
    outcome.status === "rejected"
      ? [atPlace(outcome.reason, `scaleStream: ${names[index]}`) as Error]
      : [],
  );
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) {
    throw new AggregateError(errors, errors.map((each) => describeError(each).message).join("\n"));
  }
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<ScalingReport>).value);
}
