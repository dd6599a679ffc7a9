import {
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, decode, eventOf, type Item, suffix, world } from "./world.ts";

/**
 * One handler object whose invocations run at once, as on Lambda Managed Instances; and others of the same function, in
 * environments of their own.
 */
function setUp(more: Partial<KinesisConsumerOptions<Item>> = {}) {
  const its = world();
  const wrong = { append: false };
  const store = memoryProgress();
  const entries: Entry[] = [];
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, ...rest) {
      if (wrong.append) throw Object.assign(new Error("no"), { name: "AccessDeniedException" });
      const appended = await store.append(log, entry, ...rest);
      if (appended.ok) entries.push(entry);
      return appended;
    },
  };
  const done: string[] = [];
  const takes: Record<string, number> = {};
  const start = () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      ...more,
      async process({ id }: Item) {
        await its.clock.sleep(takes[id] ?? 10);
        done.push(id);
      },
    } as KinesisConsumerOptions<Item>);
  return { ...its, start, wrong, entries, done, takes };
}

const named = (entries: readonly Entry[]) =>
  entries.reduce((sum, { names }) => sum + (names?.length ?? 0) / 16, 0);

describe("invocations that run at once in one environment", () => {
  it("save ten lanes of one shard, and the next environment repeats none", async () => {
    const { start, done, context, finish, logs, metrics } = setUp({ parallelizationFactor: 10 });
    const handler = start();
    const events = Array.from({ length: 10 }, (_, lane) =>
      eventOf([`a${lane}`, `b${lane}`], { from: 2 * lane, partitionKey: () => `lane ${lane}` }),
    );
    for (let round = 0; round < 5; round++) {
      const answers = await finish(Promise.all(events.map((event) => handler(event, context()))));
      expect(answers).toEqual(events.map(() => allDone));
    }
    for (const event of events) await finish(start()(event, context()));
    expect(done).toHaveLength(20);
    expect(logs()).toEqual([]);
    expect(metrics().some(({ Unsaved }) => Unsaved > 0)).toBe(false);
  });

  it("screen again what another did in the meantime", async () => {
    const { start, done, context, finish, entries } = setUp({ concurrency: 1 });
    const handler = start();
    const event = eventOf(["a", "b", "c", "d"]);
    // Lambda gave up waiting for the first, and delivers the end of its batch to the same environment.
    await finish(Promise.all([handler(event, context()), handler(suffix(event, 2), context())]));
    // Only what both had begun is done twice, as in two environments that overlap.
    expect(done.filter((id) => id === "a" || id === "b")).toEqual(["a", "b"]);
    expect(named(entries)).toBeLessThanOrEqual(6);
    await finish(start()(event, context()));
    expect(done.length).toBeLessThanOrEqual(6);
  });

  it("leave to the next one what they could not save", async () => {
    const { start, done, wrong, entries, context, finish } = setUp({ parallelizationFactor: 2 });
    const handler = start();
    const [one, two] = [eventOf(["a"]), eventOf(["b"], { from: 1 })];
    wrong.append = true;
    await finish(Promise.all([handler(one, context()), handler(two, context())]));
    wrong.append = false;
    // The third has one of their two logs, and what is only in the other.
    await finish(handler(eventOf(["c"], { from: 2 }), context()));
    await finish(start()(eventOf(["a", "b", "c"]), context()));
    expect(done).toEqual(["a", "b", "c"]);
    expect(named(entries.slice(-1))).toBe(3);
  });
});

