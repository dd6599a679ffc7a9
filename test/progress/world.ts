/**
 * A small world for the rules of progress: a stream, a mapping and the execution environments of one
 * function, under a virtual clock. Environments can die, and what they leave behind is the log alone.
 */
import {
  type BatchRecord,
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  type ProcessContext,
  type ProgressStore,
  type UserRecord,
  withRuntime,
} from "shardmill";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import {
  createEventSourceMapping,
  type MappingOptions,
  type MappingSettings,
} from "../../packages/local/src/lambda/mapping/index.ts";
import type { ShardHold } from "../../src/handler/runtime.ts";
import type { KinesisEvent } from "../../src/record/lambda-event.ts";
import { shardCreatedAt } from "../../src/record/position.ts";
import { seededRandom } from "../../src/time/random.ts";
import { virtualClock } from "../../src/time/virtual-clock.ts";
import { decode, type Item, items } from "../consumer/world.ts";

export const stream = "orders";

/** An effect that happened: the item's id, in which environment, and when. */
export interface Effect {
  readonly id: string;
  readonly in: number;
  readonly at: number;
  readonly attempt: number;
}

/** What an effect may do besides happening. */
export interface EffectContext extends ProcessContext {
  /** The environment that it runs in: 0, 1, 2… in the order of their start. */
  readonly environment: number;
  readonly record: UserRecord;
  /** Ends the environment, as a crash does; nothing after it happens. */
  die(): Promise<never>;
}

export interface WorldOptions {
  readonly shards?: number;
  /** The mapping reads through a fan-out consumer. */
  readonly fanOut?: boolean;
  /** What the mapping has, beside partial responses. */
  readonly settings?: MappingSettings;
  /** What the consumer has, beside its name, decoder and effect. */
  readonly consumer?: Partial<Omit<KinesisConsumerOptions<Item>, "process">>;
  /** Runs for each record before its effect counts as done. */
  readonly effect?: (item: Item, context: EffectContext) => unknown;
  /** The environment for an invocation. @default the oldest that lives and is idle */
  readonly choose?: (idle: readonly number[], event: KinesisEvent) => number | "new" | undefined;
  /** Where shards change hands: the hold of an environment. */
  readonly hold?: (environment: number) => ShardHold;
  readonly timeoutMs?: number;
  readonly kinesis?: ReturnType<typeof createKinesis>;
}

const never = new Promise<never>(() => {});

