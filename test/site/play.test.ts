/** What the page that plays records tells: in Node.js, as its script tells it in a browser. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { type Invocation, play, type Scene } from "../../site/play.ts";

const scene: Scene = {
  records: [..."abcdefgh"].map((key) => ({ key, value: "" })),
  failing: 3,
  fails: "always",
  handler: "plain",
  bisect: true,
  batchSize: 8,
  retries: 2,
};

/** As "3 done, 4 failed". */
const batch = ({ records }: Invocation) =>
  records.map(({ record, did }) => `${record} ${did}`).join(", ");

it("a plain function has its batches halved, and repeats what was done before the failure", async () => {
  const { invocations, fates } = await play(scene);
  expect(invocations.map((one) => `${one.of}: ${batch(one)}`)).toEqual([
    "a batch: 1 done, 2 done, 3 failed, 4 not begun, 5 not begun, 6 not begun, 7 not begun, 8 not begun",
    "a half of invocation 1: 1 again, 2 again, 3 failed, 4 not begun",
    "a half of invocation 2: 1 again, 2 again",
    "a half of invocation 2: 3 failed, 4 not begun",
    "a half of invocation 4: 3 failed",
    "the batch of invocation 5 again: 3 failed",
    "the batch of invocation 6 again: 3 failed",
    "a half of invocation 4: 4 done",
    "a half of invocation 1: 5 done, 6 done, 7 done, 8 done",
  ]);
  expect(invocations.map(({ depth }) => depth)).toEqual([0, 1, 2, 2, 3, 3, 3, 3, 1]);
  expect(fates.map(({ effects }) => effects)).toEqual([3, 3, 0, 1, 1, 1, 1, 1]);
  expect(fates.map(({ end }) => end)).toEqual(
    fates.map((_, place) => (place === 2 ? "given up" : "done")),
  );
});

it("without halves the mapping gives the whole batch up", async () => {
  const { invocations, fates } = await play({ ...scene, bisect: false });
  expect(invocations.map(({ next }) => next)).toEqual([
    "it comes again after 0.2 s",
    "it comes again after 0.4 s",
    "its attempts are used up, and the mapping gives it up",
  ]);
  expect(fates.map(({ end }) => end)).toEqual(fates.map(() => "given up"));
  expect(fates.at(-1)!.effects).toBe(0);
});

it("kinesisConsumer does each effect once, in whatever batches, and parks what fails too often", async () => {
  const keys = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 12 });
  const scenes = fc.record({
    records: keys.map((all) => all.map((key) => ({ key, value: "" }))),
    failing: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
    fails: fc.constantFrom("once", "always"),
    handler: fc.constant("shardmill"),
    bisect: fc.boolean(),
    batchSize: fc.integer({ min: 1, max: 12 }),
    retries: fc.integer({ min: 0, max: 3 }),
  } satisfies { [K in keyof Scene]: fc.Arbitrary<Scene[K]> });
  await fc.assert(
    fc.asyncProperty(scenes, async (drawn) => {
      const { fates } = await play(drawn);
      const isParked = (place: number) =>
        place + 1 === drawn.failing && (drawn.fails === "always" || drawn.retries === 0);
      expect(fates.map(({ effects, end }) => [effects, end])).toEqual(
        fates.map((_, place) => (isParked(place) ? [0, "parked"] : [1, "done"])),
      );
    }),
    { numRuns: 20 },
  );
});
