/**
 * Rows of windows or of SQL that come back: they go to the effect of their output, under the ids that they had. The log is asked for, and told, the
 * name that a redrive gives them, and nothing else: they stand in no stream, so no delivery can bring them.
 */

import { rowValue } from "../../park/parked-row.ts";
import type { RedrivenRecord } from "../../park/redrive-event.ts";
import { packNames, redrivenName, writeName } from "../../progress/fingerprint.ts";
import type { ShardLog } from "../../progress/shard-log.ts";
import type { Batch } from "../../record/unpack.ts";
import { arrivalSecond } from "../../record/user-record.ts";
import type { BatchRun, Naming } from "../batch-run.ts";
import type { Plan } from "../plan.ts";

/** The plan of rows, where these are some: with the effect of their output. Throws where they cannot be brought back. */
export function rowsPlan<T>(
  plan: Plan<T>,
  records: readonly RedrivenRecord[],
): Plan<T> | undefined {
  if (!records.some(({ row }) => row)) return undefined;
  const { id, row } = records[0]!;
  const output = row?.output;
  if (records.some(({ row }) => row?.output !== output))
    throw new TypeError("A redrive brings back records, or rows of one output: not both at once.");
  const effect = plan.counted?.effectOf(output!);
  if (!effect?.process && !effect?.processBatch) {
    const what = output === "" ? "of windows" : `of the stream ${output}`;
    throw new TypeError(
      `These are rows ${what}, and ${plan.consumer} has no effect for such rows any more. Nothing was done, and they stay parked: deploy a consumer that has it.`,
    );
  }
  return {
    ...plan,
    ...effect,
    // Under another epoch they are still rows of theirs, and have its ids.
    consumer: id.split("#")[0]!,
    order: plan.counted!.order,
    uniqueId: undefined,
    decode: (data) => rowValue(data) as T,
  };
}

export function rowsNaming(
  log: ShardLog,
  { records: positions }: Batch,
  records: readonly RedrivenRecord[],
): Naming {
  const names = new Uint32Array(4 * records.length);
  for (const [place, { id }] of records.entries()) writeName(names, place, redrivenName(id));
  return {
    ask: (question) => log.evidence({ ...question, names, position: positions[question.place]! }),
    pack: (places) => ({
      names: packNames(names, places),
      seconds: places.map((place) => arrivalSecond(positions[place]!)),
    }),
    perRecord: 1,
    failures: records.map(({ attempts }) => ({ attempts, saidBy: Number.POSITIVE_INFINITY })),
    isBack: true,
  };
}

/** The same run, whose effects see the rows as they were when they were due. */
export function asRows<T>(run: BatchRun<T>, asked: readonly RedrivenRecord[]): BatchRun<T> {
  const { batch, plan, reads } = run;
  const source = `${plan.consumer}/${batch.streamName}/id/`;
  for (const [place, { row }] of asked.entries()) reads.ids[place] = row!.id.slice(source.length);
  const records = batch.records.map((record, place) => {
    const { sequenceNumber, shardId } = asked[place]!.row!;
    return { ...record, sequenceNumber, shardId };
  });
  return { ...run, batch: { ...batch, records } };
}
