/** `kinesisProducer`: what is outstanding, who waits for room, and what is told to whom. */
import { givenClient, givenText } from "../aws/given.ts";
import { systemClock } from "../time/clock.ts";
import { systemRandom } from "../time/random.ts";
import { encodeAsIs, encodeFunctionOf } from "./encode.ts";
import { type Engine, startEngine } from "./engine.ts";
import type { PutError } from "./errors.ts";
import type { ProducerEvent } from "./events.ts";
import { failure, type GivenUp, type Reason } from "./failure.ts";
import type {
  FlushResult,
  KinesisProducer,
  KinesisProducerOptions,
  ProducerRecord,
  PutResult,
} from "./options.ts";
import { noAttempts, type Pending, pendings } from "./pending.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { openStream, type Stream } from "./stream.ts";
import { wakeUps } from "./wake-up.ts";

/** Of the records that fail, so many errors are kept until the next flush. */
const keptErrors = 10;

/** Who waits for all records up to an ordinal, and for how many still. */
interface Flush {
  readonly upTo: number;
  left: number;
  readonly done: () => void;
}

/**
 * Puts user records into a stream: packs them into KPL aggregates by shard, keeps the order of each partition key through refusals and
 * reshards, tries each until its TTL is over, and holds back when too much is outstanding. It asks Kinesis for PutRecords and
 * ListShards, and nothing else; without the second it works too, record by record.
 *
 * @throws TypeError, RangeError for options that are wrong.
 *
 * @example
 * const producer = kinesisProducer({ stream: "orders", encode: toJson() });
 * const { shardId, sequenceNumber } = await producer.put({ partitionKey: order.customer, data: order });
 * await producer.close();
 */
export function kinesisProducer<V = unknown>(
  options: KinesisProducerOptions<V>,
): KinesisProducer<V> {
  const settings = settingsOf(options as KinesisProducerOptions<never>);
  const stream = givenText(options?.stream, "stream", "kinesisProducer");
  const client = givenClient(options.client, "kinesisProducer: client", "KinesisClient");
  const { clock = systemClock } = options.runtime ?? {};
  const opened = openStream(stream, client, clock, settings.requestTimeoutMs);
  return producerOn(opened, options, settings);
}

