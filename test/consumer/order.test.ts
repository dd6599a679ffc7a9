import fc from "fast-check";
import { kinesisConsumer, memoryProgress, type Order } from "shardmill";
import { describe, expect, it } from "vitest";
import { allDone, answerAt, decode, eventOf, world } from "./world.ts";

interface Step {
  readonly what: "begin" | "done" | "failed";
  readonly place: number;
  readonly at: number;
}

interface Trial {
  readonly records: readonly {
    readonly key: string;
    /** Undefined: the effect is synchronous. */
    readonly delay: number | undefined;
    readonly fails: boolean;
  }[];
  readonly order: Order;
  readonly concurrency: number;
  readonly withProgress: boolean;
  /** Records in one KPL aggregate. */
  readonly aggregate: number;
}

const trials = fc.record<Trial>({
  records: fc.array(
    fc.record({
      key: fc.constantFrom("k1", "k2", "k3", "k4"),
      delay: fc.option(fc.nat(40), { nil: undefined }),
      fails: fc.nat(9).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 40 },
  ),
  order: fc.constantFrom<Order>("partitionKey", "shard", "none"),
  concurrency: fc.integer({ min: 1, max: 12 }),
  withProgress: fc.boolean(),
  aggregate: fc.constantFrom(0, 1, 7),
});

async function run({ records, order, concurrency, withProgress, aggregate }: Trial) {
  const { clock, runtime, finish } = world();
  const began = clock.now();
  const steps: Step[] = [];
  const step = (what: Step["what"], place: number) =>
    void steps.push({ what, place, at: clock.now() - began });
  const memory = withProgress ? { progress: memoryProgress() } : { progress: undefined };
  const handler = kinesisConsumer({
    consumer: "c",
    decode,
    order,
    concurrency,
    ...memory,
    runtime,
    process({ id }) {
      const place = Number(id);
      const { delay, fails } = records[place]!;
      step("begin", place);
      const end = () => {
        step(fails ? "failed" : "done", place);
        if (fails) throw new Error("no");
      };
      return delay === undefined ? end() : clock.sleep(delay).then(end);
    },
  });
  const event = eventOf(
    records.map(({ key }, place) => `${place}@${key}`),
    { aggregate },
  );
  const answer = await finish(handler(event));
  return { steps, event, answer };
}

/** What a record waits behind. */
const laneOf = ({ records, order }: Trial, place: number) =>
  order === "shard" ? "" : order === "none" ? place : records[place]!.key;

const placesOf = (steps: readonly Step[], what: Step["what"]) =>
  steps.filter((step) => step.what === what).map(({ place }) => place);

const check = (property: (trial: Trial) => Promise<void>, numRuns = 150) =>
  fc.assert(fc.asyncProperty(trials, property), { numRuns });

describe("in any batch, with any failures and delays,", () => {
  it("the records of a lane run one after the other, in stream order, until one fails", () =>
    check(async (trial) => {
      const { steps } = await run(trial);
      const last = new Map<unknown, Step>();
      for (const step of steps) {
        const lane = laneOf(trial, step.place);
        const before = last.get(lane);
        if (step.what === "begin") {
          expect(before?.what ?? "done").toBe("done");
          expect(before?.place ?? -1).toBeLessThan(step.place);
        }
        last.set(lane, step);
      }
    }));

  it("no more run at once than they may, and never fewer", () =>
    check(async (trial) => {
      const { steps } = await run(trial);
      const bound = trial.order === "shard" ? 1 : trial.concurrency;
      const running = new Set<number>();
      const ended = new Map<number, boolean>();
      steps.forEach(({ what, place, at }, index) => {
        if (what === "begin") running.add(place);
        else {
          running.delete(place);
          ended.set(place, what === "done");
        }
        expect(running.size).toBeLessThanOrEqual(bound);
        const isLastOfMoment = steps[index + 1]?.at !== at;
        if (!isLastOfMoment || running.size === bound) return;
        for (let waiting = 0; waiting < trial.records.length; waiting++) {
          if (running.has(waiting) || ended.has(waiting)) continue;
          expect(isHeld(trial, waiting, running, ended)).toBe(true);
        }
      });
    }));

  it("the earliest record that may run is the next", () =>
    check(async (trial) => {
      const { steps } = await run(trial);
      const running = new Set<number>();
      const ended = new Map<number, boolean>();
      for (const { what, place } of steps) {
        if (what === "begin") {
          for (let earlier = 0; earlier < place; earlier++) {
            if (running.has(earlier) || ended.has(earlier)) continue;
            expect(isHeld(trial, earlier, running, ended)).toBe(true);
          }
          running.add(place);
        } else {
          running.delete(place);
          ended.set(place, what === "done");
        }
      }
    }));

  it("the answer is the lowest record that was not done, and nothing only if all were", () =>
    check(async (trial) => {
      const { steps, event, answer } = await run(trial);
      const done = new Set(placesOf(steps, "done"));
      const open = trial.records.findIndex((_, place) => !done.has(place));
      const perRecord = trial.aggregate || 1;
      expect(answer).toEqual(open < 0 ? allDone : answerAt(event, Math.floor(open / perRecord)));
      // Which is the first of those that fail: it always has its turn.
      expect(open).toBe(trial.records.findIndex(({ fails }) => fails));
    }));

  it("what does not stand behind a failure of its lane is done, where that is remembered", () =>
    check(async (trial) => {
      fc.pre(trial.withProgress);
      const { steps } = await run(trial);
      const stopped = new Set<unknown>();
      const expected = trial.records.flatMap(({ fails }, place) => {
        const lane = laneOf(trial, place);
        if (fails) stopped.add(lane);
        return stopped.has(lane) ? [] : [place];
      });
      expect(placesOf(steps, "done").sort((a, b) => a - b)).toEqual(expected);
    }));

  it("nothing begins behind a failure, where it is not remembered", () =>
    check(async (trial) => {
      fc.pre(!trial.withProgress);
      const { steps } = await run(trial);
      let firstFailure = Number.POSITIVE_INFINITY;
      for (const { what, place } of steps) {
        if (what === "begin") expect(place).toBeLessThan(firstFailure);
        if (what === "failed") firstFailure = Math.min(firstFailure, place);
      }
    }));

  it("the same batch runs the same way again", () =>
    check(async (trial) => {
      expect((await run(trial)).steps).toEqual((await run(trial)).steps);
    }, 30));
});

/** Whether a record that has not begun has a reason to wait. */
function isHeld(
  trial: Trial,
  place: number,
  running: ReadonlySet<number>,
  ended: ReadonlyMap<number, boolean>,
): boolean {
  const lane = laneOf(trial, place);
  for (let earlier = 0; earlier < place; earlier++) {
    const failed = ended.get(earlier) === false;
    if (failed && (!trial.withProgress || laneOf(trial, earlier) === lane)) return true;
    if (laneOf(trial, earlier) === lane && !ended.has(earlier)) return true;
  }
  return running.has(place);
}

describe("the three orders", () => {
  const steps = async (order: Order, concurrency = 10) => {
    const records = [..."aabb"].map((key, place) => ({ key, delay: 10, fails: place === 0 }));
    const trial = { records, order, concurrency, withProgress: true, aggregate: 0 };
    return (await run(trial)).steps.map(({ what, place, at }) => `${what} ${place} at ${at}`);
  };

  it('"partitionKey": keys run side by side, each in order, and a failure stops its key', async () => {
    expect(await steps("partitionKey")).toEqual([
      "begin 0 at 0",
      "begin 2 at 0",
      "failed 0 at 10",
      "done 2 at 10",
      "begin 3 at 10",
      "done 3 at 20",
    ]);
  });

  it('"shard": one record after the other, and a failure stops the batch', async () => {
    expect(await steps("shard")).toEqual(["begin 0 at 0", "failed 0 at 10"]);
  });

  it('"none": nothing waits', async () => {
    expect(await steps("none")).toEqual([
      ...[0, 1, 2, 3].map((place) => `begin ${place} at 0`),
      "failed 0 at 10",
      ...[1, 2, 3].map((place) => `done ${place} at 10`),
    ]);
  });
});
