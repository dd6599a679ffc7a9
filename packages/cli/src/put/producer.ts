/** Puts records by PutRecords, as fast as the stream takes them, and each until it is taken. */
import type { PutRecordsCommandInput, PutRecordsCommandOutput } from "@aws-sdk/client-kinesis";
import type { Clock } from "../../../../src/time/clock.ts";
import type { Random } from "../../../../src/time/random.ts";
import { type Entry, type Lane, lanes, type MakeEntry, type Pending } from "./lanes.ts";

export type PutRecords = (
  records: NonNullable<PutRecordsCommandInput["Records"]>,
) => Promise<PutRecordsCommandOutput>;

export interface ProducerOptions {
  readonly putRecords: PutRecords;
  readonly makeEntry: MakeEntry;
  /** Whether the same request may succeed later. */
  readonly isTransient: (error: unknown) => boolean;
  /** Records a second, of aggregates those in them. Infinity: as fast as it goes. */
  readonly rate: number;
  /** Requests at once. */
  readonly concurrency: number;
  /** When nothing at all was taken for so long, it gives up. */
  readonly giveUpAfterMs: number;
  /** Called with the shard of each entry that was put. */
  readonly onPut?: (entry: Entry, shardId: string | undefined) => void;
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
  put(lane: unknown, pending: Pending): Promise<void>;
  /** Resolves once nothing waits and nothing is under way, or when it is over. */
  drained(): Promise<void>;
  /** Resolves once everything is put, or, after `stop`, once nothing is under way. Rejects when it has given up. */
  end(): Promise<void>;
  /** Sends nothing more. What is under way comes to its end. */
  stop(): void;
  readonly counts: Readonly<ProducerCounts>;
  /** Whether it has given up or was stopped. */
  readonly isOver: boolean;
}

/** The limits of a request: what Kinesis takes everywhere. */
const entriesAtMost = 500;
const bytesAtMost = 5 * 1024 * 1024;

/** What waits in memory. */
const waitingAtMost = 10_000;
const waitingBytesAtMost = 32 * 1024 * 1024;

/** So long a request waits for more records to go with it. */
const lingerMs = 20;

const firstPauseMs = 100;
const longestPauseMs = 5_000;

export function startProducer(options: ProducerOptions): Producer {
  const { putRecords, isTransient, rate, concurrency, clock, random } = options;
  const waiting = lanes(options.makeEntry);
  const counts = { records: 0, bytes: 0, streamRecords: 0, requests: 0, refused: 0 };
  const changed = signal();
  const over = new AbortController();
  let isEnded = false;
  let failure: unknown;
  let lastTakenAt = clock.now();
  let nextRequestAt = clock.now();
  const limits = {
    entries: entriesAtMost,
    records: Math.max(1, Math.floor(rate / 10)),
    bytes: bytesAtMost,
  };

  const isOver = () => over.signal.aborted;
  const stop = () => {
    over.abort();
    changed.notify();
  };
  const fail = (error: unknown) => {
    failure ??= error;
    stop();
  };

  /** Sends requests one after another, until there is nothing more to send. */
  async function work(): Promise<void> {
    for (;;) {
      while (!isOver() && !waiting.isReady) {
        if (isEnded && waiting.size === 0) return;
        await changed.next();
      }
      if (isOver()) return;
      if (!isEnded && waiting.size < entriesAtMost) await clock.sleep(lingerMs);
      await keepToRate();
      if (isOver()) return;
      const entries = waiting.take(limits);
      const records = entries.reduce((sum, { pending }) => sum + pending.length, 0);
      nextRequestAt = Math.max(clock.now(), nextRequestAt) + (1000 * records) / rate;
      if (entries.length > 0) await send(entries);
    }
  }

  /** Waits until the next request may go, or until it is over. */
  async function keepToRate(): Promise<void> {
    if (rate === Number.POSITIVE_INFINITY) return;
    for (let now = clock.now(); now < nextRequestAt && !isOver(); now = clock.now()) {
      await clock.sleep(nextRequestAt - now, over.signal).catch(() => {});
    }
  }

  async function send(entries: readonly Entry[]): Promise<void> {
    counts.requests++;
    const answer = await putRecords(entries.map(toRequest)).catch((error: unknown) => ({ error }));
    if ("error" in answer) {
      if (isTransient(answer.error)) pauseAll(entries, answer.error);
      else fail(answer.error);
      return;
    }
    entries.forEach((entry, place) => {
      const { ErrorCode, ErrorMessage, ShardId } = answer.Records?.[place] ?? {};
      if (ErrorCode === undefined) taken(entry, ShardId);
      else pause(entry, new Error(`${ErrorCode}: ${ErrorMessage}`));
    });
    changed.notify();
  }

  function taken(entry: Entry, shardId: string | undefined): void {
    lastTakenAt = clock.now();
    counts.streamRecords++;
    counts.records += entry.pending.length;
    for (const { record } of entry.pending) counts.bytes += record.data.byteLength;
    waiting.done(entry);
    options.onPut?.(entry, shardId);
  }

  function pauseAll(entries: readonly Entry[], error: unknown): void {
    for (const entry of entries) pause(entry, error);
    changed.notify();
  }

  function pause(entry: Entry, error: unknown): void {
    counts.refused++;
    entry.refusals++;
    waiting.refused(entry);
    if (clock.now() - lastTakenAt >= options.giveUpAfterMs) {
      fail(
        new Error(
          `nothing was taken for ${Math.round(options.giveUpAfterMs / 1000)} s: ${(error as Error).message}`,
          { cause: error },
        ),
      );
      return;
    }
    const longest = Math.min(longestPauseMs, firstPauseMs * 2 ** (entry.refusals - 1));
    clock.sleep(longest * (0.5 + random() / 2), over.signal).then(
      () => goOn(entry.lane),
      () => {},
    );
  }

  function goOn(lane: Lane): void {
    waiting.again(lane);
    changed.notify();
  }

  const workers = Array.from({ length: concurrency }, () => work().catch(fail));
  return {
    async put(lane, pending) {
      while (!isOver() && (waiting.size >= waitingAtMost || waiting.bytes >= waitingBytesAtMost)) {
        await changed.next();
      }
      if (failure !== undefined) throw failure;
      waiting.push(lane, pending);
      changed.notify();
    },
    async drained() {
      while (!isOver() && waiting.size > 0) await changed.next();
    },
    async end() {
      isEnded = true;
      changed.notify();
      await Promise.all(workers);
      if (failure !== undefined) throw failure;
    },
    stop,
    counts,
    get isOver() {
      return isOver();
    },
  };
}

const toRequest = ({ data, partitionKey, explicitHashKey }: Entry) => ({
  Data: data,
  PartitionKey: partitionKey,
  ...(explicitHashKey === undefined ? {} : { ExplicitHashKey: explicitHashKey }),
});

/** Wakes everyone who waits. */
function signal(): { next(): Promise<void>; notify(): void } {
  let waiting: (() => void)[] = [];
  return {
    next: () => new Promise((resolve) => waiting.push(resolve)),
    notify() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}
