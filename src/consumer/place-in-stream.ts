import { hash } from "../kpl/hash.ts";
import { nameOf } from "../progress/fingerprint.ts";
import { formatPosition } from "../record/position.ts";
import type { BatchRun } from "./batch-run.ts";

/**
 * Where a record stands in its stream, and no other. The inner records of an aggregate that Lambda took apart all have its
 * sequence number, and are counted anew in each batch: what they are called without a unique id tells them apart.
 */
export function placeInStream<T>(run: BatchRun<T>, place: number): string {
  const record = run.batch.records[place]!;
  if (!run.batch.fanOut) return formatPosition(record);
  return `${record.sequenceNumber}#${hash("sha256", innerNameOf(run, place)).slice(0, 32)}`;
}

/** The same on every delivery of the record, and on those of its duplicates. */
export function idempotencyKeyOf<T>(run: BatchRun<T>, place: number): string {
  const { batch, plan } = run;
  const { ids } = run.reads;
  const id = ids[place];
  const own = id ? `id/${id}` : `${batch.shardId}/${placeInStream(run, place)}`;
  return `${plan.consumer}/${batch.streamName}/${own}`;
}

/** Of the records of aggregates that Lambda took apart: equal ones are counted, over the whole batch. */
export function innerNameOf<T>(run: BatchRun<T>, place: number): string {
  if (run.reads.innerNames.length === 0) {
    const equals = new Map<string, number>();
    for (const record of run.batch.records) {
      const name = nameOf(record, undefined, 0);
      const ordinal = equals.get(name) ?? 0;
      equals.set(name, ordinal + 1);
      run.reads.innerNames.push(ordinal > 0 ? nameOf(record, undefined, ordinal) : name);
    }
  }
  return run.reads.innerNames[place]!;
}
