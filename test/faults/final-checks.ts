/** What must hold when the day is over. */
import type { PutRecord } from "./book.ts";
import { effectsTable } from "./effects.ts";
import { comparePositions, expectedName } from "./log-view.ts";
import { isNamedAlike, setupsOf } from "./setup.ts";
import { checkRows } from "./windows/checks.ts";
import type { World } from "./world.ts";

const hour = 3_600_000;
const retention = 24 * hour;
/** Whoever reads again has this long at most before all goes well: longer than any trouble lasts. */
const longestTrouble = 3 * hour;

export function checkAtEnd(world: World, isQuiet: boolean): void {
  if (world.scenario.consumer.windows) {
    checkRows(world, world.checker.rows, isQuiet);
    checkForward(world);
    return;
  }
  checkLoss(world, isQuiet);
  checkForward(world);
  checkReset(world);
  checkAbandoned(world);
  if (world.scenario.consumer.work === "commitWith") checkTransactions(world);
}

/** Before what is wrong with records is put right: what never comes right has been parked, and its shard has moved on. */
export function checkIsolation(world: World): void {
  const { book, scenario } = world;
  if (scenario.consumer.windows) return;
  const parked = [...book.records.values()].filter(({ wasParked }) => wasParked);
  const ids = new Set(parked.map(({ uid }) => uid));
  const lost = lostIn(world).filter(
    (record) => !record.wasParked && !(record.uid && ids.has(record.uid)),
  );
  if (lost.length > 0) book.violate("isolation", `${nowhere(world, lost)}; ${standsStill}`);
}

/** Every record is done, or parked, or given up aloud. */
function checkLoss(world: World, isQuiet: boolean): void {
  const { book } = world;
  const lost = lostIn(world);
  if (lost.length === 0) return;
  const what = nowhere(world, lost);
  if (isQuiet) book.violate("no loss", what);
  else book.violate("isolation", `${what}; ${standsStill}`);
}

const standsStill = "their shard does not move on";

const nowhere = ({ book }: World, lost: readonly PutRecord[]) =>
  `${lost.length} records, ${lost.slice(0, 3).map(book.name).join(", ")}, have had no effect and are nowhere`;

function lostIn(world: World): readonly PutRecord[] {
  const done = doneIn(world);
  return [...world.book.records.values()].filter(
    (record) =>
      !done.has(record.n) &&
      !isParked(world, record) &&
      !record.wasDiscarded &&
      !record.wasIgnored &&
      !hasExpired(world, record) &&
      !hasEqual(world, record, done),
  );
}

/** The stream forgot it while nobody read, or soon after. */
const hasExpired = ({ absences }: World, { arrivedAt }: PutRecord) =>
  absences.some(
    ({ from, until }) =>
      from <= arrivedAt + retention && arrivedAt + retention <= until + longestTrouble,
  );

/** The records whose effects have happened. */
function doneIn({ book, db, scenario }: World): Set<number> {
  if (scenario.consumer.work !== "commitWith") {
    const records = [...book.records.values()];
    return new Set(records.filter(({ effects }) => effects.length > 0).map(({ n }) => n));
  }
  const items = db.items(effectsTable).filter(({ times }) => times !== undefined);
  return new Set(items.map(({ pk }) => Number(pk!.S!.slice("record ".length))));
}

/** Of a store that no redrive reads: from the others everything has come back by now. */
const isParked = ({ parking }: World, { data }: PutRecord): boolean =>
  [...parking.parked.values()].some((parked) => Buffer.compare(parked.data, data) === 0);

