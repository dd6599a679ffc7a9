/** Nothing overtakes a record of its key that has failed or was given back, in whichever turn that was. */
import { kinesisConsumer, memoryParking, memoryProgress, type Runtime } from "shardmill";
import { describe, expect, it } from "vitest";
import { clockSkewInSeconds } from "../../src/progress/log-access.ts";
import { environments } from "../progress/environments.ts";
import { afterDeath, asOptions, type Options } from "./after-death.ts";
import { allDone, answerAt, eventOf, type Item, world } from "./world.ts";

const idsOf = (runs: readonly string[]) => runs.map((run) => run.split(" ")[0]);

describe("behind a record that fails among the suspects of a death", () => {
  const names = ["a@k", "b@k", "c@k", "d@m"];

  it("those of its key wait, and the others run", async () => {
    const { start, failing, runs } = await afterDeath(names);
    failing.add("a");
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
    expect(idsOf(runs)).toEqual(["a", "d"]);
  });

  it('all others run where order is "none"', async () => {
    const { start, failing, runs } = await afterDeath(names, { order: "none" });
    failing.add("a");
    expect(await start()(names)).toEqual(answerAt(eventOf(names), 0));
    expect(idsOf(runs)).toEqual(["a", "b", "c", "d"]);
  });

  it("those of its key wait also where it could not be parked, and so is given back", async () => {
    const refuse = async () => {
      throw new Error("no such bucket");
    };
    const { start, runs } = await afterDeath(["a@k"], {
      park: { ...memoryParking(), park: refuse },
      maxAttempts: 1,
    });
    expect(await start()(["a@k", "b@k", "c@m"])).toEqual(answerAt(eventOf(["a", "b", "c"]), 0));
    expect(idsOf(runs)).toEqual(["c"]);
  });

  it("those after the half that runs wait for a claim of their own, also where one of that half is parked", async () => {
    const { start, failing, runs, entries } = await afterDeath(["a", "b", "c", "d"], {
      maxAttempts: 2,
    });
    failing.add("a");
    expect(await start()(["a", "b", "c", "d"])).toEqual(allDone);
    expect(idsOf(runs)).toEqual(["a", "b", "c", "d"]);
    expect(entries.filter(({ kind }) => kind === "began")).toHaveLength(4);
  });

  it("what no claim speaks of has a claim of its own once they are through", async () => {
    const { start, entries } = await afterDeath(["a", "b"]);
    const event = ["a", "b", "x", "y"];
    expect(await start()(event)).toEqual(allDone);
    const { Records } = eventOf(event);
    const began = entries.filter(({ kind }) => kind === "began");
    expect(began.at(-1)).toMatchObject({
      first: { sequenceNumber: Records[2]!.kinesis.sequenceNumber },
      last: { sequenceNumber: Records[3]!.kinesis.sequenceNumber },
    });
    // Each ends once.
    const ends = entries.flatMap(({ ends = [] }) => ends);
    expect(ends.toSorted((a, b) => a - b)).toEqual(began.map(({ n }) => n));
  });
});