/** The same, on a stream that is open. */
export function producerOn<V>(
  opened: Stream,
  options: KinesisProducerOptions<V>,
  settings: Settings,
): KinesisProducer<V> {
  const encode = options.encode
    ? encodeFunctionOf("kinesisProducer", options.encode)
    : (encodeAsIs as (value: V) => string | Uint8Array);
  const { on } = options;
  const { clock = systemClock, random = systemRandom, write } = options.runtime ?? {};
  const { records: mostRecords, bytes: mostBytes } = settings.maxOutstanding;

  const wakeUp = wakeUps(clock);
  const { ttlMs } = settings;
  const pendingOf = pendings(settings, encode as (value: unknown) => string | Uint8Array);
  let [records, bytes, ordinals] = [0, 0, 0];
  let isClosed = false;
  /** Those that have no room yet: first come, first served. Empty unless it is full. */
  const waiting = new Set<Pending>();
  /** Of those who wait for room, and put nothing yet. */
  let free: PromiseWithResolvers<void> | undefined;
  /** How many are neither in nor given up, with room or without. */
  let outstanding = 0;
  const flushes = new Set<Flush>();
  let failed: { failed: number; errors: PutError[] } = { failed: 0, errors: [] };

  const { metrics } = options;
  const tell = (event: ProducerEvent) => {
    metrics?.event(event);
    if (event.type === "request") sendMetrics(false);
    // What it throws, or rejects with, changes nothing.
    if (on) (async () => on(event))().catch(() => {});
  };

  const engine: Engine = startEngine({
    ...{ settings, stream: opened, clock, random, wakeUp, tell },
    onPut(pending, result) {
      const { attempts } = result;
      metrics?.put(pending.bytes, wakeUp.now() - pending.putAt, attempts.length);
      pending.resolve(result);
      settled(pending);
      leave(pending);
    },
    onGivenUp(pending, reason) {
      const { partitionKey } = pending;
      const isBehind = (one: Pending) => settings.failsKey && one.partitionKey === partitionKey;
      const behind = takeWaiting(isBehind);
      giveUp(pending, reason);
      for (const one of behind) giveUp(one, "behind");
      leave(pending);
    },
  });

  /** The last one to come in may be larger than what was left. */
  const isFull = () => records >= mostRecords || bytes >= mostBytes;

  function enter(pending: Pending): void {
    records++;
    bytes += pending.bytes;
    engine.add(pending);
  }

  function leave(pending: Pending): void {
    records--;
    bytes -= pending.bytes;
    letIn();
    if (!isFull()) {
      free?.resolve();
      free = undefined;
    }
    if (records === 0) wakeUp.cancel();
  }

  function letIn(): void {
    for (const next of waiting) {
      if (isFull()) return;
      waiting.delete(next);
      next.putAt = wakeUp.now();
      enter(next);
    }
  }

  function giveUp(pending: Pending, reason: Reason): void {
    // Whoever does not wait for it learns it from flush().
    pending.result.catch(() => {});
    pending.reject(fail(pending, reason));
    settled(pending);
  }

  function settled({ ordinal }: Pending): void {
    outstanding--;
    for (const flush of flushes) {
      if (ordinal > flush.upTo || --flush.left > 0) continue;
      flushes.delete(flush);
      flush.done();
    }
  }

  function fail(record: GivenUp, reason: Reason): PutError {
    const error = failure(record, reason, opened.name, ttlMs);
    failed.failed++;
    if (failed.errors.length < keptErrors) failed.errors.push(error);
    tell({ type: "failed", error });
    return error;
  }

  /** Those that never had room. */
  function takeWaiting(which: (pending: Pending) => boolean): Pending[] {
    const taken = [...waiting].filter(which);
    for (const one of taken) waiting.delete(one);
    return taken;
  }

  /** Undefined, and nothing done: there is no room, and it is not to wait. */
  function offer(record: ProducerRecord<V>, waits: boolean): Promise<PutResult> | undefined {
    if (!waits && isFull()) return undefined;
    metrics?.received();
    try {
      if (isClosed) throw new Error("the producer is closed: make another one.");
      const pending = pendingOf(record, ordinals, wakeUp.now());
      ordinals++;
      outstanding++;
      if (isFull()) waiting.add(pending);
      else enter(pending);
      return pending.result;
    } catch (lastError) {
      const unfit = { ...record, lastError, attempts: noAttempts, mayHaveBeenPut: false };
      const refused = Promise.reject<PutResult>(fail(unfit, "unfit"));
      refused.catch(() => {});
      return refused;
    }
  }

  function sendMetrics(isDue: boolean): void {
    const now = clock.now();
    metrics?.send({ stream: opened.name, now, write, pending: outstanding }, isDue);
  }

  async function settle(): Promise<void> {
    const upTo = ordinals - 1;
    engine.hurry(upTo);
    if (outstanding > 0) {
      await new Promise<void>((done) => flushes.add({ upTo, left: outstanding, done }));
    }
    sendMetrics(true);
  }

  async function flush(): Promise<FlushResult> {
    await settle();
    const result = failed;
    failed = { failed: 0, errors: [] };
    return result;
  }

  const producer: KinesisProducer<V> = {
    put: (record) => offer(record, true)!,
    tryPut: (record) => offer(record, false),
    async room() {
      if (!isFull()) return;
      free ??= Promise.withResolvers();
      await free.promise;
    },
    writable() {
      const { Writable } = process.getBuiltinModule("node:stream");
      const stream = new Writable({
        objectMode: true,
        write(record, _, done) {
          producer.put(record).catch((error) => stream.destroy(error));
          producer.room().then(() => done());
        },
        final(done) {
          settle().then(() => done());
        },
      });
      return stream;
    },
    flush,
    async close({ withinMs } = {}) {
      isClosed = true;
      const stop = () => {
        for (const one of takeWaiting(() => true)) giveUp(one, "closed");
        engine.stop();
      };
      if (withinMs! <= 0) stop();
      const cancel = withinMs! > 0 ? clock.after(withinMs!, stop) : undefined;
      try {
        return await flush();
      } finally {
        cancel?.();
        opened.close();
      }
    },
    get outstanding() {
      return { records, bytes };
    },
  };
  return producer;
}
