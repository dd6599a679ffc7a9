import { describeError } from "../../observe/log.ts";
import { hexName } from "../../park/entry-names.ts";
import type { ParkedRecord } from "../../park/parking.ts";
import { redrivenName, writeName } from "../../progress/fingerprint.ts";
import { nameOfKey } from "../../progress/parked-keys.ts";
import { type BatchRun, failuresBefore, whereIs } from "../batch-run.ts";
import { tell } from "../observe-run.ts";
import * as Outcome from "../outcome.ts";
import { placeInStream } from "../place-in-stream.ts";
import { isNamed, nameByPosition } from "../progress/screen.ts";
import * as Reading from "../reading.ts";

/** From how many lanes on a batch in which most of them fail is an outage, and not poison. */
const lanesOfAnOutage = 4;

/**
 * Parks what has failed often enough and long enough; not while most lanes fail: then it is the
 * world that is broken, and not the records. True: some lane can go on.
 */
export async function parkHopeless<T>(run: BatchRun<T>): Promise<boolean> {
  const { batch, outcomes, plan, runtime } = run;
  const { attempts, errors } = outcomes;
  if (attempts.size === 0) return false;
  const tried = new Set<string>();
  const broken = new Set<string>();
  const failures: number[] = [];
  for (let place = 0; place < outcomes.size; place++) {
    const lane = plan.order === "none" ? String(place) : batch.records[place]!.partitionKey;
    if (outcomes.of(place) === Outcome.failed) {
      failures.push(place);
      broken.add(lane);
      tried.add(lane);
    } else if (outcomes.of(place) === Outcome.processed) tried.add(lane);
  }
  if (tried.size >= lanesOfAnOutage && 2 * broken.size > tried.size) return false;
  let parkedAny = false;
  for (const place of failures) {
    const since = firstFailedAt(run, place) ?? runtime.clock.now();
    if (!isHopeless(run, since, attempts.get(place)!)) continue;
    if (await parkRecord(run, place, errors.get(place), attempts.get(place)!)) parkedAny = true;
  }
  return parkedAny;
}

/** When the record first failed, as the log says. Undefined: it has not, though it may have been given back. */
export function firstFailedAt<T>({ batch, memory }: BatchRun<T>, place: number) {
  const open = memory!.log.states.openRecord(batch.records[place]!);
  return memory!.naming.failures?.[place]?.since ?? (open?.attempts ? open.since : undefined);
}

/** Whether a record has failed often enough, and for long enough, to be parked. */
export function isHopeless<T>(
  { plan, runtime }: BatchRun<T>,
  firstFailedAt: number,
  attempts: number,
): boolean {
  const isOldEnough = runtime.clock.now() - firstFailedAt >= plan.parkAfterInSeconds * 1000;
  return attempts >= plan.maxAttempts && isOldEnough;
}

/** Parks a record that hung too often, before it is even decoded: that may be where it hangs. Undefined: it is not such a one. */
export function parkUnread<T>(run: BatchRun<T>, place: number): Promise<boolean> | undefined {
  const { log, naming } = run.memory!;
  const open = naming.failures?.[place] ?? log.states.openRecord(run.batch.records[place]!);
  if (!open?.hung || !run.outcomes.isFresh(place)) return undefined;
  const attempts = failuresBefore(run, place);
  if (!isHopeless(run, open.since!, attempts)) return undefined;
  const why = "It went on until the end of its invocation each time it ran.";
  return parkRecord(run, place, new Error(why), attempts);
}

/** Parks a record that has to follow the parked one of its key. Undefined: there is none. */
export function parkUnrun<T>(run: BatchRun<T>, place: number): Promise<boolean> | undefined {
  const { partitionKey } = run.batch.records[place]!;
  if (!run.memory!.parkedKeys?.has(nameOfKey(partitionKey))) return undefined;
  const why = `An earlier record of the partition key ${partitionKey} is parked.`;
  return parkRecord(run, place, new Error(why), failuresBefore(run, place));
}

