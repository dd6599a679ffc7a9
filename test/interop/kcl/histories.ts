/** Histories of a mixed fleet, drawn from a seed: who starts, stops and dies when, and which shards are split and merged. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, seededRandom } from "../../../src/time/random.ts";
import { mixedFleet, type Ours, type Places, type Theirs, until } from "./fleet.ts";

export interface Histories {
  readonly seed: number;
  readonly runs: number;
  /** Begins no more after so many minutes. */
  readonly minutes?: number;
  /** The generation of the KCL. Rows of 3 are not read by 2. */
  readonly kcl: 2 | 3;
}

/** At once: each process of Java wants a core while it starts. */
const atOnce = 4;
const steps = 8;
/** A leader of KCL 3 gives leases to who has died for a minute, one after the other. */
const patience = { 2: 120_000, 3: 300_000 };

/** Resolves to what does not hold, with the seed of its history. */
export async function randomHistories(places: Places, options: Histories): Promise<string[]> {
  const { seed: firstSeed, runs, minutes = Number.POSITIVE_INFINITY, kcl } = options;
  const wrongs: string[] = [];
  const until = performance.now() + minutes * 60_000;
  const left = Array.from({ length: runs }, (_, at) => firstSeed + at);
  const sum = { histories: 0, records: 0, repeats: 0 };
  async function next(): Promise<void> {
    for (let seed = left.shift(); seed !== undefined; seed = left.shift()) {
      if (performance.now() > until) return;
      sum.histories++;
      try {
        const found = await history(places, seed, kcl);
        sum.records += found.records;
        sum.repeats += found.repeats;
        for (const wrong of found.wrongs) wrongs.push(`history ${seed}: ${wrong}`);
      } catch (error) {
        wrongs.push(`history ${seed}: ${(error as Error).message}`);
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, runs) }, next));
  console.log(
    `${sum.histories} histories beside the KCL ${kcl} from seed ${firstSeed}: ${sum.records} user records, ${sum.repeats} repeats that are promised, ${wrongs.length} wrongs`,
  );
  return wrongs;
}

async function history(places: Places, seed: number, kcl: Histories["kcl"]) {
  const random = seededRandom(seed);
  const within = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const fleet = mixedFleet(places, `history-${kcl}-${seed}`, within(1, 4));
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
    await until("everything is done", fleet.isAllDone, patience[kcl]);
    const wrongs = fleet.wrongs();
    for (const one of workers) await ("id" in one ? one.stop() : one.kill());
    if (kcl === 2) {
      const { jvm } = fleet.theirs("reader", 1);
      wrongs.push(...(await fleet.misread(jvm)).map((line) => `read by one alone: ${line}`));
    }
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
