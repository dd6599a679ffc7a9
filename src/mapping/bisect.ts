/** BisectBatchOnFunctionError: a batch that failed comes back as two. */
import { type Batch, part } from "./batch.ts";

/** Two halves in order, the smaller one first where the number is odd. */
export function bisect<R extends { readonly approximateArrivalTimestamp: number }>(
  batch: Batch<R>,
): [Batch<R>, Batch<R>] {
  const middle = Math.floor(batch.records.length / 2);
  return [part(batch, 0, middle), part(batch, middle, batch.records.length)];
}
