/** A lease's throughput as KCL 3 writes it with each renewal: KiB a second, half of it the newest interval's. */
import { type Moment, momentOf, type WorkerClock } from "../elapsed.ts";

export interface Throughput {
  /** Of so many bytes read in all until now; undefined the first time, when there is nothing to compare with. */
  measure(bytes: number): number | undefined;
}

const newest = 0.5;

export function throughput(clock: WorkerClock): Throughput {
  let before: { readonly at: Moment; readonly bytes: number } | undefined;
  let average: number | undefined;
  return {
    measure(bytes) {
      const at = momentOf(clock);
      const ms = at.steady - (before?.at.steady ?? at.steady);
      if (ms > 0) {
        const now = (bytes - before!.bytes) / 1024 / (ms / 1000);
        average = average === undefined ? now : newest * now + (1 - newest) * average;
      }
      if (ms > 0 || !before) before = { at, bytes };
      return average;
    },
  };
}
