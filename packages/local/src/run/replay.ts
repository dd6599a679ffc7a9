/** Records that were captured or written, through a stream and a mapping once more. */
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import type { Kinesis } from "../kinesis/types.ts";
import type { Mapping, MappingSettings } from "../lambda/mapping/index.ts";
import type { TemplateMapping } from "../template/types.ts";
import type { BatchEvent } from "./events.ts";
import type { Machine } from "./machine.ts";
import type { MapOptions } from "./mapping-options.ts";
import { streamName } from "./streams.ts";

/** A record to put. */
export interface ReplayRecord {
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string | undefined;
  /** When it arrived the first time, in epoch milliseconds. */
  readonly arrivedAt?: number | undefined;
}

export interface ReplayOptions {
  readonly machine: Machine;
  readonly kinesis: Kinesis;
  readonly mapping: TemplateMapping;
  readonly records: readonly ReplayRecord[];
  /** Times as fast as they arrived. @default Infinity: as fast as they are taken */
  readonly speed?: number;
  /**
   * Attempts of one batch after which its shard counts as stuck, where the mapping itself would retry
   * without end. @default 20
   */
  readonly attempts?: number;
  readonly around?: MapOptions["around"];
  /** Why a batch failed, for the shards that are stuck. */
  readonly errorOf?: (event: BatchEvent) => string | undefined;
  /** Records that are settled: done, filtered out or given up. */
  readonly onProgress?: (settled: number) => void;
  /** Ends the replay: what is not settled is left. */
  readonly signal?: AbortSignal;
  /** When records are due. @default systemClock */
  readonly clock?: Clock;
}

export interface Replay {
  /** Hears of every batch, from the machine's `onEvent`. */
  readonly onBatch: (event: BatchEvent) => void;
  run(): Promise<ReplayResult>;
}

export interface ReplayResult {
  /** Records that were put into the stream. */
  readonly put: number;
  /** Records that the function was done with. */
  readonly delivered: number;
  /** Records that the mapping's filter passed over. */
  readonly filtered: number;
  /** Records handed to the function again. */
  readonly retried: number;
  readonly invocations: number;
  /** Records that the mapping gave up and described in its failure destination. */
  readonly described: number;
  /** Records that the mapping gave up without a trace, or that failed while it ignores item failures. */
  readonly lost: number;
  /** Records that were never settled. */
  readonly left: number;
  /** Shards in which a batch failed each time. */
  readonly stuck: readonly StuckShard[];
  /** Milliseconds from the arrival of a batch's last record to its delivery, at most. */
  readonly longestLagMs: number;
  readonly seconds: number;
}

export interface StuckShard {
  readonly shardId: string;
  readonly attempts: number;
  readonly firstSequenceNumber: string;
  /** Of its last attempt. */
  readonly error?: string;
}

/** So many records at most wait in the stream: what a function is slow to take need not be put yet. */
const mostWaiting = 20_000;
const putAtOnce = 500;
/** Once a shard is stuck, the others are done when nothing has ended for so many milliseconds. */
const quietMs = 1_500;

