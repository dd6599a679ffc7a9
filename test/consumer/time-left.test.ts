/** Contexts of other hosts, of tests and of middlewares say many things; none of them is a reason to process nothing. */
import { kinesisConsumer, memoryProgress } from "shardmill";
import { firehoseTransform } from "shardmill/firehose";
import { firehoseEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { delivered, world as firehoseWorld } from "../firehose/world.ts";
import { allDone, decode, eventOf, world } from "./world.ts";

const says = (left: unknown) => ({ getRemainingTimeInMillis: () => left }) as any;
const throwing = {
  getRemainingTimeInMillis() {
    throw new Error("not in Lambda");
  },
};

async function consumed(context: any, second = eventOf(["c"], { from: 2 })) {
  const { finish, logs, runtime } = world();
  const done: string[] = [];
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    runtime,
    metrics: false,
    progress: memoryProgress(),
    process: ({ id }) => void done.push(id),
  });
  const answers = [
    await finish(handler(eventOf(["a", "b"]), context)),
    await finish(handler(second, context)),
  ];
  return { answers, done, logs: logs() };
}

async function transformed(context: any) {
  const { finish, logs, runtime } = firehoseWorld();
  const handler = firehoseTransform({ metrics: false, runtime });
  const answer = await finish(handler(firehoseEvent(["a"]), context));
  return { delivered: delivered(answer), logs: logs() };
}

describe("a context", () => {
  it.each<[string, any]>([
    ["is missing", undefined],
    ["has no such function", {}],
    ["says nothing", says(undefined)],
    ["says Infinity", says(Number.POSITIVE_INFINITY)],
    ["says what is as good as that", says(Number.MAX_VALUE)],
    ["says 5.5 minutes and a bit", says(330_000.25)],
  ])("that %s has its records processed, without a word", async (_, context) => {
    const { answers, done, logs } = await consumed(context);
    expect(answers).toEqual([allDone, allDone]);
    expect(done).toEqual(["a", "b", "c"]);
    expect(logs).toEqual([]);
    expect(await transformed(context)).toEqual({ delivered: ["a"], logs: [] });
  });

  it.each<[string, any, RegExp]>([
    ["says NaN", says(Number.NaN), /milliseconds \(NaN\)/],
    ["says -Infinity", says(Number.NEGATIVE_INFINITY), /\(-Infinity\)/],
    ["says a text", says("30000"), /\(30000\)/],
    ["says a bigint", says(30_000n), /\(30000n\)/],
    ["says null", says(null), /\(null\)/],
    ["says a date", says(new Date(0)), /1970/],
    ["says a promise", says(Promise.resolve(1000)), /Promise/],
    ["throws", throwing, /not in Lambda/],
    ["has a number instead", { getRemainingTimeInMillis: 30_000 }, /not a function/],
  ])("that %s has its records processed, and it is said once", async (_, context, why) => {
    const { answers, done, logs } = await consumed(context);
    expect(answers).toEqual([allDone, allDone]);
    expect(done).toEqual(["a", "b", "c"]);
    expect(logs.map(({ level }) => level)).toEqual(["WARN"]);
    expect(logs[0]!.message).toMatch(why);
    expect(logs[0]!.message).toMatch(/Pass on Lambda's context/);
    const firehose = await transformed(context);
    expect(firehose.delivered).toEqual(["a"]);
    expect(firehose.logs[0]!.message).toMatch(why);
  });

  it.each([0, -1, -1e12])("that says %d has no time left, and that is said once", async (left) => {
    const { answers, done, logs } = await consumed(says(left), eventOf(["a", "b"]));
    expect(answers.map((answer) => answer.batchItemFailures.length)).toEqual([1, 1]);
    expect(done).toEqual([]);
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({ level: "WARN", records: 2 });
    expect(logs[0]!.message).toMatch(
      /it comes again: .* in its 0 ms, .* Raise the function's timeout/,
    );
  });
});
