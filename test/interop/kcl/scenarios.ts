/** What a fleet of both must be good for, one by one. Each resolves to what does not hold. */
import { setTimeout as sleep } from "node:timers/promises";
import { leaseIn } from "../../../src/worker/leases/lease.ts";
import { mixedFleet, until } from "./fleet.ts";
import type { Scenario } from "./places.ts";

export const scenarios: readonly Scenario[] = [
  {
    name: "the KCL begins, one of ours joins and has its share, and the KCL leaves",
    async run(places) {
      const fleet = mixedFleet(places, "joins", 4);
      fleet.put(40);
      const kcl = fleet.theirs("kcl-1");
      await until("the KCL has done what was put", fleet.isAllDone);
      const one = fleet.ours("ours-1");
      const putting = setInterval(() => fleet.put(4), 250);
      await until("both have two leases", async () => {
        const owners = await fleet.ownersOf();
        return owners.filter((owner) => owner === one.id).length === 2 && owners.length === 4;
      });
      await kcl.stop();
      await until("ours has all leases", () => one.leases().length === 4);
      clearInterval(putting);
      await until("everything is done", fleet.isAllDone);
      await fleet.end();
      return fleet.wrongs();
    },
  },
  {
    name: "ours begins, the KCL joins and has its share, ours leaves, and nothing of ours is repeated",
    async run(places) {
      const fleet = mixedFleet(places, "leaves", 4);
      fleet.put(40);
      const one = fleet.ours("ours-1");
      await until("ours has done what was put", fleet.isAllDone);
      const kcl = fleet.theirs("kcl-1");
      await until("both have two leases", async () => {
        const owners = await fleet.ownersOf();
        return owners.filter((owner) => owner === "kcl-1").length === 2 && owners.length === 4;
      });
      fleet.put(20);
      await until("everything is done", fleet.isAllDone);
      const repeats = fleet.repeats();
      const putting = setInterval(() => fleet.put(4), 250);
      await one.stop();
      await until("the KCL has all leases", async () =>
        (await fleet.ownersOf()).every((owner) => owner === "kcl-1"),
      );
      clearInterval(putting);
      await until("everything is done", fleet.isAllDone);
      const wrongs = fleet.wrongs();
      if (fleet.repeats() > repeats) wrongs.push("a graceful stop of ours repeats something");
      await kcl.stop();
      await fleet.end();
      return wrongs;
    },
  },
  {
    name: "the KCL is killed, and ours goes on; ours is killed, and the KCL goes on",
    async run(places) {
      const fleet = mixedFleet(places, "deaths", 3);
      const putting = setInterval(() => fleet.put(3), 300);
      const one = fleet.ours("ours-1");
      const kcl = fleet.theirs("kcl-1");
      await until("both have leases", async () => new Set(await fleet.ownersOf()).size === 2);
      await kcl.kill();
      await until("ours has all leases", () => one.leases().length === 3);
      fleet.theirs("kcl-2");
      await until("both have leases", async () => {
        const owners = await fleet.ownersOf();
        return owners.includes("kcl-2");
      });
      one.kill();
      await until("the KCL has all leases", async () =>
        (await fleet.ownersOf()).every((owner) => owner === "kcl-2"),
      );
      clearInterval(putting);
      await until("everything is done", fleet.isAllDone);
      await fleet.end();
      return fleet.wrongs();
    },
  },
  {
    name: "a split and a merge under both: each goes on where the other has ended a shard",
    async run(places) {
      const fleet = mixedFleet(places, "reshards", 2);
      const { stream } = fleet;
      const putting = setInterval(() => fleet.put(4), 250);
      const one = fleet.ours("ours-1");
      const kcl = fleet.theirs("kcl-1");
      await until("both have a lease", async () => new Set(await fleet.ownersOf()).size === 2);
      for (const { shardId, hashKeyRange } of fleet.open()) {
        const { startingHashKey, endingHashKey } = hashKeyRange;
        const newStartingHashKey = String((BigInt(startingHashKey) + BigInt(endingHashKey)) / 2n);
        places.kinesis.splitShard({ stream, shardToSplit: shardId, newStartingHashKey });
      }
      await until("both shards have been ended", () => fleet.ended.size === 2);
      await sleep(2000);
      const [first, , , last] = [...fleet.open()].sort((a, b) =>
        BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
      );
      const middle = fleet.open().filter((shard) => shard !== first && shard !== last);
      places.kinesis.mergeShards({
        stream,
        shardToMerge: middle[0]!.shardId,
        adjacentShardToMerge: middle[1]!.shardId,
      });
      await until("the merged shards have been ended", () => fleet.ended.size === 4);
      clearInterval(putting);
      await until("everything is done", fleet.isAllDone);
      await one.stop();
      await kcl.stop();
      const wrongs = fleet.wrongs();
      // Nobody writes any more, so both read the same rows.
      const reader = fleet.theirs("kcl-2");
      await until("somebody has the leases", async () => (await fleet.ownersOf()).length === 3);
      await reader.stop();
      await fleet.end();
      return wrongs;
    },
  },
  {
    name: "the KCL stops within an aggregate; ours goes on right there, and back",
    async run(places) {
      const wrongs: string[] = [];
      const fleet = mixedFleet(places, "aggregate", 1);
      fleet.put(10);
      const kcl = fleet.theirs("kcl-1", 4);
      await until("the KCL has stopped after four", () => fleet.done.length === 4);
      const isAt = async (place: number) => {
        const [row] = await fleet.rows();
        return row !== undefined && leaseIn(row)?.checkpoint.subSequenceNumber === place;
      };
      await until("its position is in the table", () => isAt(3));
      await kcl.kill();
      // Fails, takes the lease all the same, and gives it back as it was.
      const failing = fleet.ours("ours-1", {
        process: () => Promise.reject(new Error("not yet")),
      });
      await until("ours has the lease", () => failing.leases().length === 1);
      await sleep(1500);
      await failing.stop();
      if (!(await isAt(3))) wrongs.push("the place has moved");
      const again = fleet.theirs("kcl-2", 3);
      await until("the KCL has done three more", () => isAt(6));
      await again.kill();
      const one = fleet.ours("ours-2");
      await until("everything is done", fleet.isAllDone);
      await one.stop();
      fleet.put(6);
      const last = fleet.theirs("kcl-3");
      await until("the KCL has done the rest", fleet.isAllDone);
      wrongs.push(...fleet.wrongs());
      const order = fleet.done.map(({ value }) => value).join();
      if (order !== [...Array(16).keys()].join()) wrongs.push(`done in the order ${order}`);
      await last.stop();
      const reader = fleet.theirs("kcl-4");
      wrongs.push(...(await fleet.misread(reader.jvm)).map((line) => `read by one: ${line}`));
      await fleet.end();
      return wrongs;
    },
  },
];
