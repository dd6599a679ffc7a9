/** What must hold when the day is over. */
import type { PutRecord } from "./book.ts";
import { effectsTable } from "./effects.ts";
import { comparePositions, progressTable } from "./log-view.ts";
import type { World } from "./world.ts";

const retention = 24 * 3_600_000;

export function checkAtEnd(world: World, isQuiet: boolean): void {
  checkLoss(world, isQuiet);
  checkForward(world);
  if (world.scenario.consumer.work === "commitWith") checkTransactions(world);
}

/** Every record is done, or parked, or given up aloud. */
function checkLoss(world: World, isQuiet: boolean): void {
  const { book } = world;
  const done = doneIn(world);
  const lost = [...book.records.values()].filter(
    (record) =>
      !done.has(record.n) &&
      !isParked(world, record) &&
      !record.wasDiscarded &&
      !record.wasIgnored &&
      !(world.now() - record.arrivedAt > retention && record.deliveries.length === 0) &&
      !hasEqual(world, record, done),
  );
  if (lost.length === 0) return;
  const names = lost.slice(0, 3).map(book.name).join(", ");
  const what = `${lost.length} records, ${names}, have had no effect and are nowhere`;
  if (isQuiet) book.violate("no loss", what);
  else book.violate("isolation", `${what}; their shard does not move on`);
}

/** The records whose effects have happened. */
function doneIn({ book, db, scenario }: World): Set<number> {
  if (scenario.consumer.work !== "commitWith") {
    const records = [...book.records.values()];
    return new Set(records.filter(({ effects }) => effects.length > 0).map(({ n }) => n));
  }
  const items = db.items(effectsTable).filter(({ times }) => times !== undefined);
  return new Set(items.map(({ pk }) => Number(pk!.S!.slice("record ".length))));
}

function isParked({ db, parking }: World, { data }: PutRecord): boolean {
  const isThere = (parked: Uint8Array) => Buffer.compare(parked, data) === 0;
  if ([...parking.parked.values()].some((parked) => isThere(parked.data))) return true;
  return db
    .items(progressTable)
    .some(({ pk, data }) => pk!.S!.endsWith("#parked") && isThere(data!.B!));
}

/** Whether the record is a duplicate of one that is done or parked. */
function hasEqual(world: World, record: PutRecord, done: ReadonlySet<number>): boolean {
  const { book, scenario } = world;
  const { uniqueIds, dedupeWindowInSeconds } = scenario.consumer;
  if (!uniqueIds || !record.uid) return false;
  const second = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);
  const lineage = (shardId: string): string[] => [
    shardId,
    ...world.parentsOf(shardId).flatMap(lineage),
  ];
  const shards = lineage(record.shardId);
  return [...book.records.values()].some(
    (other) =>
      other !== record &&
      other.uid === record.uid &&
      (shards.includes(other.shardId) || lineage(other.shardId).includes(record.shardId)) &&
      Math.abs(second(other) - second(record)) <= dedupeWindowInSeconds &&
      (done.has(other.n) || isParked(world, other)),
  );
}

/** Later entries never stand further back. */
function checkForward({ book, logs }: World): void {
  for (const shardId of new Set([...book.records.values()].map((record) => record.shardId))) {
    let furthest: string | undefined;
    for (const { n, through } of logs.entries(shardId)) {
      if (through && furthest && comparePositions(through, furthest) < 0) {
        book.violate(
          "forward",
          `entry ${n} of ${shardId} is through ${through}, and ${furthest} was before`,
        );
      }
      furthest = through ?? furthest;
    }
  }
}

/** With transactional effects there are no exceptions. */
function checkTransactions({ book, db, scenario }: World): void {
  // Where Lambda takes aggregates apart, a repeat may look like the rest of one.
  const mayRepeat = ({ uid }: PutRecord) =>
    scenario.fanOut && !(scenario.consumer.uniqueIds && uid);
  const { order, uniqueIds, dedupeWindowInSeconds } = scenario.consumer;
  const written = new Set<number>();
  for (const { pk, times, order: list } of db.items(effectsTable)) {
    const record = book.records.get(Number(pk!.S!.slice("record ".length)));
    if (record && mayRepeat(record)) continue;
    if (Number(times?.N) > 1) book.violate("once", `${pk!.S} was written ${times!.N} times`);
    const numbers = (list?.L ?? []).map(({ N }) => Number(N));
    for (const n of numbers) written.add(n);
    if (order === "none") continue;
    const records = numbers.map((n) => book.records.get(n)!);
    const late = records.find(
      (record, at) =>
        records.slice(0, at).some((before) => before.n > record.n) &&
        !(mayRepeat(record) || record.wasParked || record.wasDiscarded || record.wasIgnored) &&
        !(uniqueIds && record.uid && hasOtherKey(book.records.values(), record)),
    );
    if (late) book.violate("order", `${book.name(late)} was written after later ones of its key`);
  }
  if (!uniqueIds) return;
  const all = [...written].map((n) => book.records.get(n)!);
  for (const [uid, group] of Map.groupBy(all, (record) => record.uid ?? "")) {
    const second = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);
    const twice = group.find((record) =>
      group.some(
        (other) =>
          other !== record &&
          other.shardId === record.shardId &&
          Math.abs(second(other) - second(record)) <= dedupeWindowInSeconds,
      ),
    );
    if (uid && twice)
      book.violate("duplicates", `${book.name(twice)} was written, and an equal one`);
  }
}

const hasOtherKey = (records: Iterable<PutRecord>, { uid, key }: PutRecord) =>
  [...records].some((other) => other.uid === uid && other.key !== key);
