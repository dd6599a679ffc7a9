import fc from "fast-check";
import { kinesisConsumer, memoryProgress } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, suffix, world } from "./world.ts";

/** Environments of one function; `takes` is how long an effect takes there. */
function environments() {
  const its = world();
  const progress = memoryProgress();
  const done: string[] = [];
  const failing = new Set<string>();
  const start = (name: string, takes: () => number) =>
    kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      async process({ id }) {
        await its.clock.sleep(takes());
        if (failing.has(`${id} in ${name}`)) throw new Error("no");
        done.push(`${id} in ${name}`);
      },
    });
  return { ...its, done, failing, start };
}

describe("two environments that overlap", () => {
  const event = eventOf(["a", "b", "c"]);

  it("on one batch: both answer rightly, and what one has named the other need not name again", async () => {
    const { start, finish, metrics, done } = environments();
    const [fast, slow] = [start("fast", () => 10), start("slow", () => 20)];
    expect(await finish(Promise.all([fast(event), slow(event)]))).toEqual([allDone, allDone]);
    expect(metrics()).toMatchObject([
      { Processed: 3, Conflicts: 0, Unsaved: 0 },
      { Processed: 3, Conflicts: 1, Unsaved: 0 },
    ]);
    // Without a lease the effects of both may happen. From then on none does.
    expect(done).toHaveLength(6);
    for (const handler of [fast, slow, start("third", () => 0)]) await finish(handler(event));
    expect(done).toHaveLength(6);
  });

  it("on two lanes of one shard: nothing is lost, and nothing repeated", async () => {
    const { start, finish, metrics, done } = environments();
    const [one, two] = [start("one", () => 10), start("two", () => 20)];
    const of = (places: readonly number[]) => ({ Records: places.map((n) => event.Records[n]) });
    await finish(Promise.all([one(of([0, 2])), two(of([1]))]));
    expect(metrics().map(({ Conflicts }) => Conflicts)).toEqual([0, 1]);
    for (const handler of [one, two, start("third", () => 0)]) await finish(handler(event));
    expect(done).toEqual(["a in one", "c in one", "b in two"]);
  });

  it("where a record fails in one and is done in the other: it is done", async () => {
    const { start, finish, done, failing } = environments();
    const [fast, slow] = [start("fast", () => 10), start("slow", () => 20)];
    failing.add("b in slow");
    const answers = await finish(Promise.all([fast(event), slow(event)]));
    expect(answers[0]).toEqual(allDone);
    // The slow one answers for what it has seen itself: that is safe, and costs a delivery.
    expect(answers[1]).toEqual(answerAt(event, 1));
    expect(await finish(slow(suffix(event, 1)))).toEqual(allDone);
    expect(done.filter((name) => name.startsWith("b"))).toEqual(["b in fast"]);
  });

  it("where it fails first, and is done in the other later: it is done", async () => {
    const { start, finish, failing, done } = environments();
    const [fast, slow] = [start("fast", () => 10), start("slow", () => 20)];
    failing.add("b in fast");
    const answers = await finish(Promise.all([fast(event), slow(event)]));
    expect(answers).toEqual([answerAt(event, 1), allDone]);
    expect(await finish(fast(suffix(event, 1)))).toEqual(allDone);
    expect(done.filter((name) => name.startsWith("b"))).toEqual(["b in slow"]);
  });
});

it("however many overlap, on disjoint parts of a shard, each record has one effect", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ environment: fc.nat(4), takes: fc.nat(30) }), {
        minLength: 1,
        maxLength: 20,
      }),
      async (records) => {
        const { start, finish, done, metrics } = environments();
        const event = eventOf(records.map((_, place) => String(place)));
        const handlers = [0, 1, 2, 3, 4].map((n) => {
          const takes = records.filter(({ environment }) => environment === n);
          return start(String(n), () => takes.shift()?.takes ?? 0);
        });
        const answers = await finish(
          Promise.all(
            handlers.map((handler, n) => {
              const Records = event.Records.filter((_, place) => records[place]!.environment === n);
              return handler({ Records });
            }),
          ),
        );
        expect(answers).toEqual(handlers.map(() => allDone));
        await finish(handlers[0]!(event));
        await finish(start("new", () => 0)(event));
        expect(done).toHaveLength(records.length);
        expect(metrics().map(({ Unsaved }) => Unsaved)).not.toContain(1);
      },
    ),
    { numRuns: 60 },
  ));
