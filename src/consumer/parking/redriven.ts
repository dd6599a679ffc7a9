import type { RedrivenRecord, RedriveOutcome } from "../../park/redrive-event.ts";
import type { BatchRun, Memory } from "../batch-run.ts";

/** Parked records on their way back. */
export interface Redriven<T> {
  readonly run: BatchRun<T>;
  readonly memory: Memory;
  /** What the request says of the batch's records. */
  readonly records: readonly RedrivenRecord[];
  /** The names under which the log knows them where they are delivered; `run.names` are those of the redrive. */
  readonly own: Uint32Array;
  /** Of what needs no effect: why. */
  readonly known: Map<number, RedriveOutcome>;
}