export function world({
  shards = 1,
  fanOut = false,
  settings = {},
  consumer = {},
  effect = () => {},
  choose = () => undefined,
  hold,
  timeoutMs = 60_000,
}: WorldOptions = {}) {
  const clock = virtualClock({ patience: 0 });
  const kinesis = createKinesis({ clock, random: seededRandom(1) });
  kinesis.createStream({ name: stream, shards });
  const effects: Effect[] = [];
  const events: { readonly event: KinesisEvent; readonly environment: number }[] = [];
  const lines: Record<string, any>[] = [];
  /** What reached the store, in order: reads as "read <n>", appends as the entry. */
  const calls: { readonly environment: number; readonly call: string; readonly entry?: Entry }[] =
    [];
  const park = memoryParking();
  const logNames = new Set<string>();

  /** The parents of a shard, as ListShards tells them. */
  const parentsOf: ProgressStore["parentsOf"] = async (_, shardId) => {
    const all = kinesis.listShards({ stream });
    const child = all.find((shard) => shard.shardId === shardId);
    return all
      .filter((shard) =>
        [child?.parentShardId, child?.adjacentParentShardId].includes(shard.shardId),
      )
      .map((shard) => ({
        shardId: shard.shardId,
        createdAt: shardCreatedAt(shard.sequenceNumberRange.startingSequenceNumber),
      }));
  };
  const { progress = memoryProgress({ parentsOf }), ...others } = consumer;

  interface Environment {
    readonly number: number;
    readonly handler: ReturnType<typeof kinesisConsumer>;
    readonly died: Promise<never>;
    readonly die: (reason: string) => void;
    busy: boolean;
    dead: boolean;
  }
  const environments: Environment[] = [];

  function start(): Environment {
    const number = environments.length;
    const { promise: died, reject } = Promise.withResolvers<never>();
    died.catch(() => {});
    /** What a dead environment does reaches nobody. */
    const alive = <T>(work: () => Promise<T>): Promise<T> =>
      environment.dead ? never : work().then((value) => (environment.dead ? never : value));
    const store: ProgressStore = {
      ...progress,
      readAfter(log, n) {
        if (!environment.dead) calls.push({ environment: number, call: `read after ${n}` });
        return alive(() => progress.readAfter(log, n));
      },
      readBefore(log, n) {
        logNames.add(log);
        if (!environment.dead) calls.push({ environment: number, call: `read before ${n}` });
        return alive(() => progress.readBefore(log, n));
      },
      append(log, entry, ...rest) {
        if (!environment.dead) calls.push({ environment: number, call: entry.kind, entry });
        return alive(() => progress.append(log, entry, ...rest));
      },
    };
    const environment: Environment = {
      number,
      died,
      busy: false,
      dead: false,
      die(reason) {
        if (environment.dead) return;
        environment.dead = true;
        reject(new Error(reason));
      },
      handler: kinesisConsumer({
        consumer: "departures",
        decode,
        metrics: false,
        ...others,
        progress: store,
        ...(others.processBatch
          ? {}
          : {
              async process(item: Item, record: UserRecord, context: ProcessContext) {
                await act(environment, item, record, context);
              },
            }),
      } as unknown as KinesisConsumerOptions<Item>),
    };
    environments.push(environment);
    return environment;
  }

  async function act(
    environment: Environment,
    item: Item,
    record: UserRecord,
    context: ProcessContext,
  ): Promise<void> {
    const { attempt, idempotencyKey, remainingMs, signal } = context;
    await effect(item, {
      attempt,
      idempotencyKey,
      remainingMs,
      signal,
      record,
      environment: environment.number,
      die() {
        environment.die("exit status 1");
        return never;
      },
    });
    if (environment.dead) return never;
    effects.push({ id: item.id, in: environment.number, at: clock.now(), attempt });
  }

  async function invoke(
    event: KinesisEvent,
    { awsRequestId }: { readonly awsRequestId: string },
  ): Promise<unknown> {
    const idle = environments.filter(({ busy, dead }) => !busy && !dead);
    const chosen = choose(
      idle.map(({ number }) => number),
      event,
    );
    const environment =
      chosen === "new"
        ? start()
        : ((chosen === undefined ? idle[0] : environments[chosen]) ?? start());
    environment.busy = true;
    events.push({ event, environment: environment.number });
    const end = clock.now() + timeoutMs;
    const context = withRuntime(
      {
        awsRequestId,
        invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:departures",
        getRemainingTimeInMillis: () => end - clock.now(),
      },
      {
        clock,
        ...(hold && { hold: hold(environment.number) }),
        random: seededRandom(1000 + events.length),
        write: (line) => void lines.push(JSON.parse(line)),
        exit(reason) {
          environment.die(reason);
          throw new Error(reason);
        },
      },
    );
    const cancelTimeout = clock.after(timeoutMs, () => environment.die("Task timed out"));
    try {
      return await Promise.race([environment.handler(event, context), environment.died]);
    } finally {
      cancelTimeout();
      environment.busy = false;
    }
  }

  const map = (more: Partial<MappingOptions> = {}) =>
    createEventSourceMapping({
      kinesis,
      clock,
      random: seededRandom(2),
      ...(fanOut
        ? { consumer: kinesis.registerStreamConsumer({ stream, name: "departures" }).arn }
        : { stream }),
      settings: { functionResponseTypes: ["ReportBatchItemFailures"], ...settings },
      invoke,
      ...more,
    });

  return {
    clock,
    kinesis,
    parentsOf,
    progress,
    park,
    effects,
    events,
    calls,
    environments,
    invoke,
    map,
    /** Ids of the effects, in their order. */
    ids: () => effects.map(({ id }) => id),
    /** What a consumer's `processBatch` does for its records, where it is to count as effects. */
    done(records: readonly BatchRecord<Item>[]) {
      for (const { value, attempt } of records) {
        effects.push({ id: value.id, in: -1, at: clock.now(), attempt });
      }
    },
    said: (part = "") => lines.filter(({ message }) => String(message).includes(part)),
    /** The names of the logs that were read. */
    logs: () => [...logNames],
    /** Every entry that was sent to the store, refused ones included. */
    entries: (kind?: Entry["kind"]) =>
      calls.flatMap(({ entry }) => (entry && (!kind || entry.kind === kind) ? [entry] : [])),

    /** Puts the items `"id"` or `"id@partition key"`. */
    put: (...names: string[]) =>
      items(...names).map((item) =>
        kinesis.putRecord({
          stream,
          partitionKey: item.key,
          data: Buffer.from(JSON.stringify(item)),
        }),
      ),

    /** One batch after the other from here on in one environment that is new: what is warm is forgotten. */
    forgetWarm() {
      for (const environment of environments) environment.die("recycled");
    },

    openShards: () => kinesis.listShards({ stream, filter: { type: "AT_LATEST" } }),
    split(shardId: string) {
      const { hashKeyRange } = kinesis.listShards({ stream }).find((s) => s.shardId === shardId)!;
      const [low, high] = [hashKeyRange.startingHashKey, hashKeyRange.endingHashKey].map(BigInt);
      const newStartingHashKey = String((low! + high!) / 2n);
      kinesis.splitShard({ stream, shardToSplit: shardId, newStartingHashKey });
    },
    merge(shardToMerge: string, adjacentShardToMerge: string) {
      kinesis.mergeShards({ stream, shardToMerge, adjacentShardToMerge });
    },
  };
}

export type World = ReturnType<typeof world>;

/** `"r0"`, `"r1"`… */
export const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, place) => `r${from + place}`);

/** How often each id had its effect, where that is not once. */
export function repeated(ids: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const id of ids) counts[id] = (counts[id] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 1));
}

/** The same in each order. */
export const sorted = (ids: readonly string[]) => [...ids].sort();