describe("an effect that hangs in an environment with others", () => {
  it("does not cut them off: they commit first, and then the environment ends", async () => {
    const { start, takes, exits, entries, context, finish, clock } = setUp({
      parallelizationFactor: 2,
      marginMs: 1000,
    });
    takes.stuck = 1e9;
    takes.slow = 20_000;
    const handler = start();
    const hung = handler(eventOf(["stuck"]), context(10_000));
    const healthy = handler(eventOf(["slow"], { from: 1 }), context(60_000));
    hung.catch(() => {});
    let exitedAt: number | undefined;
    hung.catch(() => {
      exitedAt = clock.now();
    });
    const began = clock.now();
    expect(await finish(healthy)).toEqual(allDone);
    const answeredAt = clock.now();
    await expect(finish(hung)).rejects.toThrow("exit: An effect of c went on after its signal");
    expect(exits).toHaveLength(1);
    expect(exitedAt! - began).toBeGreaterThanOrEqual(20_000);
    // The answer had time to leave the process.
    expect(exitedAt! - answeredAt).toBeGreaterThan(10);
    expect(named(entries)).toBe(1);
    expect(entries.flatMap(({ open }) => open ?? [])).toMatchObject([{ attempts: 1, hung: true }]);
  });

  it("lets none begin beside it: a batch that comes then is delivered again, unprocessed", async () => {
    const { start, takes, done, context, finish, clock } = setUp({ marginMs: 1000 });
    takes.stuck = 1e9;
    takes.slow = 50_000;
    const handler = start();
    const hung = handler(eventOf(["stuck"]), context(10_000));
    const slow = handler(eventOf(["slow"], { shardId: "shardId-000000000001" }), context(60_000));
    hung.catch(() => {});
    await finish(clock.sleep(11_000));
    const late = handler(eventOf(["late"], { shardId: "shardId-000000000002" }), context(20_000));
    await expect(finish(late)).rejects.toThrow(
      "An effect of c hangs in this environment, which is about to end. Nothing of a batch was processed",
    );
    expect(done).toEqual([]);
    const patient = handler(eventOf(["patient"], { from: 6 }), context(90_000));
    expect(await finish(slow)).toEqual(allDone);
    await expect(finish(hung)).rejects.toThrow("exit");
    // Here nothing ended after all, so the environment goes on.
    expect(await finish(patient)).toEqual(allDone);
    expect(done).toEqual(["slow", "patient"]);
    expect(await finish(handler(eventOf(["next"], { from: 7 }), context()))).toEqual(allDone);
  });

  it("lets none begin from the moment that it is known to hang, however long saving takes then", async () => {
    const { clock, context, finish, runtime } = world();
    const store = memoryProgress();
    const progress: ProgressStore = {
      ...store,
      async append(...entry) {
        await clock.sleep(20_000);
        return store.append(...entry);
      },
    };
    const begun: string[] = [];
    const handler = kinesisConsumer({
      ...{ consumer: "c", decode, progress, runtime, marginMs: 1000 },
      async process({ id }: Item) {
        begun.push(id);
        if (id === "stuck") await clock.sleep(1e9);
      },
    });
    const hung = handler(eventOf(["done", "stuck"]), context(10_000));
    hung.catch(() => {});
    await finish(clock.sleep(11_000));
    const late = handler(eventOf(["late"], { shardId: "shardId-000000000001" }), context(10_000));
    await expect(finish(late)).rejects.toThrow("An effect of c hangs in this environment");
    expect(begun).toEqual(["done", "stuck"]);
    await expect(finish(hung)).rejects.toThrow("exit");
  });

  it("and another that hangs do not wait for each other", async () => {
    const { start, takes, exits, context, finish } = setUp({ marginMs: 1000 });
    takes.stuck = 1e9;
    const handler = start();
    const work = [0, 1].map((shard) => {
      const event = eventOf(["stuck"], { shardId: `shardId-00000000000${shard}` });
      return handler(event, context(10_000));
    });
    const ended = await finish(Promise.allSettled(work));
    expect(ended.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(exits.length).toBeGreaterThan(0);
  });
});

it("ten separate lanes whose requests take long and unequally all save", async () => {
  const { runtime, clock, finish, context, metrics } = world();
  const store = memoryProgress();
  const random = runtime.random!;
  const slowly = async <T>(call: () => Promise<T>): Promise<T> => {
    await clock.sleep(3 + 40 * random());
    const answer = await call();
    await clock.sleep(3 + 40 * random());
    return answer;
  };
  const progress = {
    ...store,
    readAfter: (...args: Parameters<typeof store.readAfter>) =>
      slowly(() => store.readAfter(...args)),
    append: (...args: Parameters<typeof store.append>) => slowly(() => store.append(...args)),
  };
  const start = () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      parallelizationFactor: 10,
      progress,
      runtime,
      process() {},
    });
  const lanes = Array.from({ length: 10 }, (_, lane) => ({ lane, handler: start() }));
  await finish(
    Promise.all(
      lanes.map(async ({ lane, handler }) => {
        for (let round = 0; round < 10; round++) {
          const event = eventOf([`${round}@${lane}`], { from: 10 * round + lane });
          await handler(event, context());
        }
      }),
    ),
  );
  expect(metrics().reduce((sum, { Unsaved }) => sum + Unsaved, 0)).toBe(0);
  expect(metrics().some(({ Conflicts }) => Conflicts > 0)).toBe(true);
});
