/** The options of a consumer whose records a machine counts. */

import type { KinesisConsumerOptions } from "../options.ts";
import { type MachinePlan, type Plan, planOf } from "../plan.ts";
import { deliver } from "./deliver.ts";

/** One entry names so many records at most: with what they have changed it must fit into an item. Those that are parked take more room. */
const recordsAtMost = 3000;
const withParkingAtMost = 500;

/** As the consumer's plan is, and its machine. `who` needs it, and keeps `what` in the log. */
export function countedPlanOf<T>(
  options: KinesisConsumerOptions<T>,
  who: string,
  what: string,
  refuse: (isWrong: boolean, why: string) => void,
  machine: Omit<MachinePlan<T>, "deliver" | "order">,
): Plan<T> {
  const plan = planOf<T>(options);
  const { commitEvery, order, park, parallelizationFactor, progress } = plan;
  refuse(!progress, `${who} needs progress: what ${what} have come to stands in the log.`);
  refuse(
    parallelizationFactor > 1,
    `${who} needs a ParallelizationFactor of 1: above it a shard's records come in no order, and what they come to would depend on it.`,
  );
  refuse(
    plan.onProgressUnavailable === "continue",
    `${who} needs onProgressUnavailable: "stop": without the log nobody knows what was counted.`,
  );
  refuse(
    plan.afterPark === "parkKey",
    `${who} needs afterPark: "continue": ${what} go on without what is parked.`,
  );
  const most = park ? withParkingAtMost : recordsAtMost;
  return {
    ...plan,
    // Rows follow from the records in the order of the shard; `concurrency` is that of rows.
    order: "shard",
    commitEvery: { ...commitEvery, records: Math.min(commitEvery.records, most) },
    counted: { ...machine, order, deliver },
  };
}
