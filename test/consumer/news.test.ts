/** Another environment's entry comes between: what it says holds for what is still to run, runs, or has run here. */
import {
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  memoryProgress,
  NonRetryableError,
  type ProgressStore,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { allDone, decode, eventOf, type Item, world } from "./world.ts";

/** Environments over one log, each with an effect of its own; each record is an entry as soon as it is done. */
function environments(more: Partial<KinesisConsumerOptions<Item>> = {}) {
  const its = world();
  const store = memoryProgress();
  const entries: Entry[] = [];
  const takes = { append: 0, park: 0 };
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, ...rest) {
      if (takes.append > 0) await its.clock.sleep(takes.append);
      const appended = await store.append(log, entry, ...rest);
      if (appended.ok) entries.push(entry);
      return appended;
    },
  };
  const memory = memoryParking();
  const park = {
    ...memory,
    async park(...record: Parameters<typeof memory.park>) {
      if (takes.park > 0) await its.clock.sleep(takes.park);
      return memory.park(...record);
    },
  };
  const ran: string[] = [];
  const start = (
    name: string,
    effect: (id: string) => unknown = () => {},
    other: Partial<KinesisConsumerOptions<Item>> = {},
  ) => {
    const handler = kinesisConsumer<Item>({
      ...{ consumer: "c", decode, progress, park, metrics: false, runtime: its.runtime },
      commitEvery: { records: 1, ms: 60_000 },
      process({ id }: Item) {
        ran.push(`${id} in ${name}`);
        return effect(id);
      },
      ...more,
      ...other,
    } as KinesisConsumerOptions<Item>);
    return (event: unknown) => handler(event, its.context());
  };
  return {
    ...{ ...its, entries, park, ran, start, takes },
    /** As `shardmill redrive` does it, in an environment of its own. */
    async redrive(): Promise<readonly string[]> {
      const deadline = its.clock.now() + 900_000;
      const event = redriveEvent([...park.parked.values()], { token: "t", deadline });
      const response = await its.finish(start("redrive")(event));
      const { redriven } = response as typeof response & { redriven: readonly RedriveResult[] };
      return redriven.map(({ outcome }) => outcome);
    },
  };
}

const refuse = () => {
  throw new NonRetryableError("no");
};

describe("a record that another environment has done in the meantime", () => {
  it("is skipped as soon as an append here shows it", async () => {
    const { start, clock, finish, ran } = environments({ concurrency: 1 });
    const event = eventOf(["a", "b", "c"]);
    const slow = start("slow", () => clock.sleep(10));
    expect(await finish(Promise.all([slow(event), start("fast")(event)]))).toEqual([
      allDone,
      allDone,
    ]);
    // What was done is appended when the next one has begun.
    expect(ran).toEqual(["a in slow", "a in fast", "b in fast", "c in fast", "b in slow"]);
  });

  it.each([
    ["a lease", { lease: true }, 0],
    ["a batch that is late", {}, 61_000],
  ])("is skipped where the claim of %s shows it", async (_, options, ageMs) => {
    const { start, clock, finish, ran, takes } = environments(options);
    const event = eventOf(["a", "b"], { arrival: clock.now() });
    await clock.advance(ageMs);
    takes.append = 10;
    const slow = start("slow")(event);
    await clock.settle();
    takes.append = 0;
    expect(await finish(start("fast")(event))).toEqual(allDone);
    expect(await finish(slow)).toEqual(allDone);
    expect(ran).toEqual(["a in fast", "b in fast"]);
  });

  it("is skipped also where it was read for its id, and waits behind another of its key", async () => {
    const { start, clock, finish, ran } = environments({ uniqueId: ({ id }) => id });
    const slow = start("slow", () => clock.sleep(10));
    const work = slow(eventOf(["a@k", "b@m", "c@k", "d@k"]));
    await clock.advance(5);
    await start("fast")(eventOf(["d@k"], { from: 7 }));
    expect(await finish(work)).toEqual(allDone);
    expect(ran).toEqual(["a in slow", "b in slow", "d in fast", "c in slow"]);
  });
});

it("a record that fails here is not open where another environment has done it while it ran", async () => {
  const { start, clock, finish, entries, ran } = environments();
  const here = start("here", async (id) => {
    await clock.sleep(id === "bad" ? 100 : 10);
    if (id === "bad") throw new Error("no");
  });
  // What was done is appended when the next one has begun.
  const work = here(eventOf(["bad", "a@m", "b@m"]));
  await clock.advance(5);
  await start("there")(eventOf(["bad"]));
  await finish(work);
  expect(ran).toEqual(["bad in here", "a in here", "bad in there", "b in here"]);
  expect(entries.flatMap(({ open = [] }) => open)).toEqual([]);
});

