/**
 * What a leader of KCL 3 sees of a worker: a row of the lease table under the worker's id. Without it no lease is assigned, and a fleet that
 * moves from one generation to the next waits for it. No measurements: the leader then goes by the throughput of the leases.
 */
import { number, type RowWrite, text } from "./row.ts";

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
