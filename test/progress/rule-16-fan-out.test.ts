import { memoryParking } from "shardmill";
import { describe, expect, it } from "vitest";
import { aggregate } from "../../src/kpl.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import { items } from "../consumer/world.ts";
import { ask, draftOf, entryOf } from "./log-world.ts";
import { repeated, type World, world } from "./world.ts";

/** Puts the items as one KPL aggregate. */
function putAggregate({ kinesis }: World, ...names: string[]) {
  const packed = aggregate(
    items(...names).map((item) => ({
      partitionKey: item.key,
      data: Buffer.from(JSON.stringify(item)),
    })),
  );
  const { partitionKey, data } = packed;
  kinesis.putRecord({ stream: "orders", partitionKey, data });
}

const equal = (count: number, name: string) => Array.from({ length: count }, () => name);

describe("inner records of an aggregate that Lambda took apart", () => {
  it("are told apart though they share a sequence number: none is skipped, none repeated", async () => {
    let failures = 0;
    const its = world({
      fanOut: true,
      effect({ id }) {
        if (id === "c" && failures++ < 2) throw new Error("no");
      },
    });
    putAggregate(its, "x@9");
    putAggregate(its, "a@1", "b@1", "c@2", "d@2");
    await its.map().drain();
    expect(
      new Set(its.events[0]!.event.Records.map(({ kinesis }) => kinesis.sequenceNumber)).size,
    ).toBe(2);
    // The aggregate comes again from its start, as Lambda can only name its sequence number. Where the
    // batch begins with it, nobody knows whether its records are new: they repeat rather than get lost.
    expect(new Set(its.ids())).toEqual(new Set(["x", "a", "b", "c", "d"]));
    expect(repeated(its.ids()).x).toBeUndefined();
  });

  it("that are equal, in key and payload, each have their effect", async () => {
    const its = world({ fanOut: true });
    putAggregate(its, ...equal(5, "same@k"));
    await its.map().drain();
    expect(its.ids()).toEqual(equal(5, "same"));
  });

  it.each([1, 2, 3, 4])(
    "are not lost where Lambda cuts the aggregate after %i of equal ones",
    async (batchSize) => {
      const its = world({ fanOut: true, settings: { batchSize }, choose: () => "new" });
      putAggregate(its, ...equal(7, "same@k"));
      putAggregate(its, "b@2", "same@k");
      await its.map().drain();
      expect(its.ids().filter((id) => id === "same").length).toBeGreaterThanOrEqual(8);
    },
  );

  it("are not lost by a fold either, which does not tell where its entries ended", async () => {
    const its = world({
      fanOut: true,
      settings: { batchSize: 1 },
      choose: () => (its.events.length % 40 === 0 ? "new" : undefined),
    });
    putAggregate(its, ...equal(300, "same@k"));
    putAggregate(its, ...equal(300, "same@k"));
    await its.map().drain();
    expect(its.ids()).toHaveLength(600);
    expect(its.entries("fold").length).toBeGreaterThan(0);
  });

  it("with a unique id go by that: nothing repeats", async () => {
    let failures = 0;
    const its = world({
      fanOut: true,
      consumer: { uniqueId: ({ id }) => id },
      settings: { batchSize: 3 },
      choose: () => "new",
      effect({ id }) {
        if (id === "e" && failures++ < 2) throw new Error("no");
      },
    });
    putAggregate(its, "a@1", "b@1", "c@2", "d@2", "e@3", "f@3", "g@4");
    await its.map().drain();
    expect([...its.ids()].sort()).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
  });

  it("are each counted, and parked, though they come to stand in one another's place", async () => {
    const park = memoryParking();
    const its = world({
      fanOut: true,
      settings: { batchSize: 1, maximumRetryAttempts: 9 },
      consumer: { park, maxAttempts: 3 },
      choose: () => "new",
      effect({ id }) {
        if (id !== "c") throw new Error("no");
      },
    });
    putAggregate(its, "a@1", "b@1", "c@1", "d@1");
    await its.map().drain();
    const attempts = [...park.parked.values()].map(({ data, attempts }) => [
      JSON.parse(Buffer.from(data).toString()).id,
      attempts,
    ]);
    expect(attempts).toEqual([
      ["a", 3],
      ["b", 3],
      ["d", 3],
    ]);
  });

  it("that come again in a batch with others before them are recognised without an id too", async () => {
    let failures = 0;
    const its = world({
      fanOut: true,
      choose: () => "new",
      effect({ id }) {
        if (id === "x" && failures++ < 1) throw new Error("no");
      },
    });
    putAggregate(its, "x@9");
    putAggregate(its, "a@1", "b@1");
    putAggregate(its, "c@1");
    await its.map().drain();
    expect(its.ids()).toEqual(["a", "b", "c", "x"]);
  });
});

it("what a fold alone names is no evidence for what may be the rest of an aggregate", () => {
  const [first, later] = [
    { name: "a", place: 1, second: 0 },
    { name: "b", place: 5, second: 0 },
  ];
  const entries = [entryOf(1, draftOf([first]), 0), entryOf(2, draftOf([later]), 0)];
  const read = new ShardLog("read", true);
  for (const entry of entries) read.merge(entry);
  const folded = new ShardLog("folded", true);
  folded.merge(entryOf(3, { ...draftOf([first, later]), kind: "fold", since: 1 }, 0));
  // The entry ended in this very aggregate; the fold cannot tell.
  expect(ask(read, first, 900, true)).toBe("none");
  expect(ask(folded, first, 900, true)).toBe("none");
  expect(ask(folded, first, 900, false)).toBe("redelivered");
});
