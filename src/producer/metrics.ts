/** What a producer counts, under the KPL's names where they mean the same. Bundled only where it is asked for. */
import { jsonLogger } from "../observe/log.ts";
import { type MetricsSink, publish } from "../observe/metrics.ts";
import type { ProducerEvent } from "./events.ts";

/** Counts what a producer does; `producerMetrics` makes one, for one producer. */
export interface ProducerMetrics {
  /** A record was given to `put`. */
  received(): void;
  /** A user record is in, so long after it was put, and by so many requests. */
  put(bytes: number, bufferedMs: number, requests: number): void;
  /** What `on` is told. */
  event(event: ProducerEvent): void;
  /** Sends what was counted, if there is something; without `isDue`, once a minute at most. */
  send(now: MetricsMoment, isDue: boolean): void;
}

/** When, of which stream, and where to. */
export interface MetricsMoment {
  readonly stream: string;
  readonly now: number;
  /** @default to stdout */
  readonly write: ((line: string) => void) | undefined;
  /** User records that are neither in nor given up. */
  readonly pending: number;
}

/** Since the last time they were sent. */
interface Counts {
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

const noCounts = (): Counts => ({
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

/** The longest of each since the last time. */
const noTimes = () => ({ requestTime: 0, bufferingTime: 0, retriesPerRecord: 0 });

const toStdout = (line: string) => {
  process.stdout.write(`${line}\n`);
};
const periodMs = 60_000;
const metricName = (name: string) => name[0]!.toUpperCase() + name.slice(1);

/**
 * Metrics of a producer: at each flush, and once a minute between two. One line of CloudWatch's embedded metric format on stdout, in the
 * namespace `shardmill` with the dimension `StreamName`; or what `sink` makes of them, Powertools' Metrics, say.
 *
 * @example
 * kinesisProducer({ stream: "orders", metrics: producerMetrics() });
 */
export function producerMetrics(sink?: MetricsSink): ProducerMetrics {
  let counts = noCounts();
  let times = noTimes();
  let sentAt = Number.NEGATIVE_INFINITY;
  return {
    received() {
      counts.userRecordsReceived++;
    },
    put(bytes, bufferedMs, requests) {
      counts.userRecordsPut++;
      counts.userRecordsDataPut += bytes;
      times.bufferingTime = Math.max(times.bufferingTime, bufferedMs);
      times.retriesPerRecord = Math.max(times.retriesPerRecord, requests - 1);
    },
    event(event) {
      switch (event.type) {
        case "put":
          counts.kinesisRecordsPut++;
          counts.kinesisRecordsDataPut += event.bytes;
          return;
        case "request":
          counts.putRecordsRequests++;
          times.requestTime = Math.max(times.requestTime, event.durationMs);
          return;
        case "refused":
          counts.allErrors++;
          if (event.errorCode === "WrongShard") counts.wrongShard++;
          if (event.errorCode.includes("Throughput")) counts.throttled++;
          return;
        case "failed":
          counts.userRecordsFailed++;
          if (event.error.name === "RecordExpired") counts.userRecordExpired++;
      }
    },
    send({ stream, now, write = toStdout, pending }, isDue) {
      if (sentAt === Number.NEGATIVE_INFINITY) sentAt = now;
      // The clock may have been set back.
      if (!isDue && Math.abs(now - sentAt) < periodMs) return;
      if (Object.values(counts).every((count) => count === 0)) return;
      const [sent, took] = [counts, times];
      [counts, times, sentAt] = [noCounts(), noTimes(), now];
      publish(
        {
          ...{ metrics: sink, write, dimensions: { StreamName: stream }, timestamp: now },
          logger: jsonLogger(write, () => now),
        },
        ({ addMetric }) => {
          for (const [name, value] of Object.entries<number>({ ...sent })) {
            addMetric(metricName(name), name.includes("Data") ? "Bytes" : "Count", value);
          }
          addMetric("UserRecordsPending", "Count", pending);
          addMetric("RequestTime", "Milliseconds", took.requestTime);
          addMetric("BufferingTime", "Milliseconds", took.bufferingTime);
          addMetric("RetriesPerRecord", "Count", took.retriesPerRecord);
        },
      );
    },
  };
}