/** Whether the record is a duplicate of one that is done or parked, or of one that was parked and came back as a duplicate. */
function hasEqual(world: World, record: PutRecord, done: ReadonlySet<number>): boolean {
  const { book, scenario } = world;
  const { work } = scenario.consumer;
  const setups = setupsOf(scenario).filter(({ uniqueIds }) => uniqueIds);
  if (setups.length === 0 || !record.uid) return false;
  const window = Math.max(...setups.map(({ dedupeWindowInSeconds }) => dedupeWindowInSeconds));
  const isEqual = (other: PutRecord) => other !== record && other.uid === record.uid;
  if (work === "onceStreamWide") {
    if ([...book.records.values()].some((other) => isEqual(other) && done.has(other.n)))
      return true;
  }
  const second = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);
  const lineage = (shardId: string): string[] => [
    shardId,
    ...world.parentsOf(shardId).flatMap(lineage),
  ];
  const shards = lineage(record.shardId);
  return [...book.records.values()].some(
    (other) =>
      isEqual(other) &&
      (shards.includes(other.shardId) || lineage(other.shardId).includes(record.shardId)) &&
      Math.abs(second(other) - second(record)) <= window &&
      (done.has(other.n) ||
        isParked(world, other) ||
        (other.wasParked && other.n < record.n && hasEqual(world, other, done))),
  );
}

/** Later entries never stand further back. */
function checkForward(world: World): void {
  const epochs = new Set(setupsOf(world.scenario).map(({ epoch }) => epoch));
  for (const epoch of epochs) checkForwardIn(world, epoch);
}