it("a record that fails for good here is not parked where another environment has done it while it ran, and its key goes on", async () => {
  const counted: Record<string, number> = {};
  const addMetric = (name: string, _: string, value: number) => {
    counted[name] = value;
  };
  const { start, clock, finish, park, ran } = environments({ metrics: { addMetric } });
  const here = start("here", async (id) => {
    await clock.sleep(id === "bad" ? 100 : 10);
    if (id === "bad") refuse();
  });
  // What was done is appended when the next one has begun.
  const work = here(eventOf(["bad@k", "a@m", "b@m", "next@k"]));
  await clock.advance(5);
  await start("there")(eventOf(["bad@k"]));
  expect(await finish(work)).toEqual(allDone);
  expect(ran).toContain("next in here");
  expect(park.parked.size).toBe(0);
  expect(counted.Redelivered).toBe(1);
});

it("a record that another environment parks while it is parked here, behind its key, lets what is behind it go on", async () => {
  const { start, clock, finish, park, ran, takes } = environments({ afterPark: "parkKey" });
  await finish(start("before", refuse)(eventOf(["bad@k"])));
  takes.park = 100;
  const here = start("here", () => clock.sleep(10));
  // What was done is appended when the next one has begun.
  const work = here(eventOf(["next@k", "a@m", "b@m", "third@k"], { from: 1 }));
  await clock.advance(5);
  takes.park = 0;
  await start("there")(eventOf(["next@k"], { from: 1 }));
  expect(await finish(work)).toEqual(allDone);
  expect(ran).toEqual(["bad in before", "a in here", "b in here"]);
  expect(park.parked.size).toBe(3);
});

it("a record that hangs while it is decoded has not failed where another environment has done it meanwhile", async () => {
  const { start, clock, finish, exits, on, seen } = environments({ concurrency: 9 });
  const never = new Promise<never>(() => {});
  const here = start("here", () => clock.sleep(10), {
    on,
    decode: (data, { partitionKey }) => (partitionKey === "x" ? never : JSON.parse(String(data))),
  });
  const work = here(eventOf(["x", "a@m", "b@m"]));
  await clock.advance(5);
  await start("there")(eventOf(["x"]));
  await expect(finish(work)).rejects.toThrow("exit");
  expect(exits).toHaveLength(1);
  expect(seen.filter(({ type }) => type === "failed")).toEqual([]);
});

it("a record that another environment does while it is parked here is not confirmed, so that no redrive repeats it", async () => {
  const { start, clock, finish, park, takes, ran } = environments();
  takes.park = 100;
  const here = start("here", async (id) => {
    await clock.sleep(10);
    if (id === "bad") refuse();
  });
  // What was done is appended when the next one has begun.
  const work = here(eventOf(["bad", "a@m", "b@m", "c@m"]));
  await clock.advance(15);
  await start("there")(eventOf(["bad"]));
  expect(await finish(work)).toEqual(allDone);
  expect(ran.toSorted()).toEqual(
    ["a", "b", "bad", "c"]
      .map((id) => `${id} in here`)
      .concat("bad in there")
      .toSorted(),
  );
  expect([...park.parked.values()]).toMatchObject([{ confirmed: false }]);
});

describe("a record that another environment parks in the meantime", () => {
  it("and that has its effect here is not repeated by a redrive, though its end is not what showed it", async () => {
    const { start, clock, finish, park, ran, redrive } = environments();
    const here = start("here", (id) => clock.sleep(id === "long" ? 100 : 10));
    // What was done is appended when the next one has begun.
    const work = here(eventOf(["long", "short@m", "next@m"]));
    await clock.advance(5);
    await start("there", refuse)(eventOf(["long"]));
    expect(await finish(work)).toEqual(allDone);
    expect(park.parked.size).toBe(1);
    expect(await redrive()).toEqual(["repeated"]);
    expect(ran).toEqual(["long in here", "short in here", "long in there", "next in here"]);
  });

  it("and that is parked here as well is brought back once", async () => {
    const { start, clock, finish, ran, redrive } = environments();
    const here = start("here", async () => {
      await clock.sleep(10);
      refuse();
    });
    const event = eventOf(["bad"]);
    await finish(Promise.all([here(event), start("there", refuse)(event)]));
    expect(await redrive()).toEqual(["redriven"]);
    expect(await redrive()).toEqual(["repeated"]);
    expect(ran.at(-1)).toBe("bad in redrive");
    expect(ran).toHaveLength(3);
  });
});

