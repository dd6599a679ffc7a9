/**
 * Days on which the fleet's handler is a consumer with a progress log: what is promised of its effects.
 *
 *     effects   of a shard as many are repeated as a slice has, and one more that has begun, each time that its owner dies or loses it
 *     order     an effect comes first after all before it in its shard
 *     lost      in the end every record has had its effect
 */
import type { Random } from "../../../src/time/random.ts";
import type { Checker } from "./checker.ts";
import type { Network, Process } from "./process.ts";
import type * as Program from "./program.ts";

export interface EffectsOptions {
  /** Effects in a slice. */
  readonly slice: number;
  readonly effectMs: number;
  readonly throws: () => number;
  readonly network: Network;
  readonly random: Random;
  readonly program: Pick<typeof Program, "kinesisConsumer" | "memoryProgress">;
  readonly violate: Checker["violate"];
}

export interface Effects {
  readonly counts: { records: number; repeats: number };
  put(shardId: string, sequenceNumber: string): void;
  handlerOf(process: Process): ReturnType<typeof Program.kinesisConsumer>;
  /** A shard's owner has died, or lost it. */
  changed(shardId: string): void;
  isAllDone(): boolean;
  finish(): void;
}

export function effectsOf(options: EffectsOptions): Effects {
  const { slice, effectMs, throws, network, random, program, violate } = options;
  const store = program.memoryProgress();
  const counts = { records: 0, repeats: 0 };
  /** By shard, in order. */
  const log = new Map<string, string[]>();
  const done = new Map<string, Set<string>>();
  const repeats = new Map<string, number>();
  const changes = new Map<string, number>();
  const add = (to: Map<string, number>, shardId: string) =>
    to.set(shardId, (to.get(shardId) ?? 0) + 1);

  function effect(shardId: string, sequenceNumber: string): void {
    const before = done.get(shardId) ?? new Set();
    done.set(shardId, before);
    counts.records++;
    if (before.has(sequenceNumber)) {
      counts.repeats++;
      add(repeats, shardId);
      return;
    }
    if (log.get(shardId)![before.size] !== sequenceNumber) {
      violate("order", `${sequenceNumber} of ${shardId} comes before what is in front of it`);
    }
    before.add(sequenceNumber);
  }

  return {
    counts,
    put(shardId, sequenceNumber) {
      log.set(shardId, [...(log.get(shardId) ?? []), sequenceNumber]);
    },
    handlerOf(process) {
      const through = <T>(work: () => Promise<T>) => process.call(work, network, false);
      return program.kinesisConsumer({
        consumer: "billing",
        order: "shard",
        concurrency: 1,
        commitEvery: { records: slice },
        metrics: false,
        logger: { debug() {}, info() {}, warn() {}, error() {} },
        progress: {
          ...store,
          readAfter: (...given) => through(() => store.readAfter(...given)),
          readBefore: (...given) => through(() => store.readBefore(...given)),
          readSome: (...given) => through(() => store.readSome(...given)),
          append: (...given) => through(() => store.append(...given)),
        },
        async process(_, { shardId, sequenceNumber }) {
          await process.sleep(effectMs * random());
          if (random() < throws()) throw new Error("it failed");
          effect(shardId, sequenceNumber);
        },
      });
    },
    changed: (shardId) => add(changes, shardId),
    isAllDone: () =>
      [...log].every(([shardId, records]) => done.get(shardId)?.size === records.length),
    finish() {
      for (const [shardId, records] of log) {
        const open = records.length - (done.get(shardId)?.size ?? 0);
        if (open > 0) violate("lost", `${open} records of ${shardId} have had no effect`);
        const [repeated = 0, changed = 0] = [repeats.get(shardId), changes.get(shardId)];
        if (repeated <= changed * (slice + 1)) continue;
        violate(
          "effects",
          `${repeated} effects of ${shardId} are repeats; it changed hands ${changed} times, in slices of ${slice}`,
        );
      }
    },
  };
}
