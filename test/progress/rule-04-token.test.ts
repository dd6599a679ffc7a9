import { type Entry, kinesisConsumer, memoryProgress, type ProgressStore } from "shardmill";
import { expect, it } from "vitest";
import { allDone, decode, eventOf, world } from "../consumer/world.ts";

const lost = new Error("the connection broke");

/** Sends every entry to a store whose replies are lost where `loses` says so, before or after they took effect. */
function setUp(loses: (attempt: number) => "before" | "after" | undefined) {
  const its = world();
  const store = memoryProgress();
  const sent: Entry[] = [];
  const progress: ProgressStore = {
    ...store,
    isTransient: (error) => error === lost,
    async append(...args) {
      sent.push(args[1]);
      const when = loses(sent.length);
      if (when === "before") throw lost;
      const appended = await store.append(...args);
      if (when === "after") throw lost;
      return appended;
    },
  };
  const done: string[] = [];
  const start = () => {
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      process: ({ id }) => void done.push(id),
    });
    return (names: string[], from: number) =>
      its.finish(handler(eventOf(names, { from }), its.context()));
  };
  return { ...its, start, sent, done };
}

it("a taken number that has our token is our own lost reply, and no conflict", async () => {
  const { start, sent, metrics } = setUp((attempt) => (attempt === 1 ? "after" : undefined));
  expect(await start()(["a"], 0)).toEqual(allDone);
  expect(metrics()).toMatchObject([{ Conflicts: 0, Unsaved: 0 }]);
  expect(sent).toHaveLength(2);
});

it("while the outcome of an append is unknown, the very same entry is sent again and nothing else", async () => {
  const { start, sent } = setUp((attempt) =>
    attempt < 5 ? (attempt % 2 ? "after" : "before") : undefined,
  );
  await start()(["a", "b"], 0);
  expect(sent).toHaveLength(5);
  for (const entry of sent) expect(entry).toEqual(sent[0]);
});

it("each logical append has a token of its own, though it says the same", async () => {
  const { start, sent } = setUp(() => undefined);
  const [one, two] = [start(), start()];
  await one(["a"], 0);
  await two(["b"], 1);
  await one(["c"], 2);
  expect(new Set(sent.map(({ token }) => token)).size).toBe(3);
  for (const { token } of sent) expect(token).toMatch(/^[0-9a-f]{16}$/);
});
