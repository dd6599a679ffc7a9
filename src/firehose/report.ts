import { publish, sendCounts } from "../observe/metrics.ts";
import { deliveryStreamNameOf } from "./event.ts";
import type { TransformRun } from "./transform-run.ts";

/** The metrics of one invocation, by delivery stream. */
export function report({ bytes, counts, event, logger, plan, runtime }: TransformRun): void {
  const dimensions = { DeliveryStream: deliveryStreamNameOf(event) };
  const { clock, write } = runtime;
  const { metrics } = plan;
  publish({ metrics, write, dimensions, timestamp: clock.now(), logger }, (sink) => {
    sendCounts(sink, counts);
    sink.addMetric("ResponseBytes", "Bytes", bytes);
  });
}