/**
 * Parks one record, unless the log has come to name it. False: the store would not take it, so it is not skipped, and
 * Lambda delivers it again.
 */
export async function parkRecord<T>(
  run: BatchRun<T>,
  place: number,
  error: unknown,
  attempts: number,
): Promise<boolean> {
  const { batch, logger, outcomes, plan, runtime } = run;
  const { ids } = run.reads;
  const memory = run.memory!;
  const record = batch.records[place]!;
  const now = runtime.clock.now();
  // Without its value its id is not known either.
  if (plan.uniqueId && run.reads.reading[place]! < Reading.letGo) nameByPosition(run, place);
  // Another environment has done it, or parked it, in the meantime.
  if (isNamed(run, memory, place)) {
    outcomes.known(place, "redelivered");
    return true;
  }
  const row = memory.naming.parkedAs?.(place);
  const parked: ParkedRecord = {
    id: row?.id ?? parkedId(run, place),
    consumer: plan.consumer,
    streamArn: record.streamArn,
    shardId: record.shardId,
    sequenceNumber: record.sequenceNumber,
    subSequenceNumber: record.subSequenceNumber,
    partitionKey: record.partitionKey,
    explicitHashKey: record.explicitHashKey,
    approximateArrivalTimestamp: record.approximateArrivalTimestamp,
    data: record.data,
    uniqueId: ids[place],
    name: hexName(run.reads.names, place),
    logEntry: memory.log.n,
    error: describeError(error),
    attempts,
    firstFailedAt: firstFailedAt(run, place) ?? now,
    parkedAt: now,
    ...row,
  };
  let warning: string | undefined | void;
  try {
    warning = await plan.park!.park(parked);
  } catch (storeError) {
    // Not done: it is delivered again. Not begun by somebody else either, so its lane waits.
    if (outcomes.isFresh(place)) outcomes.giveBack(place);
    logger.error("A record could not be parked; it will be delivered again.", {
      consumer: plan.consumer,
      ...whereIs(record),
      error: describeError(storeError),
    });
    return false;
  }
  // The log has come to name it meanwhile: nobody confirms the item.
  if (!outcomes.parked(place)) return true;
  run.reads.values[place] = undefined;
  run.memory!.parked.set(place, parked);
  memory.parkedKeys?.add(nameOfKey(record.partitionKey));
  tell(run, { type: "parked", record, error, attempts });
  const what = row ? "A row was parked" : "A record was parked";
  logger.warn(`${what}; its shard moves on.`, {
    consumer: plan.consumer,
    ...whereIs(record),
    attempts,
    id: parked.id,
    warning,
  });
  return true;
}

const parkedId = <T>(run: BatchRun<T>, place: number) =>
  `${run.memory!.log.name}#${placeInStream(run, place)}`;

/**
 * Another environment has parked a record that had its effect here meanwhile. The log names it already; from here on it is called what a
 * redrive calls it, so that the log can say that too.
 */
export function nameAsRedriven<T>(run: BatchRun<T>, place: number): void {
  const memory = run.memory!;
  // The same position may be another record's, where Lambda takes aggregates apart: what was parked there has another name.
  const isParked = memory.log.states.isParked(run.batch.records[place]!);
  if (!isParked || !isNamed(run, memory, place)) return;
  writeName(run.reads.names, place, redrivenName(parkedId(run, place)));
}

/** Says to the store of what is parked at `places` that the log names it so. */
export async function confirmParked<T>(run: BatchRun<T>, places: readonly number[]): Promise<void> {
  const { parked } = run.memory!;
  // What is parked while others are confirmed, the log does not name yet.
  const named = places.flatMap((place) => {
    const item = parked.get(place);
    parked.delete(place);
    return item ?? [];
  });
  for (const item of named) {
    try {
      await run.plan.park!.confirm(item);
    } catch (error) {
      run.logger.warn(
        "A parked record could not be confirmed; redrive leaves it out until it is.",
        {
          id: item.id,
          error: describeError(error),
        },
      );
    }
  }
}
