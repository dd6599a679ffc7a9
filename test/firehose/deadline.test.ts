import { drop, firehoseTransform, type TransformContext } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { bytesOf, delivered, keepingOverflow, world } from "./world.ts";

function transformOf(
  transform: (value: string, context: TransformContext) => unknown,
  options: { concurrency?: number; marginMs?: number } = {},
) {
  const its = world();
  const began: string[] = [];
  const handler = firehoseTransform({
    concurrency: 1,
    ...options,
    runtime: its.runtime,
    transform(value, _, context) {
      began.push(String(value));
      return transform(String(value), context) as Promise<string>;
    },
  });
  const invoke = (event: unknown, ms?: number) => its.finish(handler(event, its.context(ms)));
  return { ...its, began, handler, invoke };
}

const event = firehoseEvent(["a", "b", "c", "d"]);

describe("what is not reached in time fails, so that it goes to the error output:", () => {
  it("no more records begin at the margin", async () => {
    const { began, clock, invoke, logs, metrics } = transformOf(async (value) => {
      await clock.sleep(800);
      return value;
    });
    // 3 s, of which 1 s is the margin.
    const response = await invoke(event, 3000);
    expect(delivered(response)).toEqual(["a\n", "b\n", "c\n", "ProcessingFailed"]);
    expect(began).toEqual(["a", "b", "c"]);
    expect(metrics()).toMatchObject([{ Delivered: 3, Unreached: 1, Failed: 0 }]);
    expect(logs()).toMatchObject([{ notBegun: 1, notFinished: [] }]);
  });

  it("one that never ends does not hold the answer back, and stops nothing that runs beside it", async () => {
    const { clock, invoke, logs, metrics } = transformOf(
      (value) => (value === "a" ? new Promise(() => {}) : clock.sleep(100).then(() => value)),
      { concurrency: 2 },
    );
    const start = clock.now();
    const response = await invoke(event, 3000);
    expect(clock.now() - start).toBe(2500);
    expect(delivered(response)).toEqual(["ProcessingFailed", "b\n", "c\n", "d\n"]);
    expect(metrics()[0]).toMatchObject({ Unreached: 1, ResponseBytes: bytesOf(response) });
    expect(logs()[0]!.notFinished).toEqual([event.records[0]!.recordId]);
  });

  it("one that obeys its signal ends, and has failed", async () => {
    const { clock, invoke, metrics } = transformOf(async (value, { signal }) => {
      if (value === "b") await clock.sleep(60_000, signal);
      return value;
    });
    const response = await invoke(event, 3000);
    expect(delivered(response)).toEqual(["a\n", ...Array(3).fill("ProcessingFailed")]);
    expect(metrics()).toMatchObject([{ Failed: 1, Unreached: 2 }]);
  });

  it("one that ends after the answer changes nothing any more", async () => {
    const { clock, invoke, lines } = withLines(
      transformOf(
        async (value) => {
          await clock.sleep(5000);
          if (value === "a") throw new Error("late");
          // JSON has no form for it, which nobody must be told any more.
          return value === "b" ? 1n : value;
        },
        { concurrency: 4 },
      ),
    );
    const response = await invoke(event, 3000);
    const sent = JSON.stringify(response);
    const said = lines();
    await clock.advance(10_000);
    expect(JSON.stringify(response)).toBe(sent);
    expect(lines()).toBe(said);
  });

  it("none begins once it is answered, also where the clock was set back meanwhile", async () => {
    const its = world();
    const began: string[] = [];
    let setBackMs = 0;
    const clock = { ...its.clock, now: () => its.clock.now() - setBackMs };
    const handler = firehoseTransform({
      concurrency: 1,
      runtime: { ...its.runtime, clock },
      async transform(value) {
        began.push(String(value));
        setBackMs = 3_600_000;
        await its.clock.sleep(5000);
        return String(value);
      },
    });
    const response = await its.finish(handler(event, its.context(3000)));
    expect(delivered(response)).toEqual(Array(4).fill("ProcessingFailed"));
    await its.clock.advance(60_000);
    expect(began).toEqual(["a"]);
  });

  it("where no time is left at all, everything", async () => {
    const { began, invoke } = transformOf((value) => value);
    expect(delivered(await invoke(event, 0))).toEqual(Array(4).fill("ProcessingFailed"));
    expect(began).toEqual([]);
  });

  it("a decoder that never ends is no different", async () => {
    const { context, finish, runtime } = world();
    const decode = () => new Promise<string>(() => {});
    const handler = firehoseTransform({ runtime, decode });
    const response = await finish(handler(firehoseEvent(["a"]), context(3000)));
    expect(delivered(response)).toEqual(["ProcessingFailed"]);
  });
});

describe("the time there is", () => {
  it("is Firehose's 5 minutes where the function has more", async () => {
    const { clock, invoke } = transformOf(() => new Promise(() => {}));
    const start = clock.now();
    await invoke(event, 900_000);
    // 5 % of five minutes is the margin, and half of that is waited for.
    expect(clock.now() - start).toBe(292_500);
  });

  it("has a margin of no more than its half, so that a short timeout transforms something", async () => {
    const { clock, invoke } = transformOf(async (value) => {
      await clock.sleep(100);
      return value;
    });
    expect(delivered(await invoke(event, 1000))).toEqual(["a\n", "b\n", "c\n", "d\n"]);
  });

  it("ends marginMs before the end, and says how much is left", async () => {
    const left: number[] = [];
    const { clock, invoke } = transformOf(
      async (_, { remainingMs }) => {
        left.push(remainingMs);
        await clock.sleep(1000);
        return drop();
      },
      { marginMs: 4000 },
    );
    const response = await invoke(event, 10_000);
    expect(left).toEqual([6000, 5000, 4000, 3000]);
    expect(delivered(response)).toEqual(Array(4).fill("Dropped"));
  });

  it("has no end where nobody sets a timeout", async () => {
    const { clock, finish, handler } = transformOf(async (value, { remainingMs }) => {
      await clock.sleep(3_600_000);
      return remainingMs === Number.POSITIVE_INFINITY ? value : drop();
    });
    expect(delivered(await finish(handler(event)))).toEqual(["a\n", "b\n", "c\n", "d\n"]);
  });

  it("is not waited for beyond its end by an overflow that hangs: what it has fails", async () => {
    const { clock, context, finish, logs, runtime } = world();
    const handler = firehoseTransform({
      runtime,
      maxResponseBytes: 1000,
      transform: () => "x".repeat(300),
      overflow: { take: () => new Promise(() => {}) },
    });
    const start = clock.now();
    const response = await finish(handler(event, context(3000)));
    expect(clock.now() - start).toBeLessThan(3000);
    expect(response.records.slice(1).map(({ result }) => result)).toEqual(
      Array(3).fill("ProcessingFailed"),
    );
    expect(logs()[0]!.error.message).toMatch(/time was over/);
  });

  it("lets an overflow do its work where transforms have used it up", async () => {
    const { clock, context, finish, runtime } = world();
    const { overflow, taken } = keepingOverflow();
    const handler = firehoseTransform({
      runtime,
      overflow,
      maxResponseBytes: 1000,
      transform: (value) =>
        String(value) === "d" ? clock.sleep(60_000).then(() => "late") : "x".repeat(300),
    });
    const response = await finish(handler(event, context(3000)));
    expect(taken.length).toBe(2);
    expect(response.records.map(({ result }) => result)).toEqual([
      "Ok",
      "Dropped",
      "Dropped",
      "ProcessingFailed",
    ]);
  });
});

function withLines<T extends { text(): string }>(its: T) {
  return { ...its, lines: its.text };
}