/** Prepares a replay. Nothing is read or put before `run`. */
export function replay({
  machine,
  kinesis,
  mapping,
  records,
  speed = Number.POSITIVE_INFINITY,
  attempts: mostAttempts = 20,
  around,
  errorOf = () => undefined,
  onProgress = () => {},
  signal,
  clock = systemClock,
}: ReplayOptions): Replay {
  const stream = streamName(mapping.streamArn);
  const reportsFailures = mapping.settings.functionResponseTypes?.length === 1;
  const retriesForever = (mapping.settings.maximumRetryAttempts ?? -1) < 0;
  const stuck = new Map<string, StuckShard>();
  const hung = new Set<string>();
  const { promise: gotStuck, resolve: isStuck } = Promise.withResolvers<void>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const aborted = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
  let mapped: Mapping | undefined;
  let put = 0;
  let ignored = 0;
  let invocations = 0;
  let longestLagMs = 0;
  let lastEnd = 0;
  let underWay = 0;

  function settled(): number {
    if (!mapped) return 0;
    const { metrics } = mapped;
    return (
      metrics.InvokedEventCount -
      metrics.FailedInvokeEventCount +
      metrics.FilteredOutEventCount +
      givenUp(mapped)
    );
  }

  function onBatch(event: BatchEvent): void {
    const { invocation, response } = event;
    const { shardId, attempt, outcome, requestId, iteratorAge, sequenceNumbers } = invocation;
    invocations++;
    lastEnd = clock.now();
    longestLagMs = Math.max(longestLagMs, iteratorAge);
    if (outcome === "success" && !reportsFailures) ignored += itemFailures(response);
    if (outcome === "failure" && retriesForever && attempt >= mostAttempts) {
      hung.add(requestId);
      const error = errorOf(event);
      stuck.set(shardId, {
        shardId,
        attempts: attempt,
        firstSequenceNumber: sequenceNumbers[0] ?? "",
        ...(error !== undefined && { error }),
      });
      isStuck();
    }
    onProgress(settled());
  }

  async function putAll(): Promise<void> {
    const firstArrival = records[0]?.arrivedAt ?? 0;
    const began = clock.now();
    for (const record of records) {
      if (signal?.aborted) return;
      if (speed !== Number.POSITIVE_INFINITY) {
        const due = began + ((record.arrivedAt ?? firstArrival) - firstArrival) / speed;
        if (due > clock.now()) await Promise.race([clock.sleep(due - clock.now()), aborted]);
      }
      const { data, partitionKey, explicitHashKey } = record;
      kinesis.putRecord({
        ...{ stream, data, partitionKey },
        ...(explicitHashKey !== undefined && { explicitHashKey }),
      });
      put++;
      if (put % putAtOnce === 0) await room();
    }
  }

  /** Waits while too much is waiting, and lets the mapping work in any case. */
  async function room(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    while (put - settled() > mostWaiting && stuck.size === 0 && !signal?.aborted)
      await clock.sleep(20);
  }

  async function quietBesideStuck(allPut: Promise<void>): Promise<void> {
    await Promise.all([gotStuck, allPut]);
    lastEnd = clock.now();
    while (underWay > 0 || clock.now() - lastEnd < quietMs) await clock.sleep(50);
  }

  /** A batch that has had its attempts waits until the replay ends. */
  const holding: MapOptions["around"] = (invoke) => {
    const inner = around ? around(invoke) : invoke;
    return async (event, context) => {
      if (hung.has(context.awsRequestId)) {
        await ended;
        throw new Error("This batch has failed too often: the replay has ended.");
      }
      underWay++;
      try {
        return await inner(event, context);
      } finally {
        underWay--;
      }
    };
  };

  return {
    onBatch,
    async run() {
      const began = clock.now();
      mapped = machine.map(mapping, {
        settings: ({ startingPositionTimestamp: _, ...given }) => ({
          ...given,
          startingPosition: "TRIM_HORIZON",
          maximumBatchingWindowInSeconds: batchingWindow(given, speed),
          enabled: true,
        }),
        around: holding,
        timing: retryPauses(speed),
      });
      const allPut = putAll();
      const drained = allPut.then(() => mapped!.drain());
      const quiet = quietBesideStuck(allPut);
      await Promise.race([drained, quiet, aborted]);
      const result = resultSoFar(mapped, (clock.now() - began) / 1000);
      const unmapped = machine.unmap(mapped);
      end();
      // What runs on after Ctrl-C is ended with its function.
      if (!signal?.aborted) await unmapped;
      return result;
    },
  };

  function resultSoFar(mapped: Mapping, seconds: number): ReplayResult {
    const { metrics } = mapped;
    const described = metrics.OnFailureDestinationDeliveredEventCount;
    const isFanOut = mapping.consumerArn !== undefined;
    // A fan-out consumer gets the user records of an aggregate one by one.
    const all = isFanOut ? metrics.PolledEventCount : put;
    return {
      put,
      delivered: metrics.InvokedEventCount - metrics.FailedInvokeEventCount - ignored,
      filtered: metrics.FilteredOutEventCount,
      retried: Math.max(0, metrics.FailedInvokeEventCount - givenUp(mapped)),
      invocations,
      described,
      lost: metrics.DroppedEventCount + ignored,
      left: Math.max(0, all - settled()) + records.length - put,
      stuck: [...stuck.values()],
      longestLagMs,
      seconds,
    };
  }
}

const givenUp = ({ metrics }: Mapping) =>
  metrics.DroppedEventCount + metrics.OnFailureDestinationDeliveredEventCount;

function itemFailures(response: unknown): number {
  const failures = (response as { batchItemFailures?: unknown } | null | undefined)
    ?.batchItemFailures;
  return Array.isArray(failures) ? failures.length : 0;
}

/** Records that come faster fill a batch sooner; at full speed only the last one waits at all. */
function batchingWindow(
  { maximumBatchingWindowInSeconds: given = 0 }: MappingSettings,
  speed: number,
) {
  return speed === Number.POSITIVE_INFINITY
    ? Math.min(1, given)
    : Math.ceil(given / Math.max(1, speed));
}

/** At full speed nobody wants to wait a minute for a retry; at ten times the speed, a tenth of it. */
const retryPauses = (speed: number) =>
  speed === Number.POSITIVE_INFINITY
    ? { pollInterval: 0, firstRetryPause: 1, longestRetryPause: 100 }
    : { firstRetryPause: 200 / speed, longestRetryPause: 60_000 / speed };
