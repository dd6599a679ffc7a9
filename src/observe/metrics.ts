import { inform } from "../values/ready.ts";
import { describeError, type Logger, type WriteLine } from "./log.ts";

/** What one invocation did. The names of the metrics are these, with a capital first letter. */
export interface Counts {
  /** Kinesis records in the event. */
  received: number;
  /** User records in them. */
  userRecords: number;
  /** Records whose effect happened now. */
  processed: number;
  /** Records skipped because the log names them. */
  redelivered: number;
  /** Records skipped because another record with their unique id is done. */
  duplicates: number;
  /** Records that failed. */
  failed: number;
  /** Records not run: no time was left, or an earlier record of their lane failed. */
  givenBack: number;
  parked: number;
  /** Records given back that the mapping never delivered again: it ignores partial responses, or has discarded them. */
  abandoned: number;
  /**
   * Records processed although the log may name them: behind a fan-out consumer, without unique ids, the
   * rest of an aggregate and a repeat of it can look the same.
   */
  undecided: number;
  /** Appends to the log that failed for good. */
  unsaved: number;
  /** Appends that met another environment's entry. */
  conflicts: number;
}

/** Figures that are no counts. */
export interface Gauges {
  /** How long ago the last record of the batch arrived, in milliseconds. */
  readonly iteratorAge: number;
  /** How far back the log knows what is done, in seconds; undefined without progress. */
  readonly effectiveWindow: number | undefined;
}

/** Something that takes metrics: Powertools' Metrics is one. */
export interface MetricsSink {
  addMetric(
    name: string,
    unit: "Bytes" | "Count" | "Milliseconds" | "Seconds",
    value: number,
  ): void;
}

export const noCounts = (): Counts => ({
  received: 0,
  userRecords: 0,
  processed: 0,
  redelivered: 0,
  duplicates: 0,
  failed: 0,
  givenBack: 0,
  parked: 0,
  abandoned: 0,
  undecided: 0,
  unsaved: 0,
  conflicts: 0,
});

export function sendMetrics(sink: MetricsSink, counts: Counts, gauges: Gauges): void {
  sendCounts(sink, counts);
  sink.addMetric("IteratorAge", "Milliseconds", gauges.iteratorAge);
  if (gauges.effectiveWindow !== undefined) {
    sink.addMetric("EffectiveWindow", "Seconds", gauges.effectiveWindow);
  }
}

/** Under their names, with a capital first letter. */
export function sendCounts<Counts extends { [Name in keyof Counts]: number }>(
  sink: MetricsSink,
  counts: Counts,
): void {
  for (const [name, value] of Object.entries<number>(counts)) {
    sink.addMetric(name[0]!.toUpperCase() + name.slice(1), "Count", value);
  }
}

/** Where the metrics of one invocation go. */
export interface MetricsTarget {
  /** A sink of the user's; false for nowhere. @default one line on `write` */
  readonly metrics: MetricsSink | false | undefined;
  readonly write: WriteLine;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly logger: Logger;
}

/** Sends an invocation's metrics. What the sink throws, or rejects with, is logged, and changes nothing. */
export function publish(
  { metrics, write, dimensions, timestamp, logger }: MetricsTarget,
  send: (sink: MetricsSink) => void,
): void {
  if (metrics === false) return;
  let hasFailed = false;
  const failed = (error: unknown) => {
    if (!hasFailed) {
      logger.warn("The metrics could not be sent.", { error: describeError(error) });
    }
    hasFailed = true;
  };
  if (metrics)
    send({ addMetric: (...metric) => inform(() => metrics.addMetric(...metric), failed) });
  else inform(() => writeEmf(write, dimensions, timestamp, send), failed);
}

/**
 * One line of CloudWatch's embedded metric format an invocation, with the metrics that `send` sends.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
function writeEmf(
  write: WriteLine,
  dimensions: Readonly<Record<string, string>>,
  timestamp: number,
  send: (sink: MetricsSink) => void,
): void {
  const metrics: { Name: string; Unit: string }[] = [];
  const values: Record<string, number> = {};
  send({
    addMetric(name, unit, value) {
      metrics.push({ Name: name, Unit: unit });
      values[name] = value;
    },
  });
  const directive = {
    Namespace: "shardmill",
    Dimensions: [Object.keys(dimensions)],
    Metrics: metrics,
  };
  write(
    JSON.stringify({
      _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
      ...dimensions,
      ...values,
    }),
  );
}
