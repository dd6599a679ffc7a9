/** What a shard's new owner says in its log, and what becomes of its batch where that cannot be said or another was there first. */
import { type KinesisConsumerOptions, memoryProgress, type ProgressStore } from "shardmill";
import { expect, it } from "vitest";
import type { HeldLog, ShardHold } from "../../src/handler/runtime.ts";
import { environments } from "../progress/environments.ts";
import { allDone, answerAt, eventOf, type Item } from "./world.ts";

type Options = Partial<KinesisConsumerOptions<Item>>;

/** An environment whose hold claims the shard for each batch, and keeps the numbers of its claims. */
function owner(more: (progress: ProgressStore) => object = () => ({})) {
  const its = environments();
  const claims: (number | undefined)[] = [];
  const hold: ShardHold = {
    mayBegin: () => true,
    async takeOver(_: HeldLog, append) {
      claims.push(await append(() => ({ kind: "took" })));
      return true;
    },
  };
  const options = { runtime: { ...its.runtime, hold }, ...more(its.progress) };
  return { ...its, claims, invoke: its.start(options as Options) };
}

const refusing = (progress: ProgressStore): ProgressStore => ({
  ...progress,
  append: (log, entry, ...rest) =>
    entry.kind === "took"
      ? Promise.reject(new Error("no such table"))
      : progress.append(log, entry, ...rest),
});

it("a claim has the number of its entry", async () => {
  const { invoke, claims, entries } = owner();
  await invoke(["a"]);
  await invoke(["b"], 1);
  expect(entries.map(({ kind }) => kind)).toEqual(["took", "done", "took", "done"]);
  expect(claims).toEqual([1, 3]);
});

it("where a claim cannot be written, nothing of the batch is begun", async () => {
  const { invoke, runs } = owner((progress) => ({ progress: refusing(progress) }));
  await expect(invoke(["a"])).rejects.toThrow("no such table");
  expect(runs).toEqual([]);
});

it('where it cannot be written, and onProgressUnavailable is "continue", the newest claim that is known counts', async () => {
  const { invoke, start, claims, runs, entries, progress, log } = owner((progress) => ({
    progress: refusing(progress),
    onProgressUnavailable: "continue",
  }));
  await start()(["a"]);
  const took = { ...entries[0]!, kind: "took", n: 2, token: "another's" } as const;
  await progress.append(log(), took, 1e9);
  expect(await invoke(["b"], 1)).toEqual(allDone);
  expect(claims).toEqual([2]);
  expect(runs).toEqual(["a #1", "b #1"]);
});

it("what came before a claim, and was not known, is not begun", async () => {
  const { invoke, start, runs } = owner((progress) => ({
    progress: {
      ...progress,
      async append(log: string, entry: { readonly kind: string }, ...rest: [number]) {
        if (entry.kind === "took") await start()(["a"]);
        return progress.append(log, entry as never, ...rest);
      },
    },
  }));
  expect(await invoke(["a", "b"])).toEqual(allDone);
  expect(runs).toEqual(["a #1", "b #1"]);
});

it("where the shard is another's, nothing is begun", async () => {
  const { runtime, start, runs } = environments();
  const hold = { mayBegin: () => true, takeOver: async () => false };
  const invoke = start({ runtime: { ...runtime, hold }, progress: memoryProgress() } as Options);
  expect(await invoke(["a"])).toEqual(answerAt(eventOf(["a"]), 0));
  expect(runs).toEqual([]);
});
