/** What is said once to somebody who reads the logs, and where it is not said. */
import {
  drop,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryProgress,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { decode, eventOf, type Item, world } from "./world.ts";

const hour = 3_600_000;
const where = { level: "WARN", consumer: "c", shardId: "shardId-000000000000" };
const names = (count: number) => Array.from({ length: count }, (_, n) => `r${n}`);

function environment(
  { hold, ...options }: Partial<KinesisConsumerOptions<Item>> & { hold?: object } = {},
  its = world(),
) {
  const handler = kinesisConsumer({
    ...{ consumer: "c", decode, progress: memoryProgress(), process() {} },
    ...options,
    runtime: { ...its.runtime, ...(hold && { hold }) },
  } as KinesisConsumerOptions<Item>);
  return {
    ...its,
    handler,
    invoke: (event: unknown, ms?: number) => its.finish(handler(event, its.context(ms))),
  };
}

describe("of records that are skipped", () => {
  /** So many that are done come once more, after so long, with so many new ones behind them. */
  async function skipping(done: number, fresh: number, age: number) {
    const { invoke, clock, logs } = environment();
    const arrival = clock.now();
    await invoke(eventOf(names(done), { arrival }));
    await clock.advance(age);
    await invoke(eventOf(names(done + fresh), { arrival }));
    return logs();
  }

  it.each([
    [100, 0, hour + 1],
    [100, 11, hour + 1],
  ])(
    "%i that are old, and %i that are new, %i ms after they came: how they are had again",
    async (done, fresh, age) => {
      expect(await skipping(done, fresh, age)).toMatchObject([
        {
          ...where,
          message:
            "Many old records were processed before, and are skipped. To process them again, set another epoch, or run: shardmill progress reset",
          ...{ skipped: done, stream: "arn:aws:kinesis:us-east-1:123456789012:stream/orders" },
        },
      ]);
    },
  );

  it.each([
    [99, 0, hour + 1],
    [108, 12, hour + 1],
    [100, 0, hour],
  ])(
    "%i that are old, and %i that are new, %i ms after they came: nothing",
    async (done, fresh, age) => {
      expect(await skipping(done, fresh, age)).toEqual([]);
    },
  );
});

describe("of a batch of which nothing was processed", () => {
  it("that it has no records", async () => {
    const { invoke, logs } = environment();
    for (let delivery = 0; delivery < 2; delivery++) await invoke({ Records: [] });
    expect(logs()).toMatchObject([
      { message: "An event without records: nothing was processed.", level: "WARN", records: 0 },
    ]);
  });

  it("that every record was dropped, and nothing where one was not", async () => {
    const dropping = environment({
      decode: (data, record) =>
        Buffer.from(data).includes("drop") ? drop() : decode.decode(data, record),
    });
    await dropping.invoke(eventOf(["drop1", "kept"]));
    expect(dropping.logs()).toEqual([]);
    await dropping.invoke(eventOf(["drop1", "drop2"], { shardId: "shardId-000000000001" }));
    expect(dropping.logs()).toMatchObject([
      {
        ...{ ...where, shardId: "shardId-000000000001", records: 2 },
        message: "All of a batch was dropped by decode or a filter, which counts as done.",
      },
    ]);
  });

  it("that its time was over, and what it had", async () => {
    const its = world();
    const progress = memoryProgress();
    const slow: ProgressStore = {
      ...progress,
      readBefore: (log, before) =>
        its.clock.sleep(2900).then(() => progress.readBefore(log, before)),
    };
    const { invoke, logs } = environment({ progress: slow }, its);
    await invoke(eventOf(["a", "b"]), 3000);
    expect(logs()).toMatchObject([
      {
        ...{ ...where, records: 2 },
        message:
          "Nothing of a batch was processed, and it comes again: no record was done in its 3000 ms, less the margin. Raise the function's timeout.",
      },
    ]);
  });

  it("nothing where its time was over when one was done, or had failed", async () => {
    for (const fails of [false, true]) {
      const { clock, invoke, logs, metrics } = environment({
        order: "shard",
        async process() {
          await clock.sleep(2200);
          if (fails) throw new Error("no");
        },
      });
      await invoke(eventOf(["a", "b"]), 3000);
      expect(metrics()).toMatchObject([{ GivenBack: 1 }]);
      expect(logs().filter(({ level }) => level === "WARN")).toEqual([]);
    }
  });

  it("that another invocation has the lease of its shard", async () => {
    const progress = memoryProgress();
    const holder = environment({ progress, lease: true, process: () => holder.clock.sleep(1e6) });
    holder.invoke(eventOf(["a"]), 900_000).catch(() => {});
    await holder.clock.settle();
    const { invoke, logs } = environment({ progress, lease: true }, holder);
    await invoke(eventOf(["a"]), 30_000);
    expect(logs()).toMatchObject([
      {
        ...{ ...where, records: 1 },
        message:
          "Nothing of a batch was processed, and it comes again: another invocation has the lease of its shard.",
      },
    ]);
  });

  it("nothing where its shard is another process's", async () => {
    const { invoke, logs, metrics } = environment({
      hold: { mayBegin: () => true, takeOver: async () => false },
    });
    await invoke(eventOf(["a"]));
    expect(metrics()).toMatchObject([{ Processed: 0, GivenBack: 1 }]);
    expect(logs()).toEqual([]);
  });
});

describe("of what somebody should change", () => {
  const said = ({ logs }: ReturnType<typeof environment>) =>
    logs().map(({ level, message, consumer, stream }) => [level, message, consumer, stream]);
  const inStream = ["c", "arn:aws:kinesis:us-east-1:123456789012:stream/orders"];

  it("that there is no progress", async () => {
    const its = environment({ progress: undefined } as never);
    for (const from of [0, 1]) await its.invoke(eventOf(["a"], { from }));
    const why = "No progress is kept: records are processed at least once.";
    expect(said(its)).toEqual([["WARN", why, ...inStream]]);
  });

  it.each([
    [10, { aggregate: true }, 1],
    [10, {}, 0],
    [1, { aggregate: true }, 0],
  ])("that a ParallelizationFactor of %i does nothing for %o", async (factor, shape, lines) => {
    const its = environment({ parallelizationFactor: factor });
    const { Records } = eventOf(["plain"], { from: 9 });
    for (const from of [0, 2]) {
      const event = eventOf(["a", "b"], { ...shape, from });
      await its.invoke({ Records: [...event.Records, ...Records] });
    }
    const why =
      "A ParallelizationFactor above 1 does nothing for KPL aggregates: all have one partition key.";
    expect(said(its)).toEqual([["WARN", why, ...inStream]].slice(0, lines));
  });

  it("that nobody knows how much time there is", async () => {
    const its = environment();
    const { handler, finish } = its;
    const context = { getRemainingTimeInMillis: () => Number.NaN };
    for (const from of [0, 1]) await finish(handler(eventOf(["a"], { from }), context));
    expect(said(its)).toEqual([
      [
        "WARN",
        "context.getRemainingTimeInMillis() gives no milliseconds (NaN): nothing is given back in time. Pass on Lambda's context.",
        ...inStream,
      ],
    ]);
  });
});
