/** What another environment has done is not parked, and what is parked and done all the same is not repeated by a redrive. */
import {
  type Entry,
  type KinesisConsumerOptions,
  kinesisConsumer,
  memoryParking,
  NonRetryableError,
  onceStreamWide,
  type ParkedRecord,
} from "shardmill";
import { describe, expect, it } from "vitest";
import { hexNameOf, isNameOf, namesIn } from "../../src/park/entry-names.ts";
import { type RedriveResult, redriveEvent } from "../../src/park/redrive-event.ts";
import { packArrivals } from "../../src/progress/entry.ts";
import { allDone, decode, eventOf, type Item } from "../consumer/world.ts";
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

describe("a record that another environment parks while it is done here", () => {
  it.each<[string, Partial<KinesisConsumerOptions<Item>>]>([
    ["without ids", {}],
    ["with ids", { uniqueId }],
  ])("is not repeated by a redrive, %s", async (_, options) => {
    const park = memoryParking();
    const its = environments({ park, ...options } as Partial<KinesisConsumerOptions<Item>>);
    const failing = its.start({
      async process({ id }: Item) {
        if (id === "b") throw new NonRetryableError("no");
      },
    } as Partial<KinesisConsumerOptions<Item>>);
    const slow = its.start({
      async process({ id }: Item) {
        if (id === "b") expect(await failing(["a", "b", "c"])).toEqual(allDone);
        its.done.push(id);
      },
    } as Partial<KinesisConsumerOptions<Item>>);
    expect(await slow(["a", "b", "c"])).toEqual(allDone);
    expect(parkedIn(park)).toMatchObject([{ state: "confirmed" }]);
    expect(await redriven(its, { park, ...options })).toMatchObject([{ outcome: "repeated" }]);
    expect(its.done.filter((id) => id.startsWith("b"))).toEqual(["b"]);
  });
});

describe("a record that was done under its unique id, and is parked unread by somebody who thinks that it kills", () => {
  it("is said to be processed when it is redriven, and is not repeated", async () => {
    const park = memoryParking();
    const options = { park, maxAttempts: 1, suspectAfterInSeconds: 0, uniqueId };
    const its = environments(options);
    const { start, done, entries, clock, log, store } = its;
    await clock.advance(1000);
    await start()(["a"]);
    // A claim on it that nothing has ended: who made it has died.
    const claim = entries.find(({ kind }) => kind === "began")!;
    const n = entries.at(-1)!.n + 1;
    await store.append(log(), { ...claim, n, token: "dead" }, 0);
    expect(await start()(["a"])).toEqual(allDone);
    expect(parkedIn(park)).toMatchObject([{ state: "confirmed" }]);
    // Somebody who had read it has parked it once more, under its id.
    const [item] = parkedIn(park);
    for (const name of [item!.name, hexNameOf(item as never, uniqueId({ id: "a", key: "a" }))]) {
      await park.park({ ...item!, name });
      await park.confirm(item!);
      expect(await redriven(its, options)).toMatchObject([{ outcome: "processed" }]);
    }
    expect(done).toEqual(["a"]);
  });
});

it("a record that was done under the id that a newer version reads, and was parked under that of an older one, is not repeated", async () => {
  const park = memoryParking();
  const its = environments({ park });
  const newer = its.start({ uniqueId } as Partial<KinesisConsumerOptions<Item>>);
  const older = its.start({
    uniqueId: ({ key }: Item) => key,
    async process() {
      expect(await newer(["a"])).toEqual(allDone);
      throw new NonRetryableError("no");
    },
  } as Partial<KinesisConsumerOptions<Item>>);
  expect(await older(["a"])).toEqual(allDone);
  expect(parkedIn(park)).toMatchObject([{ state: "confirmed" }]);
  expect(await redriven(its, { park, uniqueId })).toMatchObject([{ outcome: "processed" }]);
  expect(its.done).toEqual(["a"]);
});

describe("a record that comes back while an equal one of the same second is done for the first time", () => {
  it("is saved once, and a delivery repeats neither", async () => {
    const park = memoryParking();
    const options = { park, maxAttempts: 1, uniqueId: ({ key }: Item) => key };
    const its = environments(options);
    const handler = its.start();
    const others = Array.from({ length: 70 }, (_, place) => `other ${place}`);
    const broken = its.start({ uniqueId: () => Promise.reject(new Error("no")) });
    expect(await broken(["a@k"])).toEqual(allDone);
    const back = redriven(its, options, async () => {
      expect(await handler(["b@k", ...others], 1)).toEqual(allDone);
    });
    expect(await back).toMatchObject([{ outcome: "redriven" }]);
    const all = ["b", ...others, "a again"];
    expect(its.done).toEqual(all);
    expect(await handler(["a@k", "b@k"])).toEqual(allDone);
    expect(its.done).toEqual(all);
  });
});

