import { describeError } from "../observe/log.ts";
import { type MetricsSink, sendCounts, writeEmf } from "../observe/metrics.ts";
import { deliveryStreamNameOf } from "./event.ts";
import type { TransformRun } from "./transform-run.ts";

/** The metrics of one invocation, by delivery stream. */
export function report({ bytes, counts, event, logger, plan, runtime }: TransformRun): void {
  const send = (sink: MetricsSink) => {
    sendCounts(sink, counts);
    sink.addMetric("ResponseBytes", "Bytes", bytes);
  };
  const dimensions = { DeliveryStream: deliveryStreamNameOf(event) };
  try {
    if (plan.metrics) send(plan.metrics);
    else if (plan.metrics !== false) {
      writeEmf(runtime.write, dimensions, runtime.clock.now(), send);
    }
  } catch (error) {
    logger.warn("The metrics could not be sent.", { error: describeError(error) });
  }
}