describe("a death is counted once", () => {
  it("for a record that has failed since, also while the claim is still open for others", async () => {
    const names = ["a@k", "b@k"];
    const { start, failing, runs, clock, entries } = await afterDeath(names);
    failing.add("a");
    // What the claim speaks of still comes, so it is not one that nobody will end.
    await clock.advance(900_000);
    for (let time = 0; time < 3; time++) await start()(names);
    expect(runs).toEqual(["a #2", "a #3", "a #4"]);
    expect(entries.flatMap(({ ends = [] }) => ends)).not.toContain(1);
  });

  it("for one that was given back since, and is the last of which the claim speaks", async () => {
    const { start, runs, clock } = await afterDeath(["a@k", "b@k"]);
    await clock.advance(900_000 + 1000 * clockSkewInSeconds);
    await start({
      process: (_: Item, __: unknown, { signal }: { readonly signal: AbortSignal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    } as Options)(["b@k"], 1);
    expect(await start()(["b@k"], 1)).toEqual(allDone);
    expect(runs).toEqual(["b #2"]);
  });

  it("for a record that comes without those at the ends of the claim", async () => {
    const { start, runs } = await afterDeath(["a", "b", "c"]);
    expect(await start()(["b"], 1)).toEqual(allDone);
    expect(runs).toEqual(["b #2"]);
  });
});

it("without a timeout a claim holds for the longest that an invocation may take", async () => {
  const { progress, entries, runtime, clock, finish } = environments();
  await clock.advance(120_000);
  const handler = kinesisConsumer({
    ...{ consumer: "c", progress, park: memoryParking(), metrics: false, runtime },
    process() {},
  });
  await finish(handler(eventOf(["a"])));
  const [began] = entries;
  expect(began).toMatchObject({ kind: "began", until: clock.now() + 900_000 });
});

it("a record alone over which environments died is parked, and that is why", async () => {
  const park = memoryParking();
  const { start, runs } = await afterDeath(["a"], { park, maxAttempts: 1 });
  expect(await start()(["a", "b"])).toEqual(allDone);
  expect(idsOf(runs)).toEqual(["b"]);
  const message = expect.stringContaining("Its environment ended each time it ran");
  expect([...park.parked.values()]).toMatchObject([{ attempts: 1, error: { message } }]);
});

it.each<[string, Options, number]>([
  ["is surely over, for clocks that differ, too", {}, clockSkewInSeconds],
  // As long as entries are kept: the retention, and two days.
  [
    "was over for so long that no lane can be behind",
    { parallelizationFactor: 2, retentionInHours: 24, dedupeWindowInSeconds: 60 },
    3 * 86_400,
  ],
])(
  "a claim on records that never come again is ended once its invocation %s",
  async (_, more, seconds) => {
    const { start, clock, entries } = await afterDeath(["a", "b"], more);
    const surely = entries[0]!.until! + seconds * 1000;
    const ended = () => entries.flatMap(({ ends = [] }) => ends);
    await clock.advance(surely - clock.now() - 10);
    await start()(["x"], 10);
    expect(ended()).not.toContain(1);
    await clock.advance(surely - clock.now());
    await start()(["y"], 11);
    expect(ended()).not.toContain(1);
    await clock.advance(1);
    await start()(["z"], 12);
    expect(ended()).toContain(1);
  },
);

it("once a record is parked, its key goes on, and that of another which has failed does not", async () => {
  const { start, failing, runs } = environments({ park: memoryParking(), maxAttempts: 2 });
  const names = ["bad@k", "sick@m", "x@k", "y@m"];
  const invoke = start();
  failing.add("bad");
  await invoke(names.slice(0, 1));
  failing.add("sick");
  expect(await invoke(names)).toEqual(answerAt(eventOf(names), 1));
  expect(idsOf(runs)).toEqual(["bad", "bad", "sick", "x"]);
});

it("what an entry called failed, and is parked at the end of its batch, is parked in the next", async () => {
  const park = memoryParking();
  const { start, failing, entries } = environments({
    ...{ park, maxAttempts: 1, concurrency: 1, commitEvery: { records: 1, ms: 60_000 } },
  });
  failing.add("bad");
  expect(await start()(["bad", "a", "b", "c"])).toEqual(allDone);
  expect(entries[0]).toMatchObject({ open: [{ attempts: 1 }], parked: [] });
  expect(entries.flatMap(({ parked = [] }) => parked)).toHaveLength(1);
  // A failure is no effect: it does not put the next slice off.
  expect(entries).toHaveLength(4);
  expect([...park.parked.values()]).toMatchObject([{ confirmed: true }]);
});

describe("without a log", () => {
  it("nothing begins behind the first record that has failed, whichever failed last", async () => {
    const ran: string[] = [];
    const { clock, start } = environments();
    const takes: Record<string, number> = { first: 5, slow: 10, last: 6 };
    const invoke = start(
      asOptions({
        progress: undefined,
        concurrency: 3,
        async process({ id }: Item) {
          ran.push(id);
          await clock.sleep(takes[id] ?? 1);
          if (id === "first" || id === "last") throw new Error("no");
        },
      }),
    );
    const names = ["first@a", "slow@b", "next@b", "last@c"];
    expect(await invoke(names)).toEqual(answerAt(eventOf(names), 0));
    expect(ran).toEqual(["first", "slow", "last"]);
  });

  it("a record that cannot be read, and whose turn has not come, has not failed", async () => {
    const ran: string[] = [];
    const { clock, start } = environments();
    const invoke = start(
      asOptions({
        progress: {
          ...memoryProgress(),
          readBefore: () => Promise.reject(new Error("no such table")),
        },
        onProgressUnavailable: "continue",
        uniqueId: ({ id }: Item) => id,
        decode(data: Uint8Array) {
          const item = JSON.parse(Buffer.from(data).toString()) as Item;
          if (item.id === "broken") throw new Error("unreadable");
          return item;
        },
        async process({ id }: Item) {
          await clock.sleep(10);
          ran.push(id);
        },
      }),
    );
    const names = ["slow@b", "broken@b", "c@c"];
    expect(await invoke(names)).toEqual(answerAt(eventOf(names), 1));
    expect(ran).toEqual(["slow", "c"]);
  });

  it("a shard's hold is asked all the same", async () => {
    const its = world();
    const hold = { mayBegin: (log: unknown) => log === undefined, takeOver: async () => true };
    const runtime: Partial<Runtime> = { ...its.runtime, hold };
    const { start, runs } = environments(asOptions({ runtime, progress: undefined }));
    expect(await start()(["a"])).toEqual(allDone);
    expect(runs).toEqual(["a #1"]);
  });
});
