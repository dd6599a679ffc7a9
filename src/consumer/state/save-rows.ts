/**
 * What became of rows goes into their shard's log: one entry says which are done, and of those that fail how often, and which are parked as
 * what they are. A row that is done or parked is due no more, so that its shard goes on.
 */
import { describeError } from "../../observe/log.ts";
import { appendNext, type Commit } from "../../progress/append.ts";
import { packArrivals, type RowFailure } from "../../progress/entry.ts";
import { packNames } from "../../progress/fingerprint.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import { type BatchRun, noteAppend, type SaveRequest } from "../batch-run.ts";
import { tell } from "../observe-run.ts";
import * as Outcome from "../outcome.ts";
import { placeBefore } from "./failed-rows.ts";
import { dropState, failuresAtMost, type ShardState } from "./shard-state.ts";
import type { Teller } from "./teller.ts";

/** The rows of one output on their way. */
export interface RowRun {
  readonly run: BatchRun<unknown>;
  /** By place. */
  readonly slots: readonly number[];
}

/** Whether a row may run here: it is due, and not the children's since the shard was split or merged. */
export const isOurs = ({ handed, machine }: ShardState, slot: number): boolean =>
  !handed && machine.has(slot);

/** A row of which the log does not know what became of it. */
interface Told {
  readonly of: RowRun;
  readonly place: number;
  readonly slot: number;
}

interface Said {
  readonly done: readonly Told[];
  readonly parked: readonly Told[];
  readonly failed: readonly (Told & { readonly failure: RowFailure })[];
}

/** Says it of the rows of all outputs, in as many entries as it takes; with a transaction, of its rows alone. Never rejects. */
export async function saveRows<T>(
  asking: RowRun,
  begun: readonly RowRun[],
  state: ShardState,
  teller: Teller<T>,
  { transaction }: SaveRequest,
): Promise<Commit> {
  const { access, log } = asking.run.memory!;
  const { machine } = state;
  for (;;) {
    let said: Said = { done: [], parked: [], failed: [] };
    let isAgain = false;
    const make = () => {
      if (isAgain && heedNews(state, teller)) dropState(log);
      const isOver = transaction?.places.some(
        (place) => asking.run.outcomes.isHung(place) || !isOurs(state, asking.slots[place]!),
      );
      // What others did in the meantime may be what these writes do: whoever sent them decides anew.
      if (transaction && (isAgain || isOver)) return undefined;
      isAgain = true;
      said = transaction
        ? { ...said, done: transaction.places.map((place) => toldOf(asking, place)) }
        : unsaid(begun, state);
      const { done, failed, parked } = said;
      if (done.length + failed.length + parked.length === 0) return undefined;
      const gone = [...done, ...parked].map(({ slot }) => slot);
      return {
        kind: "done" as const,
        ...namesOf(parked, log.name),
        windows: {
          changes: teller.kind.writeDone(machine, gone),
          ...(failed.length > 0 && { failed: failed.map(({ failure }) => failure) }),
        },
        ...(transaction && { writes: transaction.writes }),
      };
    };
    const { carried } = log;
    const commit = await appendNext(log, make, access);
    noteAppend(asking.run, commit);
    if (commit.refused) return commit;
    const isSaved = commit.error === undefined;
    if (isSaved && commit.n === undefined) return commit;
    for (const { failure } of said.failed) state.failures.set(failure.slot, failure);
    if (!isSaved) {
      // What is done waits for the next entry here, and what is parked is due until the log says that it is not.
      log.carried = carried;
      for (const { slot } of said.done) if (!transaction) state.doneUnsaved.add(slot);
      for (const { of, place } of said.parked) of.run.outcomes.unparked(place);
      sayUnsaved(asking, commit.error);
      return commit;
    }
    for (const { of, place, slot } of [...said.done, ...said.parked, ...said.failed]) {
      of.run.outcomes.saved(place);
      state.doneUnsaved.delete(slot);
    }
    machine.forget([...said.done, ...said.parked].map(({ slot }) => slot));
    state.since.entries++;
    state.n = commit.n!;
    for (const of of begun) {
      const places = said.parked.flatMap((one) => (one.of === of ? [one.place] : []));
      if (places.length > 0) await of.run.steps.parking?.confirmParked(of.run, places);
    }
    if (transaction) return commit;
  }
}

const toldOf = (of: RowRun, place: number): Told => ({ of, place, slot: of.slots[place]! });

/** What the log does not know of the rows that are still due, as much as an entry takes. */
function unsaid(begun: readonly RowRun[], state: ShardState): Said {
  const are = (what: number) =>
    begun.flatMap((of) => {
      const { outcomes } = of.run;
      return outcomes
        .places((outcome) => outcome === what)
        .filter((place) => !outcomes.isSaved(place))
        .map((place) => toldOf(of, place))
        .filter(({ slot }) => state.machine.has(slot));
    });
  const failed = are(Outcome.failed).slice(0, failuresAtMost);
  return {
    done: are(Outcome.processed),
    parked: are(Outcome.parked).slice(0, failuresAtMost),
    failed: failed.map((one) => ({ ...one, failure: failureOf(one, state) })),
  };
}

/** A redrive finds by its name that a row is parked. */
function namesOf(parked: readonly Told[], log: string) {
  if (parked.length === 0) return {};
  const position = { sequenceNumber: placeBefore(log), subSequenceNumber: 0 };
  const names = parked.map(({ of, place }) => packNames(of.run.reads.names, [place]));
  const seconds = parked.map(({ of, place }) => arrivalSecond(of.run.batch.records[place]!));
  return {
    ...{ first: position, last: position, names: Buffer.concat(names) },
    ...{ arrivals: packArrivals(seconds), parked: parked.map(() => position) },
  };
}

function failureOf({ of: { run }, place, slot }: Told, { failures }: ShardState): RowFailure {
  const { outcomes, runtime } = run;
  return {
    slot,
    attempts: outcomes.attempts.get(place) ?? 1,
    since: failures.get(slot)?.since ?? runtime.clock.now(),
    ...(outcomes.isHung(place) && { hung: true as const }),
  };
}

function sayUnsaved({ run }: RowRun, error: unknown): void {
  const { batch, logger, memory, outcomes, plan } = run;
  outcomes.count("unsaved");
  tell(run, { type: "unsaved", shardId: batch.shardId, error });
  logger.error(
    "It was not saved what became of rows; another environment would repeat those that are done.",
    { consumer: plan.consumer, log: memory!.log.name, error: describeError(error) },
  );
}

/** Another environment's entries: rows that it has done are done. True: it has done more than that, which is read from the log later. */
function heedNews<T>(state: ShardState, { kind, news }: Teller<T>): boolean {
  for (const { windows } of news) {
    if (windows?.handed) state.handed = true;
    if (windows?.changes) state.machine.forget(kind.slotsGone(windows.changes));
  }
  return news.length > 0;
}