it("a record that two redrives bring back at once is named once", async () => {
  const { start, clock, finish, entries, park, ran } = environments();
  await finish(start("here", refuse)(eventOf(["bad"])));
  const bring = (token: string, effect?: () => unknown) => {
    const deadline = clock.now() + 900_000;
    return start(token, effect)(redriveEvent([...park.parked.values()], { token, deadline }));
  };
  const slow = bring("slow", () => clock.sleep(100));
  await clock.advance(5);
  await finish(bring("fast"));
  await finish(slow);
  expect(ran).toEqual(["bad in here", "bad in slow", "bad in fast"]);
  expect(entries).toHaveLength(2);
});

it("a record that an entry calls failed, and that is parked while the entry is written, is parked in the next", async () => {
  const { start, clock, finish, entries, park, takes } = environments();
  Object.assign(takes, { append: 100, park: 20 });
  const invoke = start("here", async (id) => {
    await clock.sleep(id === "last" ? 10 : 1);
    if (id === "bad") refuse();
  });
  expect(await finish(invoke(eventOf(["bad", "a@k", "last@k"])))).toEqual(allDone);
  expect(entries.map(({ open, parked }) => [open?.length, parked?.length])).toEqual([
    [1, 0],
    [0, 1],
  ]);
  expect([...park.parked.values()]).toMatchObject([{ confirmed: true }]);
});

describe("of 95 records that are parked at once", () => {
  const names = Array.from({ length: 95 }, (_, place) => `r${place}`);
  const parkAll = async (afterPark: "parkKey" | "continue") => {
    const its = environments({ afterPark, commitEvery: { records: 1000, ms: 60_000 } });
    await its.finish(its.start("here", refuse)(eventOf(["before"], { from: 0 })));
    await its.finish(its.start("here", refuse)(eventOf(names, { from: 1 })));
    return its.entries.slice(1);
  };

  it("90 keys go into an entry, as many as its transaction has room for", async () => {
    const entries = await parkAll("parkKey");
    expect(entries.map(({ parkedKeys }) => parkedKeys?.length)).toEqual([90, 5]);
    expect(entries.map(({ parked }) => parked?.length)).toEqual([90, 5]);
  });

  it("what is done beside them takes no room of theirs", async () => {
    const its = environments({
      ...{ afterPark: "parkKey", commitEvery: { records: 1000, ms: 60_000 } },
    });
    const refuseMost = (id: string) => (id === "r0" ? undefined : refuse());
    await its.finish(its.start("here", refuseMost)(eventOf(names)));
    expect(its.entries.map(({ parkedKeys }) => parkedKeys?.length)).toEqual([90, 4]);
  });

  it("those that are done say nothing of their keys", async () => {
    const { start, finish, entries } = environments({
      ...{ afterPark: "parkKey", commitEvery: { records: 1000, ms: 60_000 } },
    });
    await finish(start("here")(eventOf(names)));
    expect(entries).toHaveLength(1);
  });

  it("all go into one where no key is followed", async () => {
    const entries = await parkAll("continue");
    expect(entries.map(({ parked }) => parked?.length)).toEqual([95]);
    expect(entries[0]!.parkedKeys).toBeUndefined();
  });
});

it("records that were open, and are done now, fill an entry as names do, with their positions beside", async () => {
  const names = Array.from({ length: 600 }, (_, place) => `r${place}`);
  let isBroken = true;
  const { start, finish, entries } = environments({
    ...{ order: "none", commitEvery: { records: 1000, ms: 60_000 } },
    process() {
      if (isBroken) throw new Error("no");
    },
  });
  const invoke = start("here");
  const event = eventOf(names, { aggregate: true });
  await finish(invoke(event));
  isBroken = false;
  const before = entries.length;
  expect(await finish(invoke(event))).toEqual(allDone);
  expect(entries.slice(before).map(({ closed }) => closed?.length)).toEqual([500, 100]);
});

it("a record keeps its own name where another was parked at its place: Lambda took both out of one aggregate, in two batches", async () => {
  const { finish, ran, start } = environments({ uniqueId: ({ id }) => id });
  const taken = (name: string, from = 0) => eventOf([name], { from, fanOutConsumer: "fast" });
  const invoke = start("one", (id) => id === "bad" && refuse());
  expect(await finish(invoke(taken("bad@k")))).toEqual(allDone);
  expect(await finish(invoke(taken("a@k")))).toEqual(allDone);
  expect(await finish(start("another")(taken("a@k", 5)))).toEqual(allDone);
  expect(ran).toEqual(["bad in one", "a in one"]);
});
