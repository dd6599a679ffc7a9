/** Beginning at LATEST: the tip is that of when the lease was made, also for who takes over before any record has come. */
import { expect, it } from "vitest";
import { fanOut, polling, type WorkerOptions } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const bothWays = [
  ["polling", polling()],
  ["fan-out", fanOut()],
] as const;

const latest = (retrieval: WorkerOptions["retrieval"]) => ({
  initialPosition: "LATEST" as const,
  ...(retrieval && { retrieval }),
});

it.each(bothWays)(
  "%s: what comes while nobody reads is not skipped, though no record had come before",
  async (_, retrieval) => {
    const rig = workerRig({ shards: 2 });
    rig.put("before");
    await rig.clock.advance(5000);
    const one = rig.start("one", latest(retrieval));
    await rig.clock.advance(30_000);
    const stopped = one.stop();
    await rig.clock.advance(1000);
    await stopped;
    rig.put("a", "b", "c");
    await rig.clock.advance(60_000);
    rig.start("two", latest(retrieval));
    await rig.clock.advance(20_000);
    expect(rig.values().sort()).toEqual(["a", "b", "c"]);
  },
);

it("a lease that is handed over before its first record keeps its place", async () => {
  const rig = workerRig({ shards: 4 });
  rig.start("one", latest(polling()));
  await rig.clock.advance(10_000);
  const values = Array.from({ length: 100 }, (_, at) => `r${at}`);
  rig.start("two", latest(polling()));
  for (const value of values) {
    rig.put(value);
    await rig.clock.advance(100);
  }
  await rig.clock.advance(20_000);
  expect(rig.values().sort()).toEqual([...values].sort());
});

it("a row of LATEST that the KCL has made begins at the tip, as the KCL has it", async () => {
  const rig = workerRig();
  rig.start("one", latest(polling()));
  await rig.clock.advance(5000);
  const [row] = await rig.table.scan();
  expect(row).toHaveProperty("latestSince");
  const other = workerRig();
  const { latestSince: _, leaseKey: __, leaseOwner: ___, ...set } = row!;
  await other.table.write({ key: "shardId-000000000000", kind: "put", expect: {}, set });
  other.put("before");
  await other.clock.advance(1000);
  other.start("one", latest(polling()));
  await other.clock.advance(5000);
  other.put("after");
  await other.clock.advance(5000);
  expect(other.values()).toEqual(["after"]);
});