it("a record that is done elsewhere while it is parked as a killer is not confirmed, also when a claim brings the news", async () => {
  const its = environments({ suspectAfterInSeconds: 0, maxAttempts: 1 } as Partial<
    KinesisConsumerOptions<Item>
  >);
  const other = its.start({ suspectAfterInSeconds: undefined, maxAttempts: undefined } as Partial<
    KinesisConsumerOptions<Item>
  >);
  const park = memoryParking();
  const parking = {
    ...park,
    async park(record: ParkedRecord) {
      await other(["a"]);
      return park.park(record);
    },
  };
  const slow = its.start({ park: parking } as Partial<KinesisConsumerOptions<Item>>);
  await its.clock.advance(1000);
  await other(["d"], 3);
  // Claims on a alone, and on b and c, that nothing has ended: who made them has died.
  const [a, b, c] = eventOf(["a", "b", "c"]).Records.map(({ kinesis }) => ({
    sequenceNumber: kinesis.sequenceNumber,
    subSequenceNumber: 0,
  }));
  const { at, v, writer } = its.entries[0]!;
  for (const [first, last] of [
    [a, a],
    [b, c],
  ]) {
    const n = its.entries.at(-1)!.n + 1;
    const claim = { kind: "began", first, last, until: 0, at, n, token: `dead ${n}`, v, writer };
    await its.progress.append(its.log(), claim as Entry, 0);
  }
  await slow(["a", "b", "c"]);
  expect(its.done).toContain("a");
  expect(parkedIn(park).map(({ sequenceNumber, state }) => [sequenceNumber, state])).toContainEqual(
    [eventOf(["a"]).Records[0]!.kinesis.sequenceNumber, "parked"],
  );
});

/** What a redrive answers that brings back all that is parked. */
async function redriven(
  { clock, context, finish, done, progress, runtime }: ReturnType<typeof environments>,
  options: Pick<KinesisConsumerOptions<Item>, "park" | "uniqueId">,
  meanwhile = async () => {},
): Promise<readonly RedriveResult[]> {
  const handler = kinesisConsumer<Item>({
    ...{ ...options, consumer: "c", decode, progress, runtime, metrics: false },
    async process({ id }: Item) {
      await meanwhile();
      done.push(`${id} again`);
    },
  } as KinesisConsumerOptions<Item>);
  const event = redriveEvent(parkedIn(options.park as ReturnType<typeof memoryParking>), {
    token: "t",
    deadline: clock.now() + 900_000,
  });
  const response = await finish(handler(event, context()));
  return (response as typeof response & { redriven: RedriveResult[] }).redriven;
}

it("an id of the whole stream whose record another environment has parked meanwhile is not marked as done", async () => {
  const park = memoryParking();
  const marked: string[] = [];
  const ids = {
    claim: async () => undefined,
    complete: async (id: string) => marked.push(`${id} done`) > 0,
    release: async (id: string) => void marked.push(`${id} free`),
  };
  const fails = async () => {
    throw new NonRetryableError("no");
  };
  const its = environments({ park, uniqueId });
  const process = (effect: () => Promise<void>) =>
    ({ process: onceStreamWide(ids, effect) }) as Partial<KinesisConsumerOptions<Item>>;
  const other = its.start(process(fails));
  const slow = its.start({
    ...process(async () => {
      await other(["a", "b@k"]);
      await fails();
    }),
    order: "none",
    concurrency: 1,
    commitEvery: { records: 1, ms: 10_000 },
  } as Partial<KinesisConsumerOptions<Item>>);
  await slow(["a", "b@k"]);
  expect(marked.length).toBeGreaterThan(2);
  expect(marked.filter((what) => what.endsWith("done"))).toEqual([]);
});

it("the last names of an entry are those of the records that it parks; without arrivals it names none", () => {
  const at = { sequenceNumber: "7", subSequenceNumber: 0 };
  const entry = { names: new Uint8Array(2 * 16), arrivals: packArrivals([100, 100]) } as Entry;
  const parkedIn = (entry: Entry) => [...namesIn(entry)].map(({ isParked }) => isParked);
  expect(parkedIn({ ...entry, parked: [at] })).toEqual([false, true]);
  expect(parkedIn(entry)).toEqual([false, false]);
  expect(parkedIn({ ...entry, arrivals: undefined })).toEqual([]);
  expect(parkedIn({ ...entry, names: undefined })).toEqual([]);
  const names = Uint8Array.from({ length: 2 * 16 }, (_, place) => place);
  expect([...namesIn({ ...entry, names })].map(({ name }) => name)).toEqual([
    "000102030405060708090a0b0c0d0e0f",
    "101112131415161718191a1b1c1d1e1f",
  ]);
});

it("an inner record that Lambda took apart is known to be done, wherever in its batch it stood", () => {
  const at = (subSequenceNumber: number) => ({ sequenceNumber: "7", subSequenceNumber });
  const entry = { first: at(0), last: at(0) } as Entry;
  expect(isNameOf(entry, 100, at(1), 100)).toBe(true);
  expect(isNameOf(entry, 100, at(0), 101)).toBe(false);
  for (const sequenceNumber of ["6", "8"])
    expect(isNameOf(entry, 100, { sequenceNumber, subSequenceNumber: 0 }, 100)).toBe(false);
  for (const end of ["first", "last"])
    expect(isNameOf({ ...entry, [end]: undefined }, 100, at(0), 100)).toBe(false);
});
