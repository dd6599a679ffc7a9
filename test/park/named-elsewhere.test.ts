/** What another environment has done is not parked, and what is parked and done all the same is not repeated by a redrive. */
import { type KinesisConsumerOptions, kinesisConsumer, memoryParking } from "shardmill";
import { describe, expect, it } from "vitest";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { allDone, decode, type Item } from "../consumer/world.ts";
import { environments } from "../progress/environments.ts";

const uniqueId = ({ id }: Item) => `id of ${id}`;
const parkedIn = (park: ReturnType<typeof memoryParking>) => [...park.parked.values()];

describe("a record that failed here and was done elsewhere meanwhile", () => {
  it.each<[string, Partial<KinesisConsumerOptions<Item>>]>([
    ["without ids", {}],
    ["with ids", { uniqueId }],
  ])("is not parked once this environment has heard of it, %s", async (_, options) => {
    const park = memoryParking();
    const { start, failing, done } = environments({
      park,
      maxAttempts: 1,
      commitEvery: { records: 1, ms: 10_000 },
      ...options,
    } as Partial<KinesisConsumerOptions<Item>>);
    const other = start();
    failing.add("a");
    const slow = start({
      // By the time that b is done, and a slice is due, another environment has done all.
      async process({ id }: Item) {
        if (id === "a") throw new Error("no");
        failing.clear();
        await other(["a", "b@k", "c@k"]);
      },
      order: "none",
      concurrency: 1,
    } as Partial<KinesisConsumerOptions<Item>>);
    expect(await slow(["a", "b@k", "c@k"])).toEqual(allDone);
    expect(done).toEqual(["a", "b", "c"]);
    expect(parkedIn(park)).toEqual([]);
  });
});

describe("a record that was done under its unique id, and is parked unread by somebody who thinks that it kills", () => {
  it("is said to be processed when it is redriven, and is not repeated", async () => {
    const park = memoryParking();
    const options = { park, maxAttempts: 1, suspectAfterInSeconds: 0, uniqueId };
    const { start, done, entries, clock, context, finish, log, store, progress, runtime } =
      environments(options);
    await clock.advance(1000);
    await start()(["a"]);
    // A claim on it that nothing has ended: who made it has died.
    const claim = entries.find(({ kind }) => kind === "began")!;
    const n = entries.at(-1)!.n + 1;
    await store.append(log(), { ...claim, n, token: "dead" }, 0);
    expect(await start()(["a"])).toEqual(allDone);
    const [parked] = parkedIn(park);
    expect(parked).toMatchObject({ state: "confirmed" });
    const handler = kinesisConsumer<Item>({
      ...{ ...options, consumer: "c", decode, progress, metrics: false },
      runtime,
      process: ({ id }) => void done.push(`${id} again`),
    });
    const deadline = clock.now() + 900_000;
    const response = await finish(
      handler(redriveEvent([parked!], { token: "t", deadline }), context()),
    );
    const { redriven } = response as typeof response & { redriven: RedriveResult[] };
    expect(redriven).toMatchObject([{ outcome: "processed" }]);
    expect(done).toEqual(["a"]);
  });
});
