/** Screens a batch: which of its records are done already? Skips on evidence alone. */

import type { Evidence } from "../../progress/evidence.ts";
import { nameOf, writeName } from "../../progress/fingerprint.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import { comparePositions } from "../../record/position.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import { type BatchRun, freshPlaces, type Memory } from "../batch-run.ts";
import { innerNameOf } from "../place-in-stream.ts";

/** Screens all at once where records are known by their positions; a unique id is read when it is the record's turn. */
export function screen<T>(run: BatchRun<T>): void {
  if (run.plan.uniqueId) return;
  for (let place = 0; place < run.outcomes.size; place++) nameByPosition(run, place);
  for (let place = 0; place < run.outcomes.size; place++) screenRecord(run, place);
}

/** Screens a record that has its name. Without a log, only duplicates within the batch are found. */
export function screenRecord<T>(run: BatchRun<T>, place: number): void {
  if (skipIfDone(run, place)) return;
  countUndecided(run, place);
  findTwin(run, place);
}

/** Names a record by where it stands: it has no unique id, or none could be read. */
export function nameByPosition<T>(run: BatchRun<T>, place: number): void {
  if (!run.memory) return;
  const { batch } = run;
  const { names } = run.reads;
  const name = batch.fanOut
    ? innerNameOf(run, place)
    : nameOf(batch.records[place]!, undefined, undefined);
  writeName(names, place, name);
}

/**
 * Whether the log names a record whose id is not read yet: it could not be read before. Asked before it is decoded, which may be
 * what kills the environment. Beyond all that the log speaks of, nothing can be named.
 */
export function isNamedByPosition<T>(run: BatchRun<T>, place: number): boolean {
  const { furthest } = run.memory?.log ?? {};
  if (!furthest || comparePositions(run.batch.records[place]!, furthest) > 0) return false;
  nameByPosition(run, place);
  if (!isNamed(run, run.memory!, place)) return false;
  run.outcomes.known(place, "redelivered");
  return true;
}

/** Asks the log about every record that has not begun, when another environment has written. What has no name yet, no log names. */
export function screenAgain<T>(run: BatchRun<T>): void {
  for (const place of freshPlaces(run)) skipIfDone(run, place);
}

/** What the log says of a record, duplicates included. */
const evidenceOf = <T>(run: BatchRun<T>, place: number): Evidence =>
  run.memory ? ask(run, run.memory, place, run.plan.dedupeWindowInSeconds) : "none";

/** Whether the log says that a record is done, or a duplicate. */
export const isKnown = <T>(run: BatchRun<T>, place: number): boolean =>
  evidenceOf(run, place) !== "none";

/** Skips a record of which the log says that it is done. */
export function skipIfDone<T>(run: BatchRun<T>, place: number): boolean {
  const evidence = evidenceOf(run, place);
  if (evidence === "none") return false;
  run.outcomes.known(place, evidence);
  return true;
}

/** Whether the log names this very record. */
export function isNamed<T>(run: BatchRun<T>, memory: Memory, place: number): boolean {
  return ask(run, memory, place, 0) === "redelivered";
}

function ask<T>(
  run: BatchRun<T>,
  { log, naming }: Memory,
  place: number,
  windowInSeconds: number,
  mayBeRest = isMaybeRest(run, log, place),
): Evidence {
  const position = run.batch.records[place]!;
  const second = arrivalSecond(position);
  return naming.ask({
    names: run.reads.names,
    place,
    position,
    second,
    windowInSeconds,
    mayBeRest,
  });
}

/** Whether it may be the rest of an aggregate that Lambda took apart and cut. */
function isMaybeRest<T>({ batch, reads }: BatchRun<T>, log: ShardLog, place: number): boolean {
  const { sequenceNumber } = batch.records[place]!;
  return (
    batch.fanOut &&
    !reads.ids[place] &&
    sequenceNumber === batch.records[0]!.sequenceNumber &&
    // What was given back comes again from the aggregate's beginning.
    !log.states.isOpen(sequenceNumber)
  );
}

/** A record that is processed although the log may name it: rather repeated than lost. */
function countUndecided<T>(run: BatchRun<T>, place: number): void {
  const { memory, outcomes, plan } = run;
  if (!memory || !isMaybeRest(run, memory.log, place)) return;
  const named = ask(run, memory, place, plan.dedupeWindowInSeconds, false);
  if (named !== "none") outcomes.count("undecided");
}

/** Takes a duplicate inside the batch out of the lanes, where the two could wait for each other. */
function findTwin<T>({ batch, outcomes, plan, reads }: BatchRun<T>, place: number) {
  const { firsts, ids } = reads;
  const id = ids[place];
  if (!id) return;
  const first = firsts.get(id);
  const apart =
    first === undefined
      ? Number.POSITIVE_INFINITY
      : arrivalSecond(batch.records[place]!) - arrivalSecond(batch.records[first]!);
  if (Math.abs(apart) <= plan.dedupeWindowInSeconds) {
    outcomes.twinOf(place, first!);
  } else {
    firsts.set(id, place);
  }
}
