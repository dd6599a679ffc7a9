import type { KinesisConsumerOptions } from "shardmill";
import { describe, expect, it } from "vitest";
import { eventOf, type Item } from "../consumer/world.ts";
import { environments } from "./environments.ts";
import { world } from "./world.ts";

const reports = { functionResponseTypes: ["ReportBatchItemFailures"] } as const;

describe("a record that was given back and never came again", () => {
  it("is counted, said and kept open where the mapping ignores partial responses, once", async () => {
    const seen: unknown[] = [];
    const its = world({
      consumer: { on: (event) => void (event.type === "abandoned" && seen.push(event)) },
      settings: { batchSize: 3, functionResponseTypes: [] },
      effect({ id }) {
        if (id === "bad") throw new Error("no");
      },
    });
    const [, bad] = its.put("a", "bad", "b", "c", "d", "e", "f");
    await its.map({ settings: { batchSize: 3, functionResponseTypes: [] } }).drain();
    expect(its.ids()).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(its.said("ReportBatchItemFailures")).toMatchObject([
      { level: "ERROR", sequenceNumber: bad!.sequenceNumber, attempts: 1 },
    ]);
    expect(seen).toMatchObject([{ type: "abandoned", sequenceNumber: bad!.sequenceNumber }]);
    const said = its.entries("done").flatMap(({ abandoned }) => abandoned ?? []);
    expect(said).toEqual([{ sequenceNumber: bad!.sequenceNumber, subSequenceNumber: 0 }]);
  });

  it("is found by another environment, and when the mapping had discarded it", async () => {
    const its = world({
      settings: { ...reports, maximumRetryAttempts: 1 },
      choose: () => "new",
      effect({ id }) {
        if (id === "bad") throw new Error("no");
      },
    });
    its.put("a", "bad");
    const mapping = its.map();
    await mapping.drain();
    expect(its.said("never came again")).toEqual([]);
    its.put("b");
    await mapping.drain();
    its.put("c");
    await mapping.drain();
    expect(its.said("never came again")).toMatchObject([{ attempts: 3 }]);
  });

  it("is found by a cold environment where another came again after all", async () => {
    const failing = new Set(["late", "lost"]);
    const { start, seen } = environments({
      process({ id }: Item) {
        if (failing.has(id)) throw new Error("no");
      },
    } as Partial<KinesisConsumerOptions<Item>>);
    await start()(["late"]);
    await start()(["a"], 1);
    failing.delete("late");
    await start()(["late"]);
    await start()(["lost"], 2);
    await start()(["b"], 3);
    const said = seen.flatMap((event) => (event.type === "abandoned" ? event.sequenceNumber : []));
    const [late, , lost] = eventOf(["late", "a", "lost"]).Records.map(
      ({ kinesis }) => kinesis.sequenceNumber,
    );
    expect(said).toEqual([late, lost]);
  });

  it("is not confused with one of another lane that is still to come", async () => {
    let failures = 0;
    const its = world({
      settings: { ...reports, parallelizationFactor: 4, batchSize: 5 },
      consumer: { parallelizationFactor: 4 },
      choose: (idle) => idle[0] ?? "new",
      async effect({ key }) {
        await its.clock.sleep(10);
        if (key === "k1" && failures++ < 6) throw new Error("no");
      },
    });
    its.put(...Array.from({ length: 60 }, (_, place) => `r${place}@k${place % 6}`));
    await its.map().drain();
    expect(its.ids()).toHaveLength(60);
    expect(its.said("never came again")).toEqual([]);
  });

  it("is not one that came again and was done, wherever", async () => {
    let failures = 0;
    const its = world({
      settings: { ...reports, batchSize: 2, bisectBatchOnFunctionError: true },
      choose: () => "new",
      effect({ id }) {
        if (id === "b" && failures++ < 5) throw new Error("no");
      },
    });
    its.put("a", "b", "c", "d", "e");
    await its.map().drain();
    expect(its.said("never came again")).toEqual([]);
    expect(its.ids()).toHaveLength(5);
  });
});
