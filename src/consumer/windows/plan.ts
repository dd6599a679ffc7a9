/** The options of a consumer that counts its records in windows. */
import { refusing } from "../../handler/option-rules.ts";
import { version } from "../../handler/version.ts";
import { NonRetryableError } from "../../record/errors.ts";
import { isFunction } from "../../values/kinds.ts";
import type { KinesisConsumerOptions, WindowedConsumerOptions } from "../options.ts";
import { type Plan, planOf } from "../plan.ts";
import { deliver } from "./deliver.ts";

/** One entry names so many records at most: with what they have changed it must fit into an item. Those that are parked take more room. */
const recordsAtMost = 3000;
const withParkingAtMost = 500;

/** As the consumer's plan is, and what windows need of it. */
export function windowedPlanOf<T>(
  options: WindowedConsumerOptions<T, unknown>,
  consumerVersion: string | undefined,
): Plan<T> {
  const refuse = refusing("kinesisConsumer");
  refuse(
    consumerVersion !== version,
    `window comes from shardmill ${version}, and the consumer from ${consumerVersion ?? "an older version"}. Have one version: npm ls shardmill says who brings the other.`,
  );
  const { late, process, window, ...others } = options;
  refuse(!isFunction(process), "window needs process, a function that gets one row.");
  refuse(late !== undefined && !isFunction(late), "late must be a function, and no generator.");
  refuse(
    "processBatch" in others && others.processBatch !== undefined,
    "window needs process, which gets one row: there is no processBatch of rows.",
  );
  const plan = planOf<T>({ ...others, process: late ?? refuseLate } as KinesisConsumerOptions<T>);
  const { commitEvery, order, park, parallelizationFactor, progress } = plan;
  refuse(!progress, "window needs progress: what windows have come to stands in the log.");
  refuse(
    parallelizationFactor > 1,
    "window needs a ParallelizationFactor of 1: above it a shard's records come in no order, and what they come to would depend on it.",
  );
  refuse(
    plan.onProgressUnavailable === "continue",
    'window needs onProgressUnavailable: "stop": without the log nobody knows what was counted.',
  );
  refuse(
    plan.afterPark === "parkKey",
    'window needs afterPark: "continue": windows go on without what is parked.',
  );
  const most = park ? withParkingAtMost : recordsAtMost;
  return {
    ...plan,
    // Rows follow from the records in the order of the shard; `concurrency` is that of rows.
    order: "shard",
    commitEvery: { ...commitEvery, records: Math.min(commitEvery.records, most) },
    windowed: {
      definition: window.definition,
      process,
      hasLate: late !== undefined,
      order,
      deliver,
    },
  };
}

/** Of a record that was parked, and that a redrive brings back. */
const refuseLate = () => {
  throw new NonRetryableError(
    "It was parked, and the windows have gone on without it. Say by the option late what happens with such a record, deploy that, and redrive it again.",
  );
};
