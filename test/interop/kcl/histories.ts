/** Histories of a mixed fleet, drawn from a seed: who starts, stops and dies when, and which shards are split and merged. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, seededRandom } from "../../../src/time/random.ts";
import { mixedFleet, type Ours, type Places, type Theirs, until } from "./fleet.ts";

/** Processes of Java at once: each wants a core while it starts. */
const atOnce = 4;
const steps = 8;

/** Resolves to what does not hold, with the seed of its history. */
export async function randomHistories(
  places: Places,
  firstSeed: number,
  count: number,
): Promise<string[]> {
  const wrongs: string[] = [];
  const left = Array.from({ length: count }, (_, at) => firstSeed + at);
  const sum = { records: 0, repeats: 0 };
  async function next(): Promise<void> {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      try {
        const found = await history(places, seed);
        sum.records += found.records;
        sum.repeats += found.repeats;
        for (const wrong of found.wrongs) wrongs.push(`history ${seed}: ${wrong}`);
      } catch (error) {
        wrongs.push(`history ${seed}: ${(error as Error).message}`);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, next));
  console.log(
    `${count} histories from seed ${firstSeed}: ${sum.records} user records, ${sum.repeats} repeats that are promised, ${wrongs.length} wrongs`,
  );
  return wrongs;
}

async function history(places: Places, seed: number) {
  const random = seededRandom(seed);
  const within = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const fleet = mixedFleet(places, `history-${seed}`, within(1, 4));
  const workers: (Ours | Theirs)[] = [];
  let names = 0;
  const start = (isOurs: boolean) => {
    const name = `${isOurs ? "ours" : "kcl"}-${++names}`;
    workers.push(isOurs ? fleet.ours(name) : fleet.theirs(name));
  };
  const putting = setInterval(() => fleet.put(within(1, 6), random() < 0.7), 300);
  try {
    start(random() < 0.5);
    start(workers.length === 0 || !("id" in workers[0]!));
    for (let step = 0; step < steps; step++) {
      await sleep(within(2000, 9000));
      await take(random());
    }
    if (!workers.some((one) => "id" in one)) start(true);
    clearInterval(putting);
    await until("everything is done", fleet.isAllDone);
    const wrongs = fleet.wrongs();
    for (const one of workers) await ("id" in one ? one.stop() : one.kill());
    const { jvm } = fleet.theirs("reader", 1);
    wrongs.push(...(await fleet.misread(jvm)).map((line) => `read by one alone: ${line}`));
    return { wrongs, records: fleet.done.length, repeats: fleet.repeats() };
  } finally {
    clearInterval(putting);
    await fleet.end();
  }

  async function take(dice: number): Promise<void> {
    if (dice < 0.3 && workers.length < 4) return start(random() < 0.5);
    if (dice < 0.5) return reshard(fleet.open(), random);
    if (workers.length < 2) return start(random() < 0.5);
    const [one] = workers.splice(within(0, workers.length - 1), 1);
    if (random() < 0.5) await one!.stop();
    else await one!.kill();
  }

  function reshard(open: ReturnType<typeof fleet.open>, random: Random): void {
    const { stream } = fleet;
    const sorted = open.sort((a, b) =>
      BigInt(a.hashKeyRange.startingHashKey) < BigInt(b.hashKeyRange.startingHashKey) ? -1 : 1,
    );
    const which = Math.floor(random() * sorted.length);
    const [one, after] = [sorted[which]!, sorted[which + 1]];
    const { startingHashKey, endingHashKey } = one.hashKeyRange;
    if (after && random() < 0.5) {
      const merge = { shardToMerge: one.shardId, adjacentShardToMerge: after.shardId };
      places.kinesis.mergeShards({ stream, ...merge });
      return;
    }
    const newStartingHashKey = String((BigInt(startingHashKey) + BigInt(endingHashKey)) / 2n);
    places.kinesis.splitShard({ stream, shardToSplit: one.shardId, newStartingHashKey });
  }
}
