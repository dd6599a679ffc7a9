/** What must hold where a fleet of KCL 3.5 and workers of ours are led, by the one or by the other. */
import type { Shard } from "../../../packages/local/src/kinesis/index.ts";
import { textIn } from "../../../src/worker/leases/row.ts";
import { mixedFleet, type Places, until } from "./fleet.ts";
import type { Scenario } from "./places.ts";

const sorted = (shards: readonly Shard[]) =>
  [...shards].sort((a, b) =>
    BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
  );

/** For leaders of the KCL, who give leases to who has died for a minute. */
const slowly = 240_000;

function ledFleet(places: Places, stream: string) {
  const fleet = mixedFleet(places, stream, 4);
  const began = performance.now();
  let putting: NodeJS.Timeout | undefined;
  return {
    ...fleet,
    async holds(what: string, isSo: () => unknown): Promise<void> {
      await until(what, isSo, slowly);
      console.log(`${Math.round((performance.now() - began) / 1000)} s: ${what}`);
    },
    /** Whether all shards have owners, and these are all of them. */
    owners:
      (...names: string[]) =>
      async () => {
        const owners = await fleet.ownersOf();
        const all = owners.length === fleet.open().length;
        return all && [...new Set(owners)].sort().join() === names.sort().join();
      },
    /** Whether these workers have written their metrics. */
    isThere:
      (...names: string[]) =>
      async () => {
        const keys = (await fleet.rows()).map((row) => textIn(row, "leaseKey"));
        return names.every((name) => keys.includes(name));
      },
    async leader(): Promise<string | undefined> {
      const rows = await fleet.rows();
      const lock = rows.find((row) => textIn(row, "leaseKey") === "Leader");
      return lock && textIn(lock, "ownerName");
    },
    goOnPutting(): void {
      putting = setInterval(() => fleet.put(4), 500);
    },
    async end(): Promise<void> {
      clearInterval(putting);
      await fleet.end();
    },
    async finish(): Promise<string[]> {
      clearInterval(putting);
      await until("everything is done", fleet.isAllDone);
      return fleet.wrongs();
    },
  };
}

