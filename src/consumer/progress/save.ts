/** What became of the records goes into the shard's log: in slices, one append at a time. */
import { describeError } from "../../observe/log.ts";
import { appendNext, type Commit, type Slice } from "../../progress/append.ts";
import { type OpenRecord, packArrivals } from "../../progress/entry.ts";
import { comparePositions, type Position } from "../../record/position.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { type BatchRun, type Memory, noteAppend, type SaveRequest } from "../batch-run.ts";
import { tell } from "../observe-run.ts";
import * as Outcome from "../outcome.ts";
import { isDone } from "../outcomes.ts";
import { isKnown, isNamed, screenAgain } from "./screen.ts";
import { staleClaims } from "./stale-claims.ts";

/** Names in one entry: with their arrival times 64 KB. What else is said of a record counts as names. */
const namesAtMost = 3500;

/** Keys that one entry parks, each of which is a write of its transaction; DynamoDB takes 100. */
const keysAtMost = 90;

/** Claims that one entry ends. */
const endsAtMost = 500;

/** Appends what is settled and not in the log yet. Never rejects: what could not be saved is counted and carried. */
export function save<T>(run: BatchRun<T>, memory: Memory, request: SaveRequest): Promise<Commit> {
  const saved = memory.saving.then(() => saveNow(run, memory, request));
  memory.saving = saved;
  return saved;
}

/** Whether enough has happened since the last slice. */
export function isSliceDue<T>({ deadline, memory, outcomes, plan, runtime }: BatchRun<T>): boolean {
  if (!memory || outcomes.unsaved === 0) return false;
  const { records, ms } = plan.commitEvery;
  // Where there is no margin, a batch that takes longer than its invocation would never get ahead.
  const most = Math.min(ms, deadline.lengthMs / 2);
  const since = outcomes.unsaved - memory.leftUnsaved;
  return since >= records || runtime.clock.now() - memory.savedAt >= most;
}

async function saveNow<T>(run: BatchRun<T>, memory: Memory, request: SaveRequest): Promise<Commit> {
  const { logger, outcomes, plan } = run;
  const ending = request.isLast ? [...staleClaims(run, memory), ...memory.claims] : request.ends;
  const left = new Set(ending);
  for (let isFirst = true; ; isFirst = false) {
    /** What the entry says of which places: some may have gone on while it was written. */
    const included = new Map<number, number>();
    let ends: readonly number[] = [];
    let round = 0;
    const make = () => {
      dropNamed(run, memory, round++ > 0);
      included.clear();
      // What others did in the meantime may be what these writes do, and a record that has hung
      // has failed: whoever sent them decides anew.
      const isOver = request.transaction?.places.some(
        (place) => outcomes.isHung(place) || isKnown(run, place),
      );
      if (isOver) return undefined;
      const places = placesToSave(run, memory, request);
      for (const place of places) included.set(place, outcomes.of(place));
      ends = [...left].slice(0, endsAtMost);
      // What does not come in slices stands in the first.
      return sliceOf(run, memory, places, ends, isFirst ? request : {});
    };
    const commit = await appendNext(memory.log, make, memory.access);
    noteAppend(run, commit);
    if (commit.refused) return commit;
    if (commit.error !== undefined) {
      outcomes.count("unsaved");
      tell(run, { type: "unsaved", shardId: run.batch.shardId, error: commit.error });
      logger.error("Progress was not saved: these records are processed at least once.", {
        consumer: plan.consumer,
        log: memory.log.name,
        error: describeError(commit.error),
      });
      return commit;
    }
    const places = [...included.keys()].filter(
      (place) => outcomes.of(place) === included.get(place),
    );
    for (const place of places) outcomes.saved(place);
    for (const n of ends) {
      memory.claims.delete(n);
      left.delete(n);
    }
    // What could not be saved as parked comes again: an entry after that calls it open.
    const parked = places.filter((place) => outcomes.of(place) === Outcome.parked);
    await run.steps.parking?.confirmParked(run, parked);
    const isWhole = left.size === 0 && placesToSave(run, memory, request).length === 0;
    if (request.transaction || isWhole) return commit;
  }
}

/**
 * Another environment's entry names some of our records: what it names needs no second name, and is not open, nor parked by us,
 * whatever became of it here. Where it came while they ran, that is seen at the next entry, without news of its own; but what was
 * processed may be named by what we could not save, and is named again then.
 */
export function dropNamed<T>(run: BatchRun<T>, memory: Memory, hasNews: boolean): void {
  const { outcomes } = run;
  for (let place = 0; place < outcomes.size; place++) {
    const outcome = outcomes.of(place);
    if (outcomes.isSaved(place) || !(isDone(outcome) || isOpen(run, place))) continue;
    if (outcome === Outcome.processed) run.steps.parking?.nameAsRedriven(run, place);
    const mayBeNamed = hasNews || outcome === Outcome.parked || isOpen(run, place);
    if (!mayBeNamed || !isNamed(run, memory, place)) continue;
    outcomes.saved(place);
    memory.parked.delete(place);
  }
  if (hasNews) screenAgain(run);
}

/** How many names' room a position takes, beside what has its own length. */
const positionSize = 6;

