/** The library's producer, at the command's pace, and until the command gives up: each record is tried until it is taken. */
import type { KinesisClient } from "@aws-sdk/client-kinesis";
import { kinesisProducer, type PutError } from "../../../../src/producer.ts";
import type { Clock } from "../../../../src/time/clock.ts";
import type { Random } from "../../../../src/time/random.ts";
import type { InputRecord } from "../input/index.ts";
import type { Ticket } from "./watermark.ts";

/** A record on its way. */
export interface Pending {
  readonly record: InputRecord;
  readonly partitionKey: string;
  readonly ticket: Ticket;
}

export interface ProducerOptions {
  readonly stream: string;
  readonly client: KinesisClient;
  readonly largestRecord: number;
  readonly aggregate: boolean;
  readonly unordered: boolean;
  /** Records a second, of aggregates those in them. Infinity: as fast as it goes. */
  readonly rate: number;
  /** Requests at once. */
  readonly concurrency: number;
  /** When nothing at all was taken for so long, it gives up. */
  readonly giveUpAfterMs: number;
  readonly clock: Clock;
  readonly random: Random;
}

export interface ProducerCounts {
  /** Records that were put. */
  records: number;
  /** Bytes of their data. */
  bytes: number;
  /** What they became in the stream: fewer, where they are aggregates. */
  streamRecords: number;
  requests: number;
  /** Entries that were refused, and sent again. */
  refused: number;
}

export interface Producer {
  /** Takes a record, once there is room for it. Rejects when the producer has given up. */
  put(pending: Pending): Promise<void>;
  /** Resolves once everything is put, or, after `stop`, once nothing is under way. Rejects when it has given up. */
  end(): Promise<void>;
  /** Sends nothing more. What is under way comes to its end. */
  stop(): void;
  readonly counts: Readonly<ProducerCounts>;
  /** Records of the stream, by shard. */
  readonly byShard: Readonly<Record<string, number>>;
  /** Whether it has given up or was stopped. */
  readonly isOver: boolean;
}

/** What waits in memory. */
const maxOutstanding = { records: 10_000, bytes: 32 * 1024 * 1024 };

/** So long a record waits for more to go with it. */
const maxBufferedMs = 20;

/** As fast as the stream takes it: where it refuses, the producer goes down to a tenth of this by itself. */
const rateLimitPercent = 1000;

/** So far the pace may be ahead: a tenth of a second's records go together. */
const burstMs = 100;

export function startProducer(options: ProducerOptions): Producer {
  const { rate, clock, random, giveUpAfterMs } = options;
  const counts = { records: 0, bytes: 0, streamRecords: 0, requests: 0, refused: 0 };
  const byShard: Record<string, number> = {};
  const over = new AbortController();
  const { signal } = over;
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  let failure: unknown;
  let lastTakenAt = clock.now();
  let nextAt = clock.now();

  const producer = kinesisProducer<Uint8Array>({
    ...{ stream: options.stream, client: options.client, maxRecordBytes: options.largestRecord },
    ...{ aggregation: options.aggregate ? {} : false, maxOutstanding, maxBufferedMs },
    ...{ order: options.unordered ? "none" : "partitionKey", rateLimitPercent },
    ...{ maxRequests: options.concurrency, ttlMs: Number.POSITIVE_INFINITY },
    runtime: { clock, random },
    on(event) {
      if (event.type === "request") counts.requests++;
      if (event.type === "refused") refused(event.cause);
      if (event.type !== "put") return;
      lastTakenAt = clock.now();
      counts.streamRecords++;
      byShard[event.shardId] = (byShard[event.shardId] ?? 0) + 1;
    },
  });

  function stop(): void {
    over.abort();
    void producer.close({ withinMs: 0 });
  }

  function fail(error: unknown): void {
    failure ??= error;
    stop();
  }

  function refused(error: unknown): void {
    counts.refused++;
    if (clock.now() - lastTakenAt < giveUpAfterMs) return;
    const seconds = Math.round(giveUpAfterMs / 1000);
    const { name, message } = error as Error;
    const why = `nothing was taken for ${seconds} s: ${name}: ${message}`;
    fail(new Error(why, { cause: error }));
  }

  /** Waits until the next record may go, or until it is over. */
  async function keepToRate(): Promise<void> {
    if (rate === Number.POSITIVE_INFINITY) return;
    const aheadMs = nextAt - clock.now();
    nextAt += Math.max(0, -aheadMs) + 1000 / rate;
    if (aheadMs >= burstMs) await clock.sleep(aheadMs, signal).catch(() => {});
  }

  /** Waits for room. */
  async function offer(pending: Pending): Promise<void> {
    const { partitionKey, record } = pending;
    const { data, explicitHashKey } = record;
    const explicit = explicitHashKey === undefined ? {} : { explicitHashKey };
    while (!signal.aborted) {
      const result = producer.tryPut({ partitionKey, data, ...explicit });
      if (result) {
        result.then(
          () => {
            counts.records++;
            counts.bytes += data.byteLength;
            pending.ticket.isPut = true;
          },
          (error: PutError) => {
            if (!signal.aborted) fail(error.cause ?? error);
          },
        );
        return;
      }
      await Promise.race([producer.room(), stopped]);
    }
  }

  return {
    async put(pending) {
      await keepToRate();
      await offer(pending);
      if (failure !== undefined) throw failure;
    },
    async end() {
      await producer.close();
      if (failure !== undefined) throw failure;
    },
    stop,
    counts,
    byShard,
    get isOver() {
      return signal.aborted;
    },
  };
}
