/** What a worker measures of each of its streams, once a minute, under the KCL's names where they mean the same. */
import { type MappingMetrics, newMetrics } from "../mapping/metrics.ts";
import { jsonLogger, type WriteLine } from "../observe/log.ts";
import { type MetricsSink, publish, sendCounts } from "../observe/metrics.ts";
import { inform } from "../values/ready.ts";
import type { WorkerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import { type KnownStream, streamOfKey } from "./streams.ts";

/** Something that takes metrics, and may be told when a set is complete: Powertools' Metrics is one. */
export interface WorkerMetricsSink extends MetricsSink {
  publishStoredMetrics?(): unknown;
}

export interface Meter {
  /** What `on` is told. */
  event(event: WorkerEvent): void;
  throttled(stream: KnownStream): void;
  /** Where the mapping counts what it gives up. */
  mapping(stream: KnownStream): MappingMetrics;
  /** Sends each minute from now on. */
  start(): void;
  /** Sends for the last time. */
  end(): void;
}

export interface MeterOptions {
  readonly metrics: WorkerMetricsSink | true;
  readonly application: string;
  readonly streams: readonly KnownStream[];
  readonly clock: WorkerClock;
  /** @default to stdout */
  readonly write: WriteLine | undefined;
  /** How far the held shards of a stream are behind; undefined of those that have not been read yet. */
  readonly behind: (stream: KnownStream) => readonly (number | undefined)[];
}

const noCounts = () => ({
  /** Records that the handler has answered for. */
  recordsProcessed: 0,
  /** Batches with a record that it has not. */
  batchesFailed: 0,
  leasesTaken: 0,
  lostLeases: 0,
  throttledReads: 0,
});

/** Since the last time they were sent. */
const nothing = () => ({ counts: noCounts(), bytes: 0, mapping: newMetrics() });

const periodMs = 60_000;
const toStdout = (line: string) => {
  process.stdout.write(`${line}\n`);
};

export function meterOf(options: MeterOptions): Meter {
  const { application, streams, clock, write = toStdout } = options;
  const sink = options.metrics === true ? undefined : options.metrics;
  const logger = jsonLogger(write, () => clock.now());
  const known = new Map(streams.map((stream) => [stream, nothing()]));
  let hasEnded = false;
  let cancel = () => {};

  function countEvent(event: WorkerEvent): void {
    if (!("shardId" in event)) return;
    const ours = known.get(streamOfKey(streams, event.shardId)!);
    if (!ours) return;
    if (event.type === "taken") ours.counts.leasesTaken++;
    if (event.type === "lost") ours.counts.lostLeases++;
    if (event.type !== "batch") return;
    ours.counts.recordsProcessed += event.done;
    ours.bytes += event.bytes;
    // A throttle is a batch that the handler was not given.
    if (!["success", "throttle"].includes(event.outcome)) ours.counts.batchesFailed++;
  }

  function send(): void {
    for (const stream of streams) {
      const { counts, bytes, mapping } = known.get(stream)!;
      // The mapping goes on counting into its own object.
      const givenUp = mapping.DroppedEventCount + mapping.OnFailureDestinationDeliveredEventCount;
      Object.assign(mapping, newMetrics());
      known.set(stream, { ...nothing(), mapping });
      const behind = options.behind(stream);
      const said = behind.filter((ms) => ms !== undefined);
      const dimensions = { Application: application, Stream: stream.name };
      publish(
        { metrics: sink, write, dimensions, timestamp: clock.now(), logger },
        ({ addMetric }) => {
          sendCounts({ addMetric }, { ...counts, recordsGivenUp: givenUp });
          addMetric("DataBytesProcessed", "Bytes", bytes);
          addMetric("CurrentLeases", "Count", behind.length);
          if (said.length > 0) addMetric("MillisBehindLatest", "Milliseconds", Math.max(...said));
        },
      );
      inform(
        () => sink?.publishStoredMetrics?.(),
        (error) => logger.warn("The metrics could not be sent.", { error: String(error) }),
      );
    }
  }

  function keepSending(): void {
    cancel = clock.after(periodMs, () => {
      keepSending();
      send();
    });
  }

  return {
    event: countEvent,
    throttled(stream) {
      known.get(stream)!.counts.throttledReads++;
    },
    mapping: (stream) => known.get(stream)!.mapping,
    start() {
      if (!hasEnded) keepSending();
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      cancel();
      send();
    },
  };
}
