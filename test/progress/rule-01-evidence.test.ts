import { describe, expect, it } from "vitest";
import { numbered, repeated, sorted, world } from "./world.ts";

describe("a record is skipped only where an entry names it, though it lies below every mark:", () => {
  it("records that LATEST had skipped are done when a mapping begins at TRIM_HORIZON", async () => {
    const its = world();
    its.put(...numbered(3));
    const latest = its.map({
      settings: { startingPosition: "LATEST", functionResponseTypes: ["ReportBatchItemFailures"] },
    });
    await its.clock.settle();
    its.put(...numbered(3, 3));
    await latest.drain();
    await latest.close();
    expect(its.ids()).toEqual(numbered(3, 3));
    await its.map().drain();
    expect(its.ids()).toEqual([...numbered(3, 3), ...numbered(3)]);
  });

  it("records that a filter kept away are done when the filter goes", async () => {
    const its = world();
    its.put("a@keep", "b@drop", "c@keep", "d@drop");
    const filtered = its.map({
      settings: {
        functionResponseTypes: ["ReportBatchItemFailures"],
        filterCriteria: { filters: [{ pattern: { data: { key: ["keep"] } } }] },
      },
    });
    await filtered.drain();
    await filtered.close();
    expect(its.ids()).toEqual(["a", "c"]);
    await its.map().drain();
    expect(its.ids()).toEqual(["a", "c", "b", "d"]);
  });

  it("records that the mapping discarded are done when they are replayed", async () => {
    let isBroken = true;
    const its = world({
      settings: { maximumRetryAttempts: 0 },
      effect({ key }) {
        if (isBroken && key === "bad") throw new Error("no");
      },
    });
    its.put("a", "b@bad", "c@bad", "d");
    const first = its.map();
    await first.drain();
    await first.close();
    isBroken = false;
    await its.map().drain();
    expect(sorted(its.ids())).toEqual(["a", "b", "c", "d"]);
  });

  it.each([1, 2, 4, 10])(
    "every record of every lane is done once with a ParallelizationFactor of %i",
    async (parallelizationFactor) => {
      const failures = new Map<string, number>();
      const its = world({
        settings: { parallelizationFactor, batchSize: 7 },
        consumer: { parallelizationFactor },
        choose: (idle) => (idle.length > 2 ? idle[1] : "new"),
        async effect({ id, key }) {
          await its.clock.sleep(1 + key.length * 40);
          const failed = failures.get(id) ?? 0;
          failures.set(id, failed + 1);
          if (key.startsWith("bad") && failed < 3) throw new Error("no");
        },
      });
      const keys = ["k", "key2", "bad", "bad-too", "another"];
      const names = numbered(100);
      its.put(...names.map((name, place) => `${name}@${keys[place % keys.length]}`));
      await its.map().drain();
      expect(repeated(its.ids())).toEqual({});
      expect(sorted(its.ids())).toEqual(sorted(names));
      for (const key of keys.keys()) {
        const ofKey = its
          .ids()
          .map((id) => Number(id.slice(1)))
          .filter((n) => n % 5 === key);
        expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
      }
    },
  );
});
