/** What a batch says before it runs late records, and suspects of a death, and when it stops. */
import { type Entry, memoryParking, type Runtime } from "shardmill";
import { describe, expect, it } from "vitest";
import type { Position } from "../../src/record/position.ts";
import { environments } from "../progress/environments.ts";
import { afterDeath, asOptions, type Options } from "./after-death.ts";
import { allDone, answerAt, eventOf } from "./world.ts";

const names = ["a", "b", "c", "d"];

/** The ids of the first and the last record of each claim. */
function claimed(entries: readonly Entry[]): readonly string[] {
  const { Records } = eventOf(names);
  const idAt = (position: Position | undefined) =>
    names[Records.findIndex(({ kinesis }) => kinesis.sequenceNumber === position!.sequenceNumber)];
  return entries.flatMap(({ first, kind, last }) =>
    kind === "began" ? `${idAt(first)}-${idAt(last)}` : [],
  );
}

it.each([
  ["is as old as it may be", 30_000, []],
  ["is older", 30_001, ["a-d"]],
])("a batch whose first record %s has these claims", async (_, ms, claims) => {
  const park = memoryParking();
  const { start, clock, entries } = environments({ park, suspectAfterInSeconds: 30 });
  await clock.advance(ms);
  expect(await start()(names)).toEqual(allDone);
  expect(claimed(entries)).toEqual(claims);
});

it("a lease is claim enough for a batch that is late", async () => {
  const park = memoryParking();
  const { start, entries } = environments({ park, lease: true, suspectAfterInSeconds: 0 });
  expect(await start()(names, 0, { arrival: Date.UTC(2025, 11, 31) })).toEqual(allDone);
  expect(entries.map(({ kind }) => kind)).toEqual(["lease", "done"]);
});

it("a batch is as late as the first of its records that is not done", async () => {
  const park = memoryParking();
  const { start, clock, entries } = environments({ park, suspectAfterInSeconds: 30 });
  const invoke = start();
  await invoke(names.slice(0, 1));
  // They arrive a millisecond apart.
  await clock.advance(30_001);
  expect(await invoke(names)).toEqual(allDone);
  expect(claimed(entries)).toEqual([]);
});

describe("suspects of a death", () => {
  it("run half by half, as long as there is time; what there is none for is not claimed", async () => {
    const { start, clock, entries, runs } = await afterDeath(names);
    const slow = start({
      process: ({ id }: { id: string }) => clock.sleep(id === "a" ? 57_500 : 0),
    } as Options);
    expect(await slow(names)).toEqual(answerAt(eventOf(names), 1));
    expect(claimed(entries)).toEqual(["a-d", "a-b"]);
    expect(runs).toEqual([]);
  });

  it("run under a claim of their own also where there is time for one record alone", async () => {
    const { start, entries, runs } = await afterDeath(names);
    expect(await start({ marginMs: 120_000 } as Options)(names)).toEqual(
      answerAt(eventOf(names), 1),
    );
    expect(runs).toEqual(["a #2"]);
    expect(claimed(entries)).toEqual(["a-d", "a-b"]);
  });

  it("that may not begin, since the shard is another's, are claimed once", async () => {
    const its = await afterDeath(names);
    const hold = { mayBegin: () => false, takeOver: async () => true };
    const runtime: Partial<Runtime> = { ...its.runtime, hold };
    await its.start(asOptions({ runtime }))(names);
    expect(its.runs).toEqual([]);
    expect(claimed(its.entries)).toEqual(["a-d", "a-b", "a-d"]);
  });

  it("have their deaths counted once one of them is left, however often environments have died over all", async () => {
    const { start, clock, entries, log, progress, runs } = await afterDeath(names);
    const [claim] = entries;
    const until = clock.now() / 1000 + 86_400;
    for (let n = claim!.n + 1; n <= 9; n++)
      await progress.append(log(), { ...claim!, n, token: `t${n}` }, until);
    expect(entries).toHaveLength(9);
    expect(await start()(names)).toEqual(allDone);
    expect(runs.map((run) => run[0])).toEqual(names);
    const counted = entries.flatMap(({ open = [] }) => open);
    expect(counted.map(({ key }) => key)).toEqual(["c"]);
  });
});
