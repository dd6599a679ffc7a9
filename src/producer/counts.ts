/** What a producer counts, under the KPL's names where they mean the same. */
import { jsonLogger } from "../observe/log.ts";
import { type MetricsSink, publish } from "../observe/metrics.ts";
import type { PutResult } from "./options.ts";

/** Since the last time they were sent. */
export interface Counts {
  userRecordsReceived: number;
  userRecordsPut: number;
  /** Bytes of data and keys. */
  userRecordsDataPut: number;
  kinesisRecordsPut: number;
  kinesisRecordsDataPut: number;
  /** Requests of PutRecords. */
  putRecordsRequests: number;
  /** Records of the stream that were not taken. */
  allErrors: number;
  /** Those of them whose shard was full. */
  throttled: number;
  /** Aggregates that were put again because a reshard came between. */
  wrongShard: number;
  userRecordExpired: number;
  /** User records that were given up, expired or not. */
  userRecordsFailed: number;
}

export const noCounts = (): Counts => ({
  userRecordsReceived: 0,
  userRecordsPut: 0,
  userRecordsDataPut: 0,
  kinesisRecordsPut: 0,
  kinesisRecordsDataPut: 0,
  putRecordsRequests: 0,
  allErrors: 0,
  throttled: 0,
  wrongShard: 0,
  userRecordExpired: 0,
  userRecordsFailed: 0,
});

/** Figures that are no counts: the longest of each since the last time. */
export interface Times {
  requestTime: number;
  bufferingTime: number;
  retriesPerRecord: number;
}

export const noTimes = (): Times => ({ requestTime: 0, bufferingTime: 0, retriesPerRecord: 0 });

export function noteResult(times: Times, putAt: number, { attempts }: PutResult): void {
  const [first] = attempts;
  times.bufferingTime = Math.max(times.bufferingTime, (first?.startedAt ?? putAt) - putAt);
  times.retriesPerRecord = Math.max(times.retriesPerRecord, attempts.length - 1);
}

export interface MetricsReport {
  readonly stream: string;
  readonly metrics: MetricsSink | false | undefined;
  readonly write: (line: string) => void;
  readonly now: number;
  readonly counts: Counts;
  readonly times: Times;
  /** User records that are neither in nor given up. */
  readonly pending: number;
}

const metricName = (name: string) => name[0]!.toUpperCase() + name.slice(1);

export function report({
  stream,
  metrics,
  write,
  now,
  counts,
  times,
  pending,
}: MetricsReport): void {
  publish(
    {
      ...{ metrics, write, dimensions: { StreamName: stream }, timestamp: now },
      logger: jsonLogger(write, () => now),
    },
    (sink) => {
      for (const [name, value] of Object.entries<number>({ ...counts })) {
        sink.addMetric(metricName(name), name.includes("Data") ? "Bytes" : "Count", value);
      }
      sink.addMetric("UserRecordsPending", "Count", pending);
      sink.addMetric("RequestTime", "Milliseconds", times.requestTime);
      sink.addMetric("BufferingTime", "Milliseconds", times.bufferingTime);
      sink.addMetric("RetriesPerRecord", "Count", times.retriesPerRecord);
    },
  );
}