function checkForwardIn({ book, logs }: World, epoch: number): void {
  for (const shardId of new Set([...book.records.values()].map((record) => record.shardId))) {
    let furthest: string | undefined;
    for (const { n, kind, through } of logs.entries(shardId, epoch)) {
      if (kind === "reset") furthest = undefined;
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

/** What was forgotten on purpose is done again, unless the stream has forgotten it, too. */
function checkReset(world: World): void {
  const { book, checker, scenario } = world;
  const has = (wanted: string) => scenario.steps.some(({ type }) => type === wanted);
  // What TTL has taken is not there to be looked at.
  if (!has("reset") || has("pass")) return;
  const hasIds = setupsOf(scenario).some(({ uniqueIds }) => uniqueIds);
  const isIdOfStream = ({ uid }: PutRecord) =>
    scenario.consumer.work === "onceStreamWide" && hasIds && uid;
  const all = [...book.records.values()];
  const again = new Set(all.filter(checker.isNamedSinceReset).map(({ n }) => n));
  const left = all.find(
    (record) =>
      !again.has(record.n) &&
      !record.wasParked &&
      !record.wasDiscarded &&
      !record.wasIgnored &&
      !isIdOfStream(record) &&
      !hasExpired(world, record) &&
      !hasEqual(world, record, again),
  );
  if (left) book.violate("again", `${book.name(left)} was to be done again, and was not`);
}

/** Who gave something back to a mapping that does not listen notices it as soon as the shard goes on. */
function checkAbandoned(world: World): void {
  const { abandoned, book, invocations, scenario, unheard } = world;
  const { dedupeWindowInSeconds, onProgressUnavailable, progress } = scenario.consumer;
  const isPlain = scenario.consumer.parallelizationFactor === 1 && !scenario.fanOut;
  const isForgotten = scenario.steps.some(
    ({ type }) => type === "reset" || type === "pass" || type === "deploy",
  );
  if (progress === "none" || onProgressUnavailable === "continue" || !isPlain || isForgotten)
    return;
  const done = doneIn(world);
  for (const { requestId, shardId, identifier } of unheard) {
    const records = [...book.records.values()].filter(
      (record) => record.sequenceNumber === identifier,
    );
    const isOver = records.some(
      (record) =>
        done.has(record.n) ||
        isParked(world, record) ||
        record.wasParked ||
        hasEqual(world, record, done),
    );
    const givers = invocations.filter((each) => each.requestId === requestId);
    const isSaved = givers.every(
      ({ appendFailed, end, wasFrozen }) => end === "answered" && !appendFailed && !wasFrozen,
    );
    if (isOver || !isSaved) continue;
    const given = Math.max(...givers.map(({ ended }) => ended!));
    const later = invocations.find(
      (each) =>
        each.shardId === shardId &&
        each.end === "answered" &&
        !each.isStranger &&
        !each.isRedrive &&
        each.read !== undefined &&
        each.read.at > given &&
        BigInt(each.firstSequenceNumber) > BigInt(identifier) &&
        book.records.get(each.records[0]!)!.arrivedAt - records[0]!.arrivedAt <=
          dedupeWindowInSeconds * 1000,
    );
    if (!later || abandoned.has(identifier)) continue;
    const what = `${book.name(records[0]!)} was given back for nothing`;
    book.violate("abandoned", `${what}, and invocation ${later.id} did not say so`);
  }
}

/** With transactional effects there are no exceptions. */
function checkTransactions({ book, db, scenario }: World): void {
  const setups = setupsOf(scenario);
  const isAgain = setups.at(-1)!.epoch > 0 || scenario.steps.some(({ type }) => type === "reset");
  if (isAgain) return;
  // Where Lambda takes aggregates apart, a repeat may look like the rest of one.
  const isAlike = setups.every((setup) => isNamedAlike(setup, setups[0]!));
  const isLong = scenario.steps.some(({ type }) => type === "pass");
  // When the log has expired, nobody knows any more what was done under another name than that of the parked one.
  const isUndecided = ({ parkedAs, wasConfirmed, wasParked }: PutRecord, name: string) =>
    isLong && wasParked && (!wasConfirmed || [...parkedAs].some((other) => other !== name));
  const mayRepeat = (record: PutRecord) =>
    !isAlike ||
    isUndecided(record, expectedName(record, setups[0]!, scenario.fanOut)) ||
    (scenario.fanOut && !(scenario.consumer.uniqueIds && record.uid));
  const { uniqueIds } = scenario.consumer;
  const isOrdered = setups.every(({ order }) => order !== "none");
  const windows = setups.map(({ dedupeWindowInSeconds }) => dedupeWindowInSeconds);
  const window = Math.min(...windows);
  const ofId = ({ uid }: PutRecord) =>
    [...book.records.values()].filter((other) => uid !== undefined && other.uid === uid);
  const written = new Set<number>();
  for (const { pk, times, order: list } of db.items(effectsTable)) {
    const record = book.records.get(Number(pk!.S!.slice("record ".length)));
    if (record && mayRepeat(record)) continue;
    if (Number(times?.N) > 1) book.violate("once", `${pk!.S} was written ${times!.N} times`);
    const numbers = (list?.L ?? []).map(({ N }) => Number(N));
    for (const n of numbers) written.add(n);
    if (!isOrdered) continue;
    const records = numbers.map((n) => book.records.get(n)!);
    const late = records.find(
      (record, at) =>
        records.slice(0, at).some((before) => before.n > record.n) &&
        !(mayRepeat(record) || record.wasParked || record.wasDiscarded || record.wasIgnored) &&
        !(uniqueIds && record.uid && hasOtherKey(book.records.values(), record)) &&
        // A duplicate within one deployment's window is none within another's.
        !(new Set(windows).size > 1 && ofId(record).length > 1),
    );
    if (late) book.violate("order", `${book.name(late)} was written after later ones of its key`);
  }
  if (!uniqueIds || !isAlike) return;
  const all = [...written].map((n) => book.records.get(n)!);
  const second = ({ arrivedAt }: PutRecord) => Math.floor(arrivedAt / 1000);
  // A redrive cannot tell which of two of one second the log names.
  const isMistaken = (one: PutRecord, other: PutRecord) =>
    second(one) === second(other) && one.wasParked && other.wasParked;
  for (const [uid, group] of Map.groupBy(all, (record) => record.uid ?? "")) {
    const twice = group.find((record) =>
      group.some(
        (other) =>
          other !== record &&
          other.shardId === record.shardId &&
          !mayRepeat(other) &&
          !mayRepeat(record) &&
          !isMistaken(other, record) &&
          Math.abs(second(other) - second(record)) <= window,
      ),
    );
    if (uid && twice)
      book.violate("duplicates", `${book.name(twice)} was written, and an equal one`);
  }
}

const hasOtherKey = (records: Iterable<PutRecord>, { uid, key }: PutRecord) =>
  [...records].some((other) => other.uid === uid && other.key !== key);
