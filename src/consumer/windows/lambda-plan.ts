/** The options of a consumer that counts its records in Lambda's own tumbling windows. */
import type { KinesisConsumerOptions, LambdaWindowConsumerOptions } from "../options.ts";
import { type Plan, planOf } from "../plan.ts";
import { windowKind } from "./kind.ts";
import { lambdaDelivery } from "./lambda-deliver.ts";
import { refuse, rowEffect } from "./row-effect.ts";

/** As the consumer's plan is, and what the windows need of it. */
export function lambdaPlanOf<T>(
  options: LambdaWindowConsumerOptions<T, unknown>,
  consumerVersion: string | undefined,
): Plan<T> {
  const { process, window, ...others } = options;
  const effectOf = rowEffect<T>(process, others, consumerVersion);
  const given: Readonly<Record<string, unknown>> = others;
  refuse(
    given.late !== undefined,
    "lambdaWindow takes no late: records are in the window in which they arrive.",
  );
  refuse(
    given.progress !== undefined,
    "lambdaWindow takes no progress: Lambda keeps the state. With progress use tumbling(), which has no end of state, no parts, and rows once.",
  );
  const plan = planOf<T>({ ...others, process() {} } as unknown as KinesisConsumerOptions<T>);
  refuse(
    plan.parallelizationFactor > 1,
    "window needs a ParallelizationFactor of 1, as Lambda's tumbling windows do.",
  );
  const { definition, epoch } = window;
  const { order } = plan;
  return {
    ...plan,
    // Rows follow from the records in the order of the shard; `concurrency` is that of rows.
    order: "shard",
    counted: {
      kind: windowKind(definition),
      effectOf,
      ...{ order, hasLate: false, report() {} },
      deliver: lambdaDelivery({ definition, epoch, order, process }),
    },
  };
}
