/** `kinesisProducer`: what is outstanding, who waits for room, and what is told to whom. */
import { givenClient, givenText } from "../aws/given.ts";
import { systemClock } from "../time/clock.ts";
import { systemRandom } from "../time/random.ts";
import { inform } from "../values/ready.ts";
import { bytesOf, encodeAsIs, encodeFunctionOf } from "./encode.ts";
import { type Engine, type Reason, startEngine } from "./engine.ts";
import { type PutError, RecordRejected } from "./errors.ts";
import type { ProducerEvent } from "./events.ts";
import { failure } from "./failure.ts";
import type { Pending } from "./lane.ts";
import type {
  FlushResult,
  KinesisProducer,
  KinesisProducerOptions,
  ProducerRecord,
  PutResult,
} from "./options.ts";
import { momentsOf, pendingOf } from "./pending.ts";
import { settingsOf } from "./settings.ts";
import { openStream } from "./stream.ts";
import { wakeUps } from "./wake-up.ts";
import { writableOf } from "./writable.ts";

/** Of the records that fail, so many errors are kept until the next flush. */
const keptErrors = 10;

/** Who waits until nothing before this ordinal is outstanding. */
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
  const encode = options.encode
    ? encodeFunctionOf("kinesisProducer", options.encode)
    : (encodeAsIs as (value: V) => string | Uint8Array);
  const { on } = options;
  const {
    clock = systemClock,
    random = systemRandom,
    write = (line: string) => process.stdout.write(`${line}\n`),
  } = options.runtime ?? {};
  const { records: mostRecords, bytes: mostBytes } = settings.maxOutstanding;

  const wakeUp = wakeUps(clock);
  const { requestTimeoutMs } = settings;
  const opened = openStream(stream, client, { clock, requestTimeoutMs });
  const makePending = pendingOf(settings);
  let [records, bytes, ordinals] = [0, 0, 0];
  let isClosed = false;
  /** Those that have no room yet: first come, first served. Empty unless it is full. */
  const waiting: Pending[] = [];
  const forRoom: (() => void)[] = [];
  const flushes = new Set<Flush>();
  let failed: { failed: number; errors: PutError[] } = { failed: 0, errors: [] };

  const { metrics } = options;
  const tell = (event: ProducerEvent) => {
    metrics?.event(event);
    if (event.type === "request") sendMetrics(false);
    if (!on) return;
    inform(
      () => on(event),
      () => {},
    );
  };

  const engine: Engine = startEngine({
    ...{ settings, stream: opened, clock, random, wakeUp, tell },
    onPut(pending, result) {
      const { attempts } = result;
      metrics?.put(pending.bytes, clock.now() - pending.putAt, attempts.length);
      pending.resolve(result);
      leave(pending);
    },
    onGivenUp(pending, reason) {
      giveUp(pending, reason);
      if (settings.failsKey) giveUpWaiting((one) => isBehind(one, pending), "behind");
      leave(pending);
    },
  });

  const isBehind = (one: Pending, pending: Pending) =>
    one.record.partitionKey === pending.record.partitionKey && one.ordinal > pending.ordinal;

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
    settled(pending);
    while (waiting.length > 0 && !isFull()) {
      // Its time begins when it has room.
      enter(Object.assign(waiting.shift()!, momentsOf(wakeUp.now(), settings)));
    }
    if (!isFull()) for (const go of forRoom.splice(0)) go();
    if (records === 0) wakeUp.cancel();
  }

  function settled({ ordinal }: Pending): void {
    for (const flush of flushes) {
      if (ordinal > flush.upTo || --flush.left > 0) continue;
      flushes.delete(flush);
      flush.done();
    }
  }

  function giveUp(pending: Pending, reason: Reason): void {
    const error = failure(pending, reason, opened.name, settings);
    fail(error);
    pending.reject(error);
  }

  function fail(error: PutError): void {
    failed.failed++;
    if (failed.errors.length < keptErrors) failed.errors.push(error);
    tell({ type: "failed", error });
  }

  /** Those that never had room. */
  function giveUpWaiting(which: (pending: Pending) => boolean, reason: Reason): void {
    const all = waiting.splice(0);
    waiting.push(...all.filter((one) => !which(one)));
    for (const one of all.filter(which)) {
      giveUp(one, reason);
      settled(one);
    }
  }

  /** Undefined, and nothing done: there is no room, and it is not to wait. */
  function offer(record: ProducerRecord<V>, waits: boolean): Promise<PutResult> | undefined {
    if (!waits && isFull()) return undefined;
    metrics?.received();
    let settle!: Pick<Pending, "resolve" | "reject">;
    const result = new Promise<PutResult>((resolve, reject) => {
      settle = {
        resolve,
        reject(error) {
          // Whoever does not wait for it learns it from flush().
          result.catch(() => {});
          reject(error);
        },
      };
    });
    const refuse = (why: string, cause?: unknown) => {
      const { partitionKey } = record ?? {};
      const details = { stream: opened.name, attempts: [], mayHaveBeenPut: false };
      const where = `${opened.name}, partition key ${JSON.stringify(partitionKey)}`;
      const error = new RecordRejected(
        `${where}: ${why}`,
        { ...details, partitionKey: String(partitionKey) },
        cause,
      );
      fail(error);
      queueMicrotask(() => settle.reject(error));
      return result;
    };
    if (isClosed) return refuse("the producer is closed: make another one.");
    let data: Uint8Array;
    try {
      data = bytesOf(encode(record.data));
    } catch (error) {
      return refuse(`its data could not be encoded: ${(error as Error).message}`, error);
    }
    const pending = makePending(record, data, ordinals++, wakeUp.now(), settle);
    if (typeof pending === "string") return refuse(pending);
    if (!isFull()) {
      enter(pending);
      return result;
    }
    waiting.push(pending);
    return result;
  }

  function sendMetrics(isDue: boolean): void {
    const pending = records + waiting.length;
    metrics?.send({ stream: opened.name, now: clock.now(), write, pending }, isDue);
  }

  async function flush(): Promise<FlushResult> {
    const left = records + waiting.length;
    if (left > 0) {
      const upTo = ordinals - 1;
      await new Promise<void>((done) => {
        flushes.add({ upTo, left, done });
        engine.hurry(upTo);
      });
    }
    const result = failed;
    failed = { failed: 0, errors: [] };
    sendMetrics(true);
    return result;
  }

  const producer: KinesisProducer<V> = {
    put: (record) => offer(record, true)!,
    tryPut: (record) => offer(record, false),
    async room() {
      if (isFull()) await new Promise<void>((go) => forRoom.push(go));
    },
    flush,
    async close({ withinMs = Number.POSITIVE_INFINITY } = {}) {
      isClosed = true;
      const stop = () => {
        giveUpWaiting(() => true, "closed");
        engine.stop();
      };
      if (withinMs <= 0) stop();
      const cancel = withinMs > 0 && withinMs < 2 ** 53 ? clock.after(withinMs, stop) : () => {};
      try {
        return await flush();
      } finally {
        cancel();
        opened.close();
      }
    },
    get outstanding() {
      return { records, bytes };
    },
    writable: () => writableOf(producer),
  };
  return producer;
}
