/**
 * Rows that are due go the way of records: in lanes, under the deadline, one effect each. The log does not name them, but says of their
 * groups that they are gone: so none comes twice, in whichever delivery it comes, and a transaction of `commitWith` is one with that.
 */
import { describeError, type Logger } from "../../observe/log.ts";
import { appendNext, type Commit } from "../../progress/append.ts";
import type { Entry } from "../../progress/entry.ts";
import type { Batch } from "../../record/unpack.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { RowHead } from "../../windows/rows.ts";
import { rowOf } from "../../windows/rows.ts";
import { slotsGone, writeDone } from "../../windows/written.ts";
import type { BatchRun, Memory, Naming, SaveRequest } from "../batch-run.ts";
import { tell } from "../observe-run.ts";
import { isDone, Outcome } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { startRun, untilHardMargin } from "../start-run.ts";
import { dropWindows, type ShardWindows } from "./shard-windows.ts";
import type { Teller } from "./teller.ts";

/** What became of the rows. */
export interface RanRows {
  /** How many are not done: they come again with the next batch. */
  readonly left: number;
  readonly isHung: boolean;
}

export async function runRows<T>(
  { batch, deadline, memory, plan, runtime }: BatchRun<T>,
  windows: ShardWindows<T>,
  { news }: Teller<T>,
  logger: Logger,
): Promise<RanRows> {
  // So that what `idempotencyKeyOf` makes of a row is its own id.
  const source = `${plan.consumer}/${batch.streamName}/id/window`;
  const { machine } = windows;
  const groups = [...machine.due];
  const slots = groups.map(({ slot }) => slot);
  const rows = groups.map((group) => rowOf(group, machine.definition, source, batch.shardId));
  const placeOf = new Map(rows.map(({ id }, place) => [id, place]));
  const rowBatch: Batch = {
    ...batch,
    fanOut: false,
    received: 0,
    records: rows.map(
      ({ end, id }, place): UserRecord => ({
        ...{ sequenceNumber: id, subSequenceNumber: 0, partitionKey: groups[place]!.key },
        ...{ data: nothing, aggregated: false, approximateArrivalTimestamp: end },
        ...{ shardId: batch.shardId, streamArn: batch.streamArn },
      }),
    ),
  };
  const naming: Naming = {
    ask: ({ place }) => (groups[place]!.isGone ? "redelivered" : "none"),
    pack: () => ({ names: nothing, seconds: [] }),
    perRecord: 0,
    failures: slots.map((slot) => ({
      attempts: windows.failures.get(slot) ?? 0,
      saidBy: Number.POSITIVE_INFINITY,
    })),
    isBack: true,
  };
  const rowPlan: Plan<RowHead> = {
    ...(plan as unknown as Plan<RowHead>),
    order: plan.windowed!.order,
    uniqueId: undefined,
    decode: (_, { sequenceNumber }) => rows[placeOf.get(sequenceNumber)!]!,
    process: (row, _, context) => plan.windowed!.process(row, context),
  };
  const begun = startRun(rowPlan, rowBatch, runtime, logger, deadline, memory, () => naming);
  const run: BatchRun<RowHead> = {
    ...begun,
    save: (request = {}) => {
      const saved = begun.memory!.saving.then(() =>
        saveRows(run, begun.memory!, windows, news, slots, request),
      );
      begun.memory!.saving = saved;
      return saved;
    },
  };
  const { outcomes, reads } = run;
  for (const [place, { id }] of rows.entries()) {
    reads.ids[place] = id.slice(source.length - "window".length);
    if (windows.doneUnsaved.has(slots[place]!)) outcomes.processed(place);
  }
  const isHung = await untilHardMargin(run, processFresh(run));
  await run.save();
  for (const place of outcomes.places((outcome) => outcome === Outcome.failed)) {
    windows.failures.set(slots[place]!, (windows.failures.get(slots[place]!) ?? 0) + 1);
  }
  return { left: outcomes.places((outcome) => !isDone(outcome)).length, isHung };
}

/** Says of the rows that are done that their groups are gone. Never rejects. */
async function saveRows<T>(
  run: BatchRun<RowHead>,
  memory: Memory,
  windows: ShardWindows<T>,
  news: readonly Entry[],
  slots: readonly number[],
  { transaction }: SaveRequest,
): Promise<Commit> {
  const { batch, logger, outcomes, plan, runtime } = run;
  const { log } = memory;
  const { machine } = windows;
  let said: readonly number[] = [];
  let isAgain = false;
  const make = () => {
    if (isAgain && heedNews(windows, news)) dropWindows(log);
    const isOver = transaction?.places.some(
      (place) => outcomes.isHung(place) || !machine.groups.has(slots[place]!),
    );
    // What others did in the meantime may be what these writes do: whoever sent them decides anew.
    if (transaction && (isAgain || isOver)) {
      said = [];
      return undefined;
    }
    isAgain = true;
    const done =
      transaction?.places ??
      outcomes.places(
        (outcome, place) => outcome === Outcome.processed && !outcomes.isSaved(place),
      );
    said = done.filter((place) => machine.groups.has(slots[place]!));
    if (said.length === 0) return undefined;
    const gone = writeDone(
      machine,
      said.map((place) => slots[place]!),
    );
    return {
      kind: "done" as const,
      // The newest entry says how far the shard is: a cold start may read no other.
      through: log.through,
      windows: { changes: gone },
      ...(transaction ? { writes: transaction.writes } : {}),
    };
  };
  const commit = await appendNext(log, make, memory.access);
  outcomes.count("conflicts", commit.conflicts);
  memory.savedAt = runtime.clock.now();
  if (commit.refused) return commit;
  if (commit.error !== undefined) {
    for (const place of said) if (!transaction) windows.doneUnsaved.add(slots[place]!);
    outcomes.count("unsaved");
    tell(run, { type: "unsaved", shardId: batch.shardId, error: commit.error });
    logger.error("It was not saved that rows are done; another environment would repeat them.", {
      consumer: plan.consumer,
      log: log.name,
      error: describeError(commit.error),
    });
    return commit;
  }
  if (commit.n === undefined) return commit;
  const gone = said.map((place) => slots[place]!);
  machine.forget(gone);
  for (const slot of gone) windows.doneUnsaved.delete(slot);
  for (const place of said) outcomes.saved(place);
  windows.since.entries++;
  windows.n = commit.n;
  return commit;
}

/** Another environment's entries: rows that it has done are done. True: it has done more than that, which is read from the log later. */
function heedNews<T>({ machine }: ShardWindows<T>, news: readonly Entry[]): boolean {
  for (const { windows } of news) {
    if (windows?.changes) machine.forget(slotsGone(windows.changes));
  }
  return news.length > 0;
}

const nothing = new Uint8Array(0);
