import { memoryParking } from "shardmill";
import { describe, expect, it } from "vitest";
import { numbered, sorted, world } from "./world.ts";

describe("no attempt is counted for a record", () => {
  it("for which there was no time, nor for one whose effect obeyed its signal", async () => {
    const park = memoryParking();
    const its = world({
      timeoutMs: 4000,
      consumer: { park, maxAttempts: 1, concurrency: 1 },
      effect: (_, { signal }) => its.clock.sleep(1400, signal),
    });
    its.put(...numbered(7));
    await its.map().drain();
    expect(its.ids()).toEqual(numbered(7));
    expect(its.effects.map(({ attempt }) => attempt)).toEqual(Array(7).fill(1));
    expect(park.parked.size).toBe(0);
    expect(its.events.length).toBeGreaterThan(2);
  });

  it("that stood behind a failure of its key", async () => {
    let failures = 0;
    const its = world({
      effect({ id }) {
        if (id === "r0" && failures++ < 3) throw new Error("no");
      },
    });
    its.put("r0@k", "r1@k", "r2@k");
    await its.map().drain();
    expect(its.effects.map(({ id, attempt }) => `${id} #${attempt}`)).toEqual([
      "r0 #4",
      "r1 #1",
      "r2 #1",
    ]);
  });

  it("that waited for its twin", async () => {
    let failures = 0;
    const park = memoryParking();
    const its = world({
      consumer: { uniqueId: ({ id }) => id, park, maxAttempts: 4 },
      effect() {
        if (failures++ < 3) throw new Error("no");
      },
    });
    its.put("a@1", "a@2");
    await its.map().drain();
    expect(its.ids()).toEqual(["a"]);
    expect(
      its
        .entries("done")
        .flatMap(({ open }) => open ?? [])
        .map(({ key }) => key),
    ).toEqual(["1", "1", "1"]);
    expect(park.parked.size).toBe(0);
  });
});

it("one record at least is run, however little time there is: every delivery makes progress", async () => {
  // The margin is longer than the timeout.
  const its = world({
    timeoutMs: 900,
    consumer: { marginMs: 5000, concurrency: 4 },
    effect: () => its.clock.sleep(100),
  });
  its.put(...numbered(5));
  const mapping = its.map({
    settings: { maximumRetryAttempts: 6, functionResponseTypes: ["ReportBatchItemFailures"] },
  });
  await mapping.drain();
  expect(sorted(its.ids())).toEqual(numbered(5));
  expect(its.events.length).toBe(5);
});

it("nothing is begun past the hard margin", async () => {
  const its = world({
    timeoutMs: 10_000,
    // The read takes nearly all the time that there is.
    consumer: {},
    choose: () => "new",
  });
  let takes = 9_800;
  const { readBefore } = its.progress;
  its.progress.readBefore = async (log, n) => {
    await its.clock.sleep(takes);
    return readBefore(log, n);
  };
  its.put("a");
  const mapping = its.map();
  await its.clock.advance(9_900);
  expect(its.ids()).toEqual([]);
  takes = 0;
  await mapping.drain();
  expect(its.effects).toMatchObject([{ id: "a", attempt: 1 }]);
});
