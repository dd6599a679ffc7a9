/**
 * Rows of Lambda's windows go the way of records: in lanes, under the deadline, one effect each. Lambda knows nothing of rows: where one
 * fails, the whole invocation does, and comes again with the state as it was. This environment leaves out then what it has done.
 */
import type { Batch } from "../../record/unpack.ts";
import type { UserRecord } from "../../record/user-record.ts";
import type { Definition } from "../../windows/definition.ts";
import { markOf, markOfGroup, type Part } from "../../windows/lambda-state.ts";
import { type RowHead, rowOf } from "../../windows/rows.ts";
import type { Invocation } from "../invocation.ts";
import type { Order, ProcessContext } from "../options.ts";
import { isDone } from "../outcomes.ts";
import type { Plan } from "../plan.ts";
import { processFresh } from "../process.ts";
import { startRun, untilHardMargin } from "../start-run.ts";
import type { WindowEvent } from "./lambda-event.ts";

/** By shard: what rows of a window were done while others were not, by their ids; and of what state. */
export type DoneRows = Map<string, { readonly start: number; readonly rows: Map<string, string> }>;

/** What becomes of rows, and what keeps its order among them. */
export interface RowEffect<T> {
  readonly definition: Definition<T>;
  readonly process: (row: any, context: ProcessContext) => unknown;
  readonly order: Order;
}

/** Runs the rows of all parts. Throws where some are left: Lambda shall come again. */
export async function runParts<T>(
  plan: Plan<T>,
  { definition, order, process }: RowEffect<T>,
  batch: Batch,
  parts: readonly Part[],
  { bounds, isTerminatedEarly, state }: WindowEvent,
  invocation: Invocation,
  done: DoneRows,
): Promise<void> {
  const { deadline, logger, runtime } = invocation;
  // So that what `idempotencyKeyOf` makes of a row is its own id.
  const source = `${plan.consumer}/${batch.streamName}/id/window`;
  // After a part that Lambda has ended, which ours are not, it numbers them anew: then the state tells them apart.
  const early = isTerminatedEarly ? `/ended-${markOf(String(state.whole))}` : "";
  const due = parts.flatMap(({ groups, isLast, part }) =>
    groups.map((group) => {
      const { id, ...rest } = rowOf(group, definition, source, batch.shardId);
      const suffix = part > 1 ? `/part-${part}` : "";
      const row = { id: `${id}${suffix}${early}`, ...rest, part, isLast: isLast && !early };
      return { row, group, state: markOfGroup(group, definition) };
    }),
  );
  if (due.length === 0) return;
  const doneBefore = done.get(batch.shardId);
  const isSame = doneBefore?.start === bounds.start;
  const known = isSame ? doneBefore.rows : new Map<string, string>();
  const placeOf = new Map(due.map(({ row }, place) => [row.id, place]));
  const rowBatch: Batch = {
    ...batch,
    ...{ fanOut: false, received: 0 },
    records: due.map(
      ({ group, row }): UserRecord => ({
        ...{ sequenceNumber: row.id, subSequenceNumber: 0, partitionKey: group.key },
        ...{ data: nothing, aggregated: false, approximateArrivalTimestamp: row.end },
        ...{ shardId: batch.shardId, streamArn: batch.streamArn },
      }),
    ),
  };
  const rowPlan: Plan<RowHead> = {
    ...(plan as unknown as Plan<RowHead>),
    order,
    decode: (_, { sequenceNumber }) => due[placeOf.get(sequenceNumber)!]!.row,
    process: (row, _, context) => process(row, context),
  };
  const run = startRun(rowPlan, rowBatch, runtime, logger, deadline, undefined);
  const { outcomes, reads } = run;
  for (const [place, { row, state }] of due.entries()) {
    reads.ids[place] = row.id.slice(source.length - "window".length);
    if (known.get(row.id) === state) outcomes.processed(place);
  }
  const isHung = await untilHardMargin(run, processFresh(run), invocation);
  const left = outcomes.places((outcome) => !isDone(outcome));
  done.delete(batch.shardId);
  if (left.length === 0) return;
  for (const place of outcomes.places(isDone)) known.set(due[place]!.row.id, due[place]!.state);
  done.set(batch.shardId, { start: bounds.start, rows: known });
  if (isHung) return;
  const { id } = due[left[0]!]!.row;
  throw new Error(
    `${left.length} of ${due.length} rows of ${plan.consumer} are not done, the first of them ${id}. Lambda comes again with the window as it was; what is done here is left out then, and in another environment done once more under the same id.`,
    { cause: outcomes.errors.get(left[0]!) },
  );
}

const nothing = new Uint8Array(0);
