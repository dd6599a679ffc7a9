import type {
  FailureDocument,
  Kinesis,
  Mapping,
  MappingSettings,
  TraceEntry,
  VirtualClock,
} from "@shardmill/local";
import { withRuntime } from "../handler/runtime.ts";
import { aggregate as aggregateRecords } from "../kpl/aggregate.ts";
import { effectiveHashKey } from "../kpl/hash-key.ts";
import type { UserRecord } from "../record/user-record.ts";
import { randomUuid } from "../time/random.ts";
import { checkNumber } from "../values/number-option.ts";
import { checkAggregate, toBytes } from "./kinesis-event.ts";
import { streamView } from "./stream-view.ts";

/** The stream, the mapping and the function that `testConsumer` sets up. */
export interface TestConsumerOptions {
  /** @default "orders" */
  readonly streamName?: string;
  /** @default 1 */
  readonly shards?: number;
  /** The mapping's settings, under AWS's names. @default what shardmill wants: partial responses, bisect */
  readonly settings?: MappingSettings;
  /** The function's timeout in seconds, of virtual time. @default 60 */
  readonly timeout?: number;
  /** Where chance comes from: equal seeds give equal runs. @default 1 */
  readonly seed?: number;
}

/** How `put` of a test consumer writes values into the stream. */
export interface PutOptions<V> {
  /** @default (value, index) => `key-${index}` */
  readonly partitionKey?: (value: V, index: number) => string;
  /** Packs the values of each shard into one KPL aggregate, or into aggregates of so many. @default false */
  readonly aggregate?: boolean | number;
}

/** An effect: a record that `process` came through with, or that `processBatch` did not name as failed. */
export interface Effect {
  readonly value: unknown;
  readonly record: UserRecord;
}

/** A handler on a stream of its own, under virtual time. */
export interface TestConsumer {
  /** Puts values as a producer would: JSON; strings and bytes as they are. */
  put<V>(values: readonly V[], options?: PutOptions<V>): Promise<void>;
  /** Delivers until nothing is left to deliver. Time moves by itself. */
  drain(): Promise<void>;
  /** What the schedule of windows and SQL does: lets the time of quiet shards go on, up to `graceInSeconds` (60) ago. Rejects as the invocation does. */
  flush(options?: { readonly graceInSeconds?: number }): Promise<void>;
  /** What happened, in order, repeats included. */
  readonly effects: readonly Effect[];
  /** Every invocation: what was in it, which attempt, what came of it. */
  readonly trace: readonly TraceEntry[];
  /** What the mapping gave up. */
  readonly failures: readonly FailureDocument[];
  /** What the handler logged, its metrics included. */
  readonly lines: readonly string[];
  readonly clock: VirtualClock;
  readonly kinesis: Kinesis;
  readonly mapping: Mapping;
  close(): Promise<void>;
}

/**
 * Runs a handler against a local stream and Lambda's event source mapping. Needs the package
 * `@shardmill/local` among the devDependencies.
 *
 * @example
 * const t = await testConsumer(handler, { shards: 2 });
 * await t.put([{ id: "1" }, { id: "2" }, { id: "1" }]);
 * await t.drain();
 * t.effects.length; // 2
 */
export async function testConsumer(
  handler: (event: never, context: never, callback: never) => unknown,
  { streamName = "orders", shards = 1, settings, timeout = 60, seed = 1 }: TestConsumerOptions = {},
): Promise<TestConsumer> {
  checkNumber("testConsumer: shards", shards, { least: 1, isWhole: true });
  checkNumber("testConsumer: timeout", timeout, { least: 0.001, most: 900 });
  checkNumber("testConsumer: seed", seed, {
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    isWhole: true,
  });
  const local = await loadLocal();
  const clock = local.virtualClock();
  const random = local.seededRandom(seed);
  const kinesis = local.createKinesis({ clock, random });
  kinesis.createStream({ name: streamName, shards });
  const effects: Effect[] = [];
  const lines: string[] = [];
  const failures: FailureDocument[] = [];

  const runtime = {
    clock,
    random,
    write: (line: string) => void lines.push(line),
    effect: (value: unknown, record: UserRecord) => void effects.push({ value, record }),
    ...streamView(kinesis, streamName),
  };
  const fn = local.inProcessFunction({
    functionName: "test",
    timeout,
    clock,
    random,
    handler: alike(handler, (event: never, context: object) =>
      handler(event, withRuntime(context, runtime) as never, undefined as never),
    ),
  });
  const mapping = local.createEventSourceMapping({
    kinesis,
    clock,
    random,
    stream: streamName,
    settings: settings ?? {
      bisectBatchOnFunctionError: true,
      functionResponseTypes: ["ReportBatchItemFailures"],
    },
    invoke: (event, context) => fn.invoke(event, context),
    onFailure: (document) => void failures.push(document),
  });

  return {
    async put<V>(
      values: readonly V[],
      {
        partitionKey = (_: V, index: number) => `key-${index}`,
        aggregate = false,
      }: PutOptions<V> = {},
    ) {
      checkAggregate("put", aggregate);
      const records = values.map((value, index) => ({
        partitionKey: partitionKey(value, index),
        data: toBytes(value),
      }));
      if (!aggregate) {
        for (const record of records) kinesis.putRecord({ stream: streamName, ...record });
        return;
      }
      // As the KPL does it: all of an aggregate belong to one shard.
      const perRecord = aggregate === true ? Math.max(1, records.length) : aggregate;
      const shards = kinesis.listShards({ stream: streamName });
      const isOpen = (shard: (typeof shards)[number]) =>
        shard.sequenceNumberRange.endingSequenceNumber === undefined;
      for (const shard of shards.filter(isOpen)) {
        const { startingHashKey, endingHashKey } = shard.hashKeyRange;
        const ofShard = records.filter((record) => {
          const hashKey = effectiveHashKey(record);
          return BigInt(startingHashKey) <= hashKey && hashKey <= BigInt(endingHashKey);
        });
        for (let at = 0; at < ofShard.length; at += perRecord) {
          const inner = aggregateRecords(ofShard.slice(at, at + perRecord));
          kinesis.putRecord({ stream: streamName, ...inner });
        }
      }
    },
    drain: () => mapping.drain(),
    async flush({ graceInSeconds } = {}) {
      const shardmillFlush = {
        streamName,
        ...(graceInSeconds !== undefined && { graceInSeconds }),
      };
      await fn.invoke({ shardmillFlush }, { awsRequestId: randomUuid(random) });
    },
    effects,
    get trace() {
      return mapping.trace;
    },
    failures,
    lines,
    clock,
    kinesis,
    mapping,
    async close() {
      await mapping.close();
      await fn.close();
    },
  };
}

/** With the number of parameters by which one with a callback is told, and refused. */
const alike = <T extends object>(handler: { readonly length: number }, inner: T): T =>
  Object.defineProperty(inner, "length", { value: handler.length });

async function loadLocal() {
  try {
    return await import("@shardmill/local");
  } catch (cause) {
    const { code, message } = cause as { code?: string; message?: string };
    const isMissing = /MODULE_NOT_FOUND$/.test(code ?? "") && message?.includes("@shardmill/local");
    // A test runner may have it and not be able to load it, and says why.
    if (!isMissing) throw cause;
    throw new Error(
      "testConsumer needs the package @shardmill/local: npm install --save-dev @shardmill/local",
      { cause },
    );
  }
}