export const scenarios: readonly Scenario[] = [
  {
    name: "the KCL leads: it assigns leases to ours, moves them, and takes them back without a repeat",
    async run(places) {
      const fleet = ledFleet(places, "led");
      try {
        fleet.put(40);
        const leader = fleet.theirs("kcl-1");
        await fleet.holds("the KCL has all leases", fleet.owners("kcl-1"));
        await fleet.holds("everything is done", fleet.isAllDone);
        const one = fleet.ours("ours-1");
        fleet.goOnPutting();
        await fleet.holds("its leader has handed a lease to ours", () => one.leases().length > 0);
        const another = fleet.theirs("kcl-2");
        await fleet.holds("a second worker of the KCL has one", async () =>
          (await fleet.ownersOf()).includes("kcl-2"),
        );
        const repeats = fleet.repeats();
        await one.stop();
        await fleet.holds("what ours gave back is assigned", async () => {
          const owners = await fleet.ownersOf();
          return owners.length === 4 && !owners.includes(one.id);
        });
        const wrongs = await fleet.finish();
        if (fleet.repeats() > repeats) wrongs.push("a graceful stop of ours repeats something");
        await another.stop();
        await leader.stop();
        return wrongs;
      } finally {
        await fleet.end();
      }
    },
  },
  {
    name: "under a leader of the KCL workers are killed and shards split and merged",
    async run(places) {
      const fleet = ledFleet(places, "kills");
      const { stream } = fleet;
      try {
        fleet.goOnPutting();
        fleet.theirs("kcl-1");
        await fleet.holds("the KCL has all leases", fleet.owners("kcl-1"));
        const one = fleet.ours("ours-1");
        const other = fleet.ours("ours-2");
        await fleet.holds("ours have some", () => one.leases().length + other.leases().length > 1);
        const [first, second, ...rest] = sorted(fleet.open());
        const { startingHashKey, endingHashKey } = first!.hashKeyRange;
        const newStartingHashKey = String((BigInt(startingHashKey) + BigInt(endingHashKey)) / 2n);
        places.kinesis.splitShard({ stream, shardToSplit: first!.shardId, newStartingHashKey });
        const [third, fourth] = rest;
        places.kinesis.mergeShards({
          stream,
          shardToMerge: third!.shardId,
          adjacentShardToMerge: fourth!.shardId,
        });
        await fleet.holds("the shards have been ended", () =>
          [first, third, fourth].every((shard) => fleet.ended.has(shard!.shardId)),
        );
        (one.leases().length > 0 ? one : other).kill();
        const { shardId, hashKeyRange } = second!;
        const middle =
          (BigInt(hashKeyRange.startingHashKey) + BigInt(hashKeyRange.endingHashKey)) / 2n;
        places.kinesis.splitShard({
          ...{ stream, shardToSplit: shardId },
          newStartingHashKey: String(middle),
        });
        await fleet.holds("a shard has been ended after the death", () => fleet.ended.has(shardId));
        return await fleet.finish();
      } finally {
        await fleet.end();
      }
    },
  },
  {
    name: "the KCL's leader is killed, and ours leads once its lock is free",
    async run(places) {
      const fleet = ledFleet(places, "dies");
      try {
        fleet.goOnPutting();
        const leader = fleet.theirs("kcl-1");
        await fleet.holds("the KCL has all leases", fleet.owners("kcl-1"));
        const one = fleet.ours("ours-1");
        await fleet.holds("ours is there", fleet.isThere(one.id));
        await leader.kill();
        await fleet.holds("ours leads", async () => (await fleet.leader()) === one.id);
        await fleet.holds("ours has what it had", fleet.owners(one.id));
        const two = fleet.ours("ours-2");
        await fleet.holds("another of ours has its share", fleet.owners(one.id, two.id));
        one.kill();
        await fleet.holds("the other leads", async () => (await fleet.leader()) === two.id);
        await fleet.holds("the other has all", fleet.owners(two.id));
        fleet.theirs("kcl-2");
        await fleet.holds("the KCL has its share", fleet.owners("kcl-2", two.id));
        return await fleet.finish();
      } finally {
        await fleet.end();
      }
    },
  },
  {
    name: "ours leads where the KCL's leader goes, and the KCL leads where ours goes",
    async run(places) {
      const fleet = ledFleet(places, "leads");
      try {
        fleet.goOnPutting();
        const first = fleet.theirs("kcl-1");
        await fleet.holds("the KCL has all leases", fleet.owners("kcl-1"));
        const one = fleet.ours("ours-1");
        const second = fleet.theirs("kcl-2");
        await fleet.holds("all three show themselves", fleet.isThere("kcl-1", "kcl-2", one.id));
        await first.stop();
        await fleet.holds("ours leads", async () => (await fleet.leader()) === one.id);
        await fleet.holds("the two have all that is left", fleet.owners("kcl-2", one.id));
        fleet.theirs("kcl-3");
        await fleet.holds(
          "ours has some handed to another",
          fleet.owners("kcl-2", "kcl-3", one.id),
        );
        await second.kill();
        await fleet.holds("ours assigns what the dead one had", fleet.owners("kcl-3", one.id));
        const repeats = fleet.repeats();
        await one.stop();
        await fleet.holds("the KCL leads", async () => (await fleet.leader()) === "kcl-3");
        await fleet.holds("the KCL has what ours gave back", fleet.owners("kcl-3"));
        const wrongs = await fleet.finish();
        if (fleet.repeats() > repeats) wrongs.push("a graceful stop of ours repeats something");
        return wrongs;
      } finally {
        await fleet.end();
      }
    },
  },
];
