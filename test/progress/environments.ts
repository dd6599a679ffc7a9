/** Environments of one consumer over one store whose appends fail when the test says so. */
import {
  type ConsumerEvent,
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
} from "shardmill";
import { decode, eventOf, type Item, world } from "../consumer/world.ts";

export function environments(more: Partial<KinesisConsumerOptions<Item>> = {}) {
  const its = world();
  const store = memoryProgress();
  const wrong = { append: false };
  /** Those that the store has. */
  const entries: Entry[] = [];
  /** The log that was written last. */
  let name = "";
  let coldReads = 0;
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, ...rest) {
      if (wrong.append) throw new Error("no such table");
      const appended = await store.append(log, entry, ...rest);
      if (appended.ok) entries.push(entry);
      name = log;
      return appended;
    },
    async readBefore(log, n) {
      coldReads++;
      return store.readBefore(log, n);
    },
  };
  /** Items that fail. */
  const failing = new Set<string>();
  /** Each run: the item's id and its attempt. */
  const runs: string[] = [];
  const done: string[] = [];
  const seen: ConsumerEvent[] = [];
  const start = (other: Partial<KinesisConsumerOptions<Item>> = {}) => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      metrics: false,
      runtime: its.runtime,
      on: (event: ConsumerEvent) => void seen.push(event),
      process({ id }: Item, _: unknown, { attempt }: { readonly attempt: number }) {
        runs.push(`${id} #${attempt}`);
        if (failing.has(id)) throw new Error("no");
        done.push(id);
      },
      ...more,
      ...other,
    } as KinesisConsumerOptions<Item>);
    return (names: readonly string[], from = 0, options: Parameters<typeof eventOf>[1] = {}) =>
      its.finish(handler(eventOf(names, { from, ...options }), its.context()));
  };
  return {
    ...{ ...its, start, store, progress, wrong, entries, failing, runs, done, seen },
    coldReads: () => coldReads,
    log: () => name,
  };
}
