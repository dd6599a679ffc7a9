/**
 * Rows that are due go the way of records: in lanes, under the deadline, one effect each. The log does not name them, but says that
 * they are gone: so none comes twice, in whichever delivery it comes, and a transaction of `commitWith` is one with that.
 */
import type { Batch } from "../../record/unpack.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { BatchRun, Naming } from "../batch-run.ts";
import type { Invocation } from "../invocation.ts";
import type { DueRow } from "../machine.ts";
import { isDone } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { startRun, stepsOf, untilHardMargin } from "../start-run.ts";
import { failuresIn, rowParking } from "./failed-rows.ts";
import { doneInParents } from "./inherited-rows.ts";
import { isOurs, type RowRun, saveRows } from "./save-rows.ts";
import type { ShardState } from "./shard-state.ts";
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
  const ids = `${source}${kind.name}`;
  const due = kind.rows(state.machine, ids, batch.shardId);
  const shard = { ...batch, consumer: plan.consumer };
  for (const slot of await doneInParents(due, ids, shard, kind, memory!)) {
    state.doneUnsaved.add(slot);
  }
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
      ask: ({ place }) => (isOurs(state, slots[place]!) ? "none" : "redelivered"),
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

const nothing = new Uint8Array(0);
