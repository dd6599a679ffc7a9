/**
 * Rows that are due go the way of records: in lanes, under the deadline, one effect each. The log does not name them, but says that
 * they are gone: so none comes twice, in whichever delivery it comes, and a transaction of `commitWith` is one with that.
 */
import { describeError } from "../../observe/log.ts";
import { appendNext, type Commit } from "../../progress/append.ts";
import type { Entry } from "../../progress/entry.ts";
import type { Batch } from "../../record/unpack.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { BatchRun, Naming, SaveRequest } from "../batch-run.ts";
import type { Invocation } from "../invocation.ts";
import type { DueRow, MachineKind } from "../machine.ts";
import { tell } from "../observe-run.ts";
import { isDone, Outcome } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { startRun, stepsOf, untilHardMargin } from "../start-run.ts";
import { failuresIn, type RowRun, rowParking, sayFailed } from "./failed-rows.ts";
import { dropState, type ShardState } from "./shard-state.ts";
import type { Teller } from "./teller.ts";

/** What became of the rows. */
export interface RanRows {
  /** How many are not done: they come again with the next batch. */
  readonly left: number;
  readonly isHung: boolean;
}

export async function runRows<T>(
  { batch, deadline, memory, plan, runtime }: BatchRun<T>,
  state: ShardState,
  teller: Teller<T>,
  invocation: Invocation,
): Promise<RanRows> {
  const { logger } = invocation;
  const { kind } = teller;
  // So that what `idempotencyKeyOf` makes of a row is its own id.
  const source = `${plan.consumer}/${batch.streamName}/id/`;
  const { effectOf, order } = plan.counted!;
  const due = kind.rows(state.machine, `${source}${kind.name}`, batch.shardId);
  const begun: RowRun[] = [];
  let isHung = false;
  for (const [output, rows] of Map.groupBy(due, ({ output }) => output)) {
    if (isHung) break;
    const { run } = begin(rows, { ...(plan as Plan<any>), ...effectOf(output), order });
    isHung = await untilHardMargin(run, processFresh(run), invocation);
  }
  // One entry says it of all outputs.
  const [first] = begun;
  if (first) await first.run.save();
  await sayFailed(begun, state, teller);
  let left = due.length;
  for (const { run } of begun) left -= run.outcomes.places(isDone).length;
  return { left, isHung };

  function begin(rows: readonly DueRow[], own: Plan<any>): RowRun {
    const slots = rows.map(({ slot }) => slot);
    const values = new Map<UserRecord, unknown>();
    const records = rows.map(({ data = nothing, id, key, position, time, value }): UserRecord => {
      const record: UserRecord = {
        ...{ sequenceNumber: id, shardId: batch.shardId, ...position, subSequenceNumber: 0 },
        ...{ data, aggregated: false, approximateArrivalTimestamp: time, partitionKey: key },
        streamArn: batch.streamArn,
      };
      values.set(record, value);
      return record;
    });
    const rowBatch: Batch = { ...batch, fanOut: false, received: 0, records };
    const failures = failuresIn(state, rows, memory!.log.name, () => run);
    const naming: Naming = {
      ...failures,
      ask: ({ place }) => (state.machine.has(slots[place]!) ? "none" : "redelivered"),
      pack: () => ({ names: nothing, seconds: [] }),
      perRecord: 0,
      isBack: true,
    };
    const rowPlan: Plan<unknown> = {
      ...own,
      uniqueId: undefined,
      decode: (_, record) => values.get(record),
    };
    const recalled = memory && { ...memory, parked: new Map() };
    const started = startRun(rowPlan, rowBatch, runtime, logger, deadline, recalled, () => naming);
    const parking = rowParking(stepsOf(rowPlan).parking, naming.failures);
    const run: BatchRun<unknown> = {
      ...started,
      steps: { ...started.steps, parking },
      save(request = {}) {
        const saved = started.memory!.saving.then(() =>
          saveRows({ run, slots }, begun, state, teller, request),
        );
        started.memory!.saving = saved;
        return saved;
      },
    };
    const { outcomes, reads } = run;
    for (const [place, { id }] of rows.entries()) {
      reads.ids[place] = id.slice(source.length);
      if (state.doneUnsaved.has(slots[place]!)) outcomes.processed(place);
    }
    begun.push({ run, slots });
    return { run, slots };
  }
}

/** Says of the rows of all outputs that are done that they are gone. Never rejects. */
async function saveRows<T>(
  asking: RowRun,
  begun: readonly RowRun[],
  state: ShardState,
  { kind, news }: Teller<T>,
  { transaction }: SaveRequest,
): Promise<Commit> {
  const { batch, logger, memory, outcomes, plan, runtime } = asking.run;
  const { access, log } = memory!;
  const { machine } = state;
  let said: { readonly of: RowRun; readonly place: number; readonly slot: number }[] = [];
  let isAgain = false;
  const make = () => {
    if (isAgain && heedNews(state, news, kind)) dropState(log);
    const isOver = transaction?.places.some(
      (place) => outcomes.isHung(place) || !machine.has(asking.slots[place]!),
    );
    // What others did in the meantime may be what these writes do: whoever sent them decides anew.
    if (transaction && (isAgain || isOver)) {
      said = [];
      return undefined;
    }
    isAgain = true;
    const done = transaction
      ? transaction.places.map((place) => ({ of: asking, place }))
      : begun.flatMap((of) => doneIn(of).map((place) => ({ of, place })));
    said = done
      .map(({ of, place }) => ({ of, place, slot: of.slots[place]! }))
      .filter(({ slot }) => machine.has(slot));
    if (said.length === 0) return undefined;
    const gone = kind.writeDone(
      machine,
      said.map(({ slot }) => slot),
    );
    return {
      kind: "done" as const,
      windows: { changes: gone },
      ...(transaction ? { writes: transaction.writes } : {}),
    };
  };
  const commit = await appendNext(log, make, access);
  outcomes.count("conflicts", commit.conflicts);
  memory!.savedAt = runtime.clock.now();
  if (commit.refused) return commit;
  if (commit.error !== undefined) {
    for (const { slot } of said) if (!transaction) state.doneUnsaved.add(slot);
    outcomes.count("unsaved");
    tell(asking.run, { type: "unsaved", shardId: batch.shardId, error: commit.error });
    logger.error("It was not saved that rows are done; another environment would repeat them.", {
      consumer: plan.consumer,
      log: log.name,
      error: describeError(commit.error),
    });
    return commit;
  }
  if (commit.n === undefined) return commit;
  machine.forget(said.map(({ slot }) => slot));
  for (const { of, place, slot } of said) {
    state.doneUnsaved.delete(slot);
    of.run.outcomes.saved(place);
  }
  state.since.entries++;
  state.n = commit.n;
  return commit;
}

const doneIn = ({ run: { outcomes } }: RowRun) =>
  outcomes.places((outcome, place) => outcome === Outcome.processed && !outcomes.isSaved(place));

/** Another environment's entries: rows that it has done are done. True: it has done more than that, which is read from the log later. */
function heedNews<T>(
  { machine }: ShardState,
  news: readonly Entry[],
  kind: MachineKind<T>,
): boolean {
  for (const { windows } of news) {
    if (windows?.changes) machine.forget(kind.slotsGone(windows.changes));
  }
  return news.length > 0;
}

const nothing = new Uint8Array(0);
