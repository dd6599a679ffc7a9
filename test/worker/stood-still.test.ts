/** A worker that stands still for long: what it has read by then says nothing any more, and what it has in hand is not given up. */
import { expect, it } from "vitest";
import { NoAnswer } from "../../src/aws/in-time.ts";
import { leaseIn } from "../../src/worker/leases/lease.ts";
import type { LeaseTable } from "../../src/worker.ts";
import { workerRig } from "./rig.ts";

const minute = 60_000;
const hour = 60 * minute;
const middle = String(2n ** 127n);
const first = "shardId-000000000000";

const split = ({ kinesis }: ReturnType<typeof workerRig>, shardToSplit: string) =>
  kinesis.splitShard({ stream: "orders", shardToSplit, newStartingHashKey: middle });

it("a shard that came, ended and was forgotten meanwhile is not read again", async () => {
  const rig = workerRig();
  rig.put("a", "b");
  let isLate = true;
  /** The answer to the second scan, behind the listing, is minutes late. */
  let scans = 0;
  const table: LeaseTable = {
    ...rig.table,
    async scan() {
      const rows = await rig.table.scan();
      if (isLate && ++scans === 2) await rig.clock.sleep(2 * minute);
      return rows;
    },
  };
  rig.start("late", { leases: { open: () => table } });
  await rig.clock.advance(1000);
  rig.start("one");
  await rig.clock.advance(5000);
  split(rig, first);
  rig.put("c", "d", "e", "f");
  await rig.clock.advance(minute);
  const keys = async () => (await rig.table.scan()).map((row) => leaseIn(row)?.key);
  expect(await keys()).not.toContain(first);
  await rig.clock.advance(2 * minute);
  isLate = false;
  expect(await keys()).not.toContain(first);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
  expect(rig.events).toContainEqual(
    expect.objectContaining({
      worker: "late",
      doing: "looking at the lease table",
      error: new NoAnswer(
        "Leases of orders were not made: reading the table took 120 s. It is read again.",
      ),
    }),
  );
});

it("with LATEST a fleet that was away for longer than the retention reads what is left below a shard that is gone", async () => {
  const rig = workerRig();
  const options = { initialPosition: "LATEST" } as const;
  const one = rig.start("one", options);
  await rig.clock.advance(5000);
  rig.put("a");
  await rig.clock.advance(5000);
  void one.stop();
  await rig.clock.advance(1000);
  split(rig, first);
  await rig.clock.advance(23 * hour);
  rig.put("b", "c", "d", "e");
  await rig.clock.advance(2 * hour);
  expect(rig.kinesis.listShards({ stream: "orders" })).toHaveLength(2);
  rig.start("two", options);
  await rig.clock.advance(20_000);
  expect(rig.values().sort()).toEqual(["a", "b", "c", "d", "e"]);
});

it("what was read is given up neither by a clock that is a year ahead nor by the retention that it believes to be over", async () => {
  const rig = workerRig();
  rig.put("a");
  const ahead = {
    ...rig.clock,
    now: () => rig.clock.now() + 365 * 24 * hour,
    after: (ms: number, act: () => void) => rig.clock.after(ms, act),
  };
  rig.start("one", { runtime: rig.runtime(ahead) });
  await rig.clock.advance(5000);
  expect(rig.values()).toEqual(["a"]);
});
