/**
 * The cost and the size of an append are its batch's, whatever the log has been through: each list that an entry may hold is driven to
 * a hundred thousand members, and everything is still saved, in items that DynamoDB takes.
 */
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
import { toEntry, toItem } from "../../src/progress/dynamodb-store.ts";
import { allDone, decode, eventOf, type Item, world } from "../consumer/world.ts";
import { at, bytesOf } from "./log-world.ts";
import { numbered } from "./world.ts";

const many = 100_000;

function setUp(more: Partial<KinesisConsumerOptions<Item>> = {}) {
  const its = world();
  const store = memoryProgress();
  const entries: Entry[] = [];
  const progress: ProgressStore = {
    ...store,
    async append(log, entry, ...rest) {
      const bytes = bytesOf(entry);
      if (bytes > 400 * 1024) throw new Error(`ValidationException: ${bytes} bytes`);
      if ((entry.parkedKeys?.length ?? 0) > 99) throw new Error("ValidationException: over 100");
      const appended = await store.append(log, toEntry(toItem(log, entry, rest[0])), ...rest);
      if (appended.ok) entries.push(entry);
      return appended;
    },
  };
  const ran: string[] = [];
  const start = () =>
    kinesisConsumer({
      consumer: "c",
      decode,
      progress,
      runtime: its.runtime,
      process({ id }: Item) {
        ran.push(id);
        if (id.startsWith("bad")) throw new NonRetryableError("no");
        if (id.startsWith("not yet")) throw new Error("no");
      },
      ...more,
    } as KinesisConsumerOptions<Item>);
  return { ...its, store, progress, entries, start, ran };
}

const log = "c#us-east-1:123456789012:orders#1735689600#shardId-000000000000";

/** A log of so many entries that another environment has written. */
async function history(store: ProgressStore, drafts: readonly Partial<Entry>[], at: number) {
  for (const [place, draft] of drafts.entries()) {
    const n = place + 1;
    const entry = { kind: "done", n, at, token: `t${n}`, v: 1, ...draft } as const;
    await store.append(log, { ...entry, writer: "us-east-1:123456789012:departures" }, 0);
  }
}

const chunks = (size: number): number[][] =>
  Array.from({ length: Math.ceil(many / size) }, (_, chunk) =>
    Array.from({ length: Math.min(size, many - chunk * size) }, (_, n) => chunk * size + n),
  );

describe("a shard with 100,000", () => {
  it("parked keys moves on at the cost of a fresh one, and parks more", async () => {
    const park = memoryParking();
    const its = setUp({ park, afterPark: "parkKey" });
    const keyOf = (n: number) => `customer-${String(n).padStart(27, "0")}`;
    await history(
      its.store,
      chunks(90).map((keys) => ({ parkedKeys: keys.map(keyOf) })),
      its.clock.now(),
    );
    const warm = its.start();
    let from = 0;
    for (const invoke of [warm, warm, its.start()]) {
      const names = numbered(100, from);
      expect(await its.finish(invoke(eventOf(names, { from }), its.context()))).toEqual(allDone);
      expect(its.ran.splice(0)).toEqual(names);
      expect(its.entries).toHaveLength(1);
      expect(bytesOf(its.entries.pop()!)).toBeLessThan(2500);
      // What follows a parked record is parked, and so is another key.
      const bad = eventOf([`x@${keyOf(7)}`, `y@${keyOf(many - 1)}`, `bad@new ${from}`], {
        from: from + 100,
      });
      expect(await its.finish(invoke(bad, its.context()))).toEqual(allDone);
      expect(its.ran.splice(0)).toEqual(["bad"]);
      expect(bytesOf(its.entries.pop()!)).toBeLessThan(2500);
      from += 200;
    }
    expect(park.parked.size).toBe(9);
  });

  it("open records, which Lambda has discarded, moves on at the cost of a fresh one", async () => {
    const its = setUp();
    const open = (n: number) => ({ position: at(n), attempts: 3, since: 1, key: "k" });
    await history(
      its.store,
      chunks(500).map((places) => ({
        open: places.map(open),
        first: at(places[0]!),
        last: at(places.at(-1)!),
      })),
      its.clock.now(),
    );
    const warm = its.start();
    const sizes: number[] = [];
    for (const from of [0, 100, 200]) {
      const event = eventOf(numbered(100, from), { from });
      expect(await its.finish(warm(event, its.context()))).toEqual(allDone);
      expect(its.entries).toHaveLength(1);
      sizes.push(bytesOf(its.entries.pop()!));
    }
    // The first one names some of them, and then nobody speaks of them any more.
    expect(sizes[0]).toBeLessThan(16 * 1024);
    expect(Math.max(...sizes.slice(1))).toBeLessThan(2500);
    expect(its.metrics()[0]).toMatchObject({ Abandoned: many });
    expect(its.logs().length).toBeLessThan(30);
  });
});

it("a batch in which everything fails, or parks its key, is saved in slices that fit", async () => {
  const its = setUp({ order: "none", park: memoryParking(), afterPark: "parkKey" });
  const names = Array.from({ length: 2000 }, (_, n) => `${n % 2 ? "bad" : "not yet"} ${n}@${n}`);
  const events = [0, 1].map((from) => eventOf(names, { aggregate: true, from }).Records);
  const { batchItemFailures } = await its.finish(
    its.start()({ Records: events.flat() }, its.context(600_000)),
  );
  expect(batchItemFailures).toHaveLength(1);
  expect(its.entries.reduce((sum, { open }) => sum + (open?.length ?? 0), 0)).toBeGreaterThan(1999);
  expect(Math.max(...its.entries.map(bytesOf))).toBeLessThan(64 * 1024);
  expect(its.logs().filter(({ message }) => /not saved/.test(message))).toEqual([]);
});
