import {
  kinesisConsumer,
  memoryProgress,
  type ProcessContext,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, type Item, suffix, world } from "./world.ts";

type Effect = (item: Item, context: ProcessContext) => unknown;

function consumerOf(effect: Effect, marginMs?: number, progress: ProgressStore = memoryProgress()) {
  const its = world();
  const began: string[] = [];
  const done: string[] = [];
  const make = () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      order: "shard",
      progress,
      runtime: its.runtime,
      ...(marginMs === undefined ? {} : { marginMs }),
      async process(item, _, context) {
        began.push(`${item.id} #${context.attempt}`);
        await effect(item, context);
        done.push(item.id);
      },
    });
  const handler = make();
  return {
    ...its,
    began,
    done,
    /** Another environment, with the same memory. */
    make,
    invoke: (event: unknown, ms?: number) => its.finish(handler(event, its.context(ms))),
  };
}

const event = eventOf(["a", "b", "c", "d"]);

describe("at the margin", () => {
  it("no more records begin; what is left is given back, and has not failed", async () => {
    const { invoke, began, metrics, clock } = consumerOf(() => clock.sleep(800));
    // 3 s, of which 1 s is the margin.
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 3));
    expect(began).toEqual(["a #1", "b #1", "c #1"]);
    expect(metrics()).toMatchObject([{ Processed: 3, Failed: 0, GivenBack: 1 }]);
    expect(await invoke(suffix(event, 3))).toEqual(allDone);
    expect(began.at(-1)).toBe("d #1");
  });

  it("the signal fires, and an effect that obeys it is given back without an attempt", async () => {
    const { invoke, began, metrics, exits, logs, clock } = consumerOf((_, { signal }) =>
      clock.sleep(1500, signal),
    );
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 1));
    expect(began).toEqual(["a #1", "b #1"]);
    expect(metrics()).toMatchObject([{ Processed: 1, Failed: 0, GivenBack: 3 }]);
    expect(exits).toEqual([]);
    expect(logs()).toEqual([]);
    expect(await invoke(suffix(event, 1))).toEqual(allDone);
    expect(began[2]).toBe("b #1");
  });

  it("an effect that ends after all is done", async () => {
    const { invoke, done, clock } = consumerOf(() => clock.sleep(2200));
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 1));
    expect(done).toEqual(["a"]);
  });

  it.each<[string, Effect]>([
    ["fetch's own", (_, { signal }) => signal.throwIfAborted()],
    [
      "an SDK's",
      () => {
        throw Object.assign(new Error("Request aborted"), { name: "AbortError" });
      },
    ],
    [
      "one around the signal's reason",
      (_, { signal }) => {
        throw new Error("could not write", { cause: signal.reason });
      },
    ],
  ])("an effect that ends with %s error is given back", async (_, fail) => {
    const { invoke, metrics, clock } = consumerOf((item, context) =>
      clock.sleep(2200).then(() => fail(item, context)),
    );
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 0));
    expect(metrics()).toMatchObject([{ Failed: 0, GivenBack: 4 }]);
  });

  it("an effect that fails with another error has failed", async () => {
    const { invoke, metrics, clock } = consumerOf(() =>
      clock.sleep(2200).then(() => {
        throw new Error("no");
      }),
    );
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 0));
    expect(metrics()).toMatchObject([{ Failed: 1, GivenBack: 3 }]);
  });

  it("before it, an AbortError of the effect's own is a failure", async () => {
    const { invoke, metrics } = consumerOf(() => AbortSignal.abort().throwIfAborted());
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 0));
    expect(metrics()).toMatchObject([{ Failed: 1, GivenBack: 3 }]);
  });
});

