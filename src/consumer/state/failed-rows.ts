/**
 * Rows that fail: how often stands in the log, as of records; and what fails for good is parked as what it is, a row. The log says in one append
 * that a row is parked and that it is due no more, so that its shard goes on.
 */
import { hash } from "../../kpl/hash.ts";
import { describeError } from "../../observe/log.ts";
import { parkedRowName, rowData } from "../../park/parked-row.ts";
import type { ParkedRecord } from "../../park/parking.ts";
import { appendNext } from "../../progress/append.ts";
import { packArrivals, type RowFailure } from "../../progress/entry.ts";
import { packNames, writeName } from "../../progress/fingerprint.ts";
import { numberBefore } from "../../record/position.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import { type BatchRun, freshPlaces, type Naming, type ParkingSteps } from "../batch-run.ts";
import type { DueRow } from "../machine.ts";
import { tell } from "../observe-run.ts";
import { Outcome } from "../outcomes.ts";
import { dropState, failuresAtMost, type ShardState } from "./shard-state.ts";
import type { Teller } from "./teller.ts";

/** The rows of one output on their way. */
export interface RowRun {
  readonly run: BatchRun<unknown>;
  /** By place. */
  readonly slots: readonly number[];
}

/** What the log says of a row that is due, and as what it is parked. */
export function failuresIn(
  { failures }: ShardState,
  rows: readonly DueRow[],
  log: string,
  runOf: () => BatchRun<unknown>,
): Pick<Naming, "failures" | "parkedAs"> {
  return {
    failures: rows.map(({ slot }) => ({
      attempts: 0,
      ...failures.get(slot),
      saidBy: Number.POSITIVE_INFINITY,
    })),
    parkedAs(place): Partial<ParkedRecord> {
      const { batch, reads } = runOf();
      const { id, output, value } = rows[place]!;
      const { sequenceNumber, shardId } = batch.records[place]!;
      writeName(reads.names, place, parkedRowName(id));
      const before = placeBefore(log);
      return {
        // As an id tells the inner records of one place apart.
        id: `${log}#${before}#${hash("sha256", id).slice(0, 32)}`,
        sequenceNumber: before,
        shardId: batch.shardId,
        uniqueId: undefined,
        data: rowData(value),
        row: { id, output, sequenceNumber, shardId },
      };
    },
  };
}

/** A row stands at no place of its shard: before all records, where nothing else does. */
const placeBefore = (log: string) => numberBefore(Number(log.split("#")[2]));

/** Those of records, of which rows need less: what hung runs alone, in its turn, and what the log knows of it was said with the rows. */
export function rowParking(
  parking: ParkingSteps | undefined,
  failures: Naming["failures"],
): ParkingSteps | undefined {
  return (
    parking && {
      ...parking,
      runGuarded: (run, runPlaces) =>
        runPlaces(
          freshPlaces(run),
          failures!.some(({ hung }) => hung),
        ),
      parkUnrun: () => undefined,
      isKeyParked: () => false,
    }
  );
}

/** Says to the log which rows have failed, and which are parked. Never rejects. */
export async function sayFailed<T>(
  begun: readonly RowRun[],
  state: ShardState,
  { kind, news }: Teller<T>,
): Promise<void> {
  const [first] = begun;
  if (!first) return;
  const { batch, logger, memory, plan, runtime } = first.run;
  const { access, log } = memory!;
  const { machine } = state;
  for (;;) {
    let parked: Told[] = [];
    let failed: RowFailure[] = [];
    let isAgain = false;
    const make = () => {
      // What others have done of them is not due any more.
      if (isAgain && news.length > 0) dropState(log);
      isAgain = true;
      for (const { windows } of news)
        if (windows?.changes) machine.forget(kind.slotsGone(windows.changes));
      parked = unsaid(begun, Outcome.parked, machine);
      failed = unsaid(begun, Outcome.failed, machine).map((one) => failureOf(one, state));
      if (parked.length + failed.length === 0) return undefined;
      const position = { sequenceNumber: placeBefore(log.name), subSequenceNumber: 0 };
      const names = parked.map(({ of, place }) => packNames(of.run.reads.names, [place]));
      const seconds = parked.map(({ of, place }) => arrivalSecond(of.run.batch.records[place]!));
      const slots = parked.map(({ slot }) => slot);
      return {
        kind: "done" as const,
        ...(parked.length > 0 && {
          ...{ first: position, last: position, names: Buffer.concat(names) },
          ...{ arrivals: packArrivals(seconds), parked: parked.map(() => position) },
        }),
        windows: { changes: kind.writeDone(machine, slots), failed },
      };
    };
    const { carried } = log;
    const commit = await appendNext(log, make, access);
    first.run.outcomes.count("conflicts", commit.conflicts);
    memory!.savedAt = runtime.clock.now();
    if (commit.error !== undefined) {
      // What is parked is due until the log says that it is not: it is run, or parked, once more.
      for (const { of, place } of parked) of.run.outcomes.unparked(place);
      log.carried = carried;
      for (const failure of failed) state.failures.set(failure.slot, failure);
      first.run.outcomes.count("unsaved");
      tell(first.run, { type: "unsaved", shardId: batch.shardId, error: commit.error });
      logger.error("It was not saved that rows have failed, or were parked.", {
        consumer: plan.consumer,
        log: log.name,
        error: describeError(commit.error),
      });
      return;
    }
    if (commit.n === undefined) return;
    machine.forget(parked.map(({ slot }) => slot));
    for (const failure of failed) state.failures.set(failure.slot, failure);
    for (const { of, place } of unsaid(begun, Outcome.failed, machine))
      of.run.outcomes.saved(place);
    for (const { of, place } of parked) of.run.outcomes.saved(place);
    for (const of of begun) {
      const places = parked.flatMap((one) => (one.of === of ? [one.place] : []));
      await of.run.steps.parking?.confirmParked(of.run, places);
    }
    state.since.entries++;
    state.n = commit.n;
  }
}

interface Told {
  readonly of: RowRun;
  readonly place: number;
  readonly slot: number;
}

/** Those of which the log does not know it, as many as an entry takes. */
function unsaid(begun: readonly RowRun[], what: number, machine: ShardState["machine"]): Told[] {
  const all = begun.flatMap((of) =>
    of.run.outcomes
      .places((outcome, place) => outcome === what && !of.run.outcomes.isSaved(place))
      .map((place) => ({ of, place, slot: of.slots[place]! })),
  );
  return all.filter(({ slot }) => machine.has(slot)).slice(0, failuresAtMost);
}

function failureOf({ of: { run }, place, slot }: Told, { failures }: ShardState): RowFailure {
  const { outcomes, runtime } = run;
  return {
    slot,
    attempts: outcomes.attempts.get(place) ?? 1,
    since: failures.get(slot)?.since ?? runtime.clock.now(),
    ...(outcomes.isHung(place) ? { hung: true as const } : {}),
  };
}
