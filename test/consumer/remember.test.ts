/** What of a shard's log is read before a batch, and kept for the next. */
import { type KinesisConsumerOptions, kinesisConsumer, memoryParking } from "shardmill";
import { kinesisEvent } from "shardmill/testing";
import { expect, it } from "vitest";
import { environments } from "../progress/environments.ts";
import { allDone, decode, eventOf, type Item } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Item>>;
const hour = 3_600_000;

it("a log is read as far back as the earliest arrival of the batch, wherever that stands", async () => {
  const { start, clock, done, progress, runtime, finish, context } = environments({
    dedupeWindowInSeconds: 60,
  });
  const arrival = clock.now();
  const invoke = start();
  await invoke(["old"], 0, { arrival });
  await invoke(["a"], 1, { arrival });
  await clock.advance(2 * hour);
  // Of a record that has just come, the window alone reaches one minute back.
  const [old] = eventOf(["old"], { arrival }).Records;
  const [recent] = eventOf(["new"], { from: 2, arrival: clock.now() }).Records;
  const handler = kinesisConsumer({
    ...{ consumer: "c", decode, progress, metrics: false, runtime, dedupeWindowInSeconds: 60 },
    process: ({ id }) => void done.push(id),
  });
  expect(await finish(handler({ Records: [old, recent] }, context()))).toEqual(allDone);
  expect(done).toEqual(["old", "a", "new"]);
});

it("what could not be saved is not forgotten over a log that cannot be read", async () => {
  const { start, wrong, progress, done } = environments();
  let isBroken = false;
  const invoke = start({
    progress: {
      ...progress,
      readAfter: (...asked) =>
        isBroken ? Promise.reject(new Error("no such table")) : progress.readAfter(...asked),
    },
  } as Options);
  wrong.append = true;
  expect(await invoke(["a"])).toEqual(allDone);
  isBroken = true;
  await expect(invoke(["a"])).rejects.toThrow("no such table");
  isBroken = wrong.append = false;
  expect(await invoke(["a"])).toEqual(allDone);
  expect(done).toEqual(["a"]);
});

it("a function that does not say what it is called writes as a local one", async () => {
  const { progress, runtime, entries } = environments();
  const handler = kinesisConsumer({
    ...{ consumer: "c", progress, metrics: false, runtime },
    process() {},
  });
  await handler(kinesisEvent(["a"]));
  expect(entries.map(({ writer }) => writer)).toEqual(["local"]);
});

it("all parked keys of a stream are read with its log, and not again while that is known", async () => {
  const { start, progress, failing } = environments();
  let reads = 0;
  const { parkedKeys } = progress;
  const invoke = start({
    ...{ park: memoryParking(), maxAttempts: 1, afterPark: "parkKey" },
    progress: {
      ...progress,
      parkedKeys: {
        ...parkedKeys,
        page(...asked: Parameters<NonNullable<typeof parkedKeys>["page"]>) {
          reads++;
          return parkedKeys!.page(...asked);
        },
      },
    },
  } as Options);
  failing.add("bad");
  for (const [from, name] of ["a", "bad", "b", "c"].entries())
    expect(await invoke([name], from)).toEqual(allDone);
  expect(reads).toBe(1);
});

it("a store that cannot tell a shard's parents remembers all the same", async () => {
  const { start, progress, done } = environments();
  const invoke = start({ progress: { ...progress, parentsOf: undefined } } as never);
  for (let delivery = 0; delivery < 2; delivery++) expect(await invoke(["a"])).toEqual(allDone);
  expect(done).toEqual(["a"]);
});

it("a key that is parked through one shard is followed in others that the environment knows", async () => {
  const park = memoryParking();
  const { start, failing, done } = environments({ park, maxAttempts: 1, afterPark: "parkKey" });
  const invoke = start();
  const there = { shardId: "shardId-000000000001" };
  await invoke(["a"], 0, there);
  failing.add("bad");
  await invoke(["bad@k"]);
  expect(await invoke(["b@k", "c"], 1, there)).toEqual(allDone);
  expect(done).toEqual(["a", "c"]);
  expect(park.parked.size).toBe(2);
});

it.each([
  ["with ids of its own, since a duplicate may have come through them", true],
  ["without, since then none comes through them", false],
])("a shard's parents are asked for %s: %s", async (_, hasIds) => {
  const { start, progress } = environments();
  const asked: string[] = [];
  const parentsOf = async (_stream: string, shardId: string) => {
    asked.push(shardId);
    return [];
  };
  const uniqueId = hasIds ? ({ id }: Item) => id : undefined;
  const dedupeWindowInSeconds = 1e9;
  const invoke = start({
    ...{ progress: { ...progress, parentsOf }, uniqueId, dedupeWindowInSeconds },
  } as Options);
  expect(await invoke(["a"])).toEqual(allDone);
  expect(asked).toEqual(hasIds ? ["shardId-000000000000"] : []);
});

it("of many small entries those of neighbours are kept together, so that the window holds", async () => {
  const { start, metrics } = environments();
  const invoke = start({ metrics: undefined, maxMemoryBytes: 12_000 } as unknown as Options);
  for (let n = 0; n < 40; n++) await invoke([`r${n}`], n);
  expect(metrics().at(-1)).toMatchObject({ EffectiveWindow: 900 });
});