describe("an effect that ignores its signal", () => {
  it("ends the environment at the hard margin, after what is settled was saved", async () => {
    const progress = memoryProgress();
    const first = consumerOf(
      ({ id }) => (id === "c" ? new Promise(() => {}) : undefined),
      1000,
      progress,
    );
    const start = first.clock.now();
    await expect(first.invoke(event, 3000)).rejects.toThrow(/^exit/);
    expect(first.clock.now() - start).toBe(2500);
    expect(first.exits).toHaveLength(1);
    expect(first.exits[0]).toMatch(/c went on after its signal/);
    expect(first.began).toEqual(["a #1", "b #1", "c #1"]);

    const second = consumerOf(() => {}, 1000, progress);
    expect(await second.invoke(event)).toEqual(allDone);
    expect(second.done).toEqual(["c", "d"]);
  });

  it("lets no record of another lane begin in the meantime", async () => {
    const { clock, runtime, finish, context } = world();
    const began: string[] = [];
    const handler = kinesisConsumer({
      consumer: "c",
      decode,
      concurrency: 2,
      runtime,
      process({ id }) {
        began.push(id);
        return id === "hangs" ? new Promise(() => {}) : clock.sleep(900);
      },
    });
    const work = handler(eventOf(["hangs", "a", "b", "c", "d"]), context(3000));
    await expect(finish(work)).rejects.toThrow(/^exit/);
    expect(began).toEqual(["hangs", "a", "b", "c"]);
  });

  it("may be a decoder", async () => {
    const { runtime, finish, context, exits } = world();
    const handler = kinesisConsumer({
      consumer: "c",
      decode: () => new Promise<string>(() => {}),
      runtime,
      process() {},
    });
    await expect(finish(handler(event, context(3000)))).rejects.toThrow(/^exit/);
    expect(exits).toHaveLength(1);
  });
});

describe("when there is hardly any time", () => {
  it("one record is run all the same, since an answer without progress costs a retry", async () => {
    const { invoke, done } = consumerOf(() => {});
    expect(await invoke(event, 900)).toEqual(answerAt(event, 1));
    expect(await invoke(suffix(event, 1), 900)).toEqual(answerAt(event, 2));
    expect(done).toEqual(["a", "b"]);
  });

  it("a margin longer than the timeout does not stop the shard for ever", async () => {
    const { invoke, done } = consumerOf(() => {}, 60_000);
    expect(await invoke(event, 20_000)).toEqual(answerAt(event, 1));
    expect(done).toEqual(["a"]);
  });

  it("with nothing left, nothing is run, and 0 is not taken for no deadline", async () => {
    const { invoke, began, exits, metrics } = consumerOf(() => {});
    expect(await invoke(event, 0)).toEqual(answerAt(event, 0));
    expect(began).toEqual([]);
    expect(exits).toEqual([]);
    expect(metrics()).toMatchObject([{ Failed: 0, GivenBack: 4 }]);
  });

  it("with all time gone before the first record, nothing is run, and nothing has to be ended", async () => {
    const progress = memoryProgress();
    const slow: ProgressStore = {
      ...progress,
      readBefore: (log, before, ...rest) =>
        clock.sleep(2900).then(() => (progress.readBefore as any)(log, before, ...rest)),
    };
    const { clock, invoke, began, exits } = consumerOf(() => {}, 1000, slow);
    expect(await invoke(event, 3000)).toEqual(answerAt(event, 0));
    expect(began).toEqual([]);
    expect(exits).toEqual([]);
  });
});

describe("the margin", () => {
  it.each([
    [60_000, undefined, 57_000],
    [900_000, undefined, 855_000],
    [20_000, undefined, 19_000],
    [10_000, undefined, 9_000],
    [10_000, 2_500, 7_500],
    [10_000, 0, 10_000],
  ])("of %i ms with marginMs %o leaves %i", async (left, marginMs, remaining) => {
    const seen: number[] = [];
    const { invoke } = consumerOf((_, { remainingMs }) => void seen.push(remainingMs), marginMs);
    await invoke(eventOf(["a"]), left);
    expect(seen).toEqual([remaining]);
  });

  it("counts down, to 0", async () => {
    const seen: number[] = [];
    const { invoke, clock } = consumerOf(async (_, context) => {
      seen.push(context.remainingMs);
      await clock.sleep(1500);
      seen.push(context.remainingMs);
      await clock.sleep(700);
      seen.push(context.remainingMs);
    });
    await invoke(eventOf(["a"]), 3000);
    expect(seen).toEqual([2000, 500, 0]);
  });

  it.each([undefined, {}])(
    "is endless where nobody sets a timeout: context %o",
    async (context) => {
      const { runtime, finish } = world();
      const seen: unknown[] = [];
      const handler = kinesisConsumer({
        consumer: "c",
        decode,
        runtime,
        process: (_, __, { remainingMs, signal }) => void seen.push(remainingMs, signal.aborted),
      });
      expect(await finish(handler(eventOf(["a"]), context))).toEqual(allDone);
      expect(seen).toEqual([Number.POSITIVE_INFINITY, false]);
    },
  );

  it("leaves no timer behind", async () => {
    const { invoke, clock } = consumerOf(() => {});
    await invoke(event, 3000);
    expect(await clock.step()).toBe(false);
  });
});
