/**
 * What a leader of KCL 3 sees of a worker: a row of the lease table under the worker's id. Without it no lease is assigned, and a fleet that
 * moves from one generation to the next waits for it. Ours has no measurements: the leader then goes by the throughput of the leases.
 */
import { number, numberIn, type Row, type RowWrite, text, textIn, type Value } from "./row.ts";

/** As often as KCL; after twice as long a worker counts as gone. */
export const metricsEvery = 30_000;

/** That its tables may be moved into one. */
const support = 1;

export function metricsRow(worker: string, now: number): RowWrite {
  const seconds = number(Math.floor(now / 1000));
  return {
    key: worker,
    kind: "put",
    expect: {},
    set: {
      entityType: text("WORKER_METRIC_STATS"),
      ...{ lut: seconds, slu: seconds, sup: number(support) },
      ...{ sts: { M: {} }, opr: { M: {} } },
    },
  };
}

/** The worker goes: nothing more is to be assigned to it. */
export const noMetricsRow = (worker: string): RowWrite => ({
  key: worker,
  kind: "delete",
  expect: {},
});

/** The worker has been gone for long: unless it has come again. */
export const oldMetricsRow = ({ worker, updated }: WorkerMetrics): RowWrite => ({
  key: worker,
  kind: "delete",
  expect: { lut: number(updated) },
});

/** What a worker measures, in percent: processor, memory, network. */
export interface Gauge {
  readonly name: string;
  /** Moving average, half of it the newest value. */
  readonly value: number;
  /** What the worker should not exceed. */
  readonly most: number;
}

/** A worker that shows itself. */
export interface WorkerMetrics {
  readonly worker: string;
  /** Seconds since 1970, by its own clock. */
  readonly updated: number;
  readonly gauges: readonly Gauge[];
  /** It could not measure the last time: it gets nothing more. */
  readonly isFailing: boolean;
}

/** What stands for a measurement that failed. */
const failed = -1;

/** The worker that a row is; undefined for a row of another kind, and for one that makes no sense. */
export function workerMetricsIn(row: Row): WorkerMetrics | undefined {
  const worker = textIn(row, "leaseKey");
  const updated = numberIn(row, "lut");
  if (textIn(row, "entityType") !== "WORKER_METRIC_STATS") return undefined;
  if (worker === undefined || updated === undefined) return undefined;
  const limits = numbersIn(row.opr);
  const measured = Object.entries(numbersIn(row.sts));
  if (measured.some(([name]) => !limits[name])) return undefined;
  if (Object.values(limits).some(([most]) => !most)) return undefined;
  return {
    worker,
    updated,
    gauges: measured.map(([name, values]) => ({
      name,
      value: movingAverage(values.filter((value) => value !== failed)),
      most: limits[name]![0]!,
    })),
    isFailing: measured.some(([, values]) => values.at(-1) === failed),
  };
}

const movingAverage = ([first = 0, ...later]: readonly number[]) =>
  later.reduce((average, value) => (average + value) / 2, first);

/** A map of lists of numbers. */
function numbersIn(value: Value | undefined): Record<string, number[]> {
  if (!value || !("M" in value)) return {};
  return Object.fromEntries(
    Object.entries(value.M).map(([name, list]) => [
      name,
      "L" in list ? list.L.flatMap((one) => ("N" in one ? [Number(one.N)] : [])) : [],
    ]),
  );
}