function placesToSave<T>(
  run: BatchRun<T>,
  { log, naming }: Memory,
  { transaction }: SaveRequest,
): number[] {
  const { batch, outcomes } = run;
  const places: number[] = [];
  const committed = new Set(transaction?.places);
  const keys = new Set<string>();
  for (let place = 0, size = 0; place < outcomes.size && size < namesAtMost; place++) {
    const outcome = outcomes.of(place);
    const isSettled = transaction
      ? committed.has(place)
      : isOpen(run, place) || (outcome >= Outcome.processed && outcome <= Outcome.parked);
    if (!isSettled || outcomes.isSaved(place)) continue;
    const record = batch.records[place]!;
    const key = parkedKeyOf(run, place);
    if (key !== undefined && keys.add(key).size > keysAtMost) break;
    places.push(place);
    size += naming.perRecord;
    if (isOpen(run, place)) size += positionSize + record.partitionKey.length / 4;
    if (outcome === Outcome.parked || log.states.openRecord(record)) size += positionSize;
  }
  return places;
}

function sliceOf<T>(
  run: BatchRun<T>,
  memory: Memory,
  places: readonly number[],
  ends: readonly number[],
  request: SaveRequest,
): Slice | undefined {
  const { batch, outcomes } = run;
  const { log, naming } = memory;
  const parked = places.filter((place) => outcomes.of(place) === Outcome.parked);
  const done = places.filter(
    (place) => !isOpen(run, place) && outcomes.of(place) !== Outcome.parked,
  );
  done.push(...parked);
  const open = places
    .filter((place) => isOpen(run, place))
    .map((place) => openRecord(run, memory, place, outcomes.attempts.get(place) ?? 1));
  const lowest = request.isLast ? outcomes.find((outcome) => !isDone(outcome)) : -1;
  // Behind its timeout an invocation gives nothing back: Lambda has done that, and what was done since is known to others.
  const isGivenBack = lowest >= 0 && !isOpen(run, lowest) && run.deadline.timeoutMs() > 0;
  if (isGivenBack && !log.states.openRecord(batch.records[lowest]!)) {
    open.push(openRecord(run, memory, lowest, 0));
  }
  if (request.counted) {
    const { attempts, place, since } = request.counted;
    open.push({ ...openRecord(run, memory, place, attempts), since });
  }
  const records = done.map((place) => batch.records[place]!);
  const closed = records.filter((record) => log.states.openRecord(record)).map(positionOf);
  const abandoned = request.abandoned ?? [];
  if (done.length + open.length + ends.length + abandoned.length === 0) return undefined;

  const spokenOf = [...records, ...open.map(({ position }) => position), ...abandoned].sort(
    comparePositions,
  );
  const { names, seconds } = naming.pack(done);
  const parkedKeys = new Set(parked.flatMap((place) => parkedKeyOf(run, place) ?? []));
  return {
    kind: "done",
    first: spokenOf[0] && positionOf(spokenOf[0]),
    last: spokenOf.length > 0 ? positionOf(spokenOf[spokenOf.length - 1]!) : undefined,
    names,
    arrivals: packArrivals(seconds),
    open,
    closed,
    parked: parked.map((place) => positionOf(batch.records[place]!)),
    parkedKeys: parkedKeys.size > 0 ? [...parkedKeys] : undefined,
    abandoned,
    through: naming.isBack ? undefined : throughOf(run),
    ends: ends.length > 0 ? ends : undefined,
    ...(request.transaction ? { writes: request.transaction.writes } : {}),
  };
}

/** The key that a parked record keeps its later ones behind; undefined where it is not parked, or keeps none. */
const parkedKeyOf = <T>(run: BatchRun<T>, place: number): string | undefined =>
  run.outcomes.of(place) === Outcome.parked ? run.steps.parking?.keyOf(run, place) : undefined;

/** Whether it is to be remembered as not done: it failed, or has to run alone. */
function isOpen<T>({ memory, outcomes }: BatchRun<T>, place: number): boolean {
  if (memory!.naming.isBack) return false;
  return (
    outcomes.of(place) === Outcome.failed || (outcomes.isFresh(place) && outcomes.isHung(place))
  );
}

function openRecord<T>(
  { batch, outcomes, runtime }: BatchRun<T>,
  { log }: Memory,
  place: number,
  attempts: number,
): OpenRecord {
  const record = batch.records[place]!;
  const known = log.states.openRecord(record);
  const hasFailedBefore = (known?.attempts ?? 0) > 0;
  return {
    position: positionOf(record),
    attempts,
    since: hasFailedBefore ? known!.since : runtime.clock.now(),
    key: laneKey(record),
    hung: outcomes.isHung(place) || undefined,
  };
}

/** What Lambda sees of a record's key: all aggregates have the same. */
export const laneKey = (record: UserRecord) => (record.aggregated ? "" : record.partitionKey);

/** The last record before the first that is not done. */
function throughOf<T>({ batch, outcomes }: BatchRun<T>): Position | undefined {
  const firstOpen = outcomes.find((outcome) => !isDone(outcome));
  const last = batch.records[(firstOpen < 0 ? outcomes.size : firstOpen) - 1];
  return last && positionOf(last);
}

export const positionOf = ({ sequenceNumber, subSequenceNumber }: Position): Position => ({
  sequenceNumber,
  subSequenceNumber,
});
