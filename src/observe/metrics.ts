import type { WriteLine } from "./log.ts";

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
  addMetric(name: string, unit: "Count" | "Milliseconds" | "Seconds", value: number): void;
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
  for (const [name, value] of Object.entries(counts)) sink.addMetric(capital(name), "Count", value);
  sink.addMetric("IteratorAge", "Milliseconds", gauges.iteratorAge);
  if (gauges.effectiveWindow !== undefined) {
    sink.addMetric("EffectiveWindow", "Seconds", gauges.effectiveWindow);
  }
}

/**
 * One line of CloudWatch's embedded metric format an invocation, by consumer and stream.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function writeEmf(
  write: WriteLine,
  dimensions: { readonly consumer: string; readonly stream: string },
  timestamp: number,
  counts: Counts,
  gauges: Gauges,
): void {
  const metrics: { Name: string; Unit: string }[] = [];
  const values: Record<string, number> = {};
  sendMetrics(
    {
      addMetric(name, unit, value) {
        metrics.push({ Name: name, Unit: unit });
        values[name] = value;
      },
    },
    counts,
    gauges,
  );
  const directive = {
    Namespace: "shardmill",
    Dimensions: [["Consumer", "Stream"]],
    Metrics: metrics,
  };
  write(
    JSON.stringify({
      _aws: { Timestamp: timestamp, CloudWatchMetrics: [directive] },
      Consumer: dimensions.consumer,
      Stream: dimensions.stream,
      ...values,
    }),
  );
}

const capital = (name: string) => name[0]!.toUpperCase() + name.slice(1);
