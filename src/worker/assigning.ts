/** What the leader of a fleet of KCL 3 does: it gives leases that nobody has to workers that are there, and has others handed over. */
import { isTransient } from "../aws/transient.ts";
import type { Random } from "../time/random.ts";
import { atMost } from "./at-most.ts";
import { atMostSince, type Moment, momentOf, type WorkerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import { type Assignment, balance } from "./leases/balance.ts";
import { isAtEnd, type Lease, processing } from "./leases/lease.ts";
import { oldMetricsRow, type WorkerMetrics, workerMetricsIn } from "./leases/metrics-row.ts";
import type { Observations } from "./leases/observe.ts";
import { presence } from "./leases/presence.ts";
import type { Row, RowWrite } from "./leases/row.ts";
import type { LeaseTable } from "./leases/table.ts";
import { askForHandoff, take } from "./leases/writes.ts";

export interface AssigningOptions {
  readonly table: LeaseTable;
  readonly me: string;
  readonly clock: WorkerClock;
  readonly random: Random;
  /** Of one worker. */
  readonly maxLeases: number;
  readonly seen: Observations;
  readonly tell: (event: WorkerEvent) => void;
}

export interface Assigning {
  /** All rows of a look, whoever leads: so that a new leader knows who is there. */
  see(rows: readonly Row[]): void;
  /** Whether this worker was given something. */
  assign(leases: readonly Lease[]): Promise<boolean>;
}

const writesAtOnce = 10;
/** As often as KCL does. Who comes or goes is a reason of its own. */
const balanceEvery = 60_000;

export function assigning(options: AssigningOptions): Assigning {
  const { table, me, clock, random, maxLeases, seen, tell } = options;
  const present = presence(clock);
  let workers: readonly WorkerMetrics[] = [];
  let balanced: { readonly at: Moment; readonly among: string } | undefined;

  /** Writes of one look. What a table refuses that has too much to do is for the next look, with all that is left. */
  function writer() {
    let isBusy = false;
    return async (doing: string, change: RowWrite): Promise<boolean> => {
      if (isBusy) return false;
      try {
        // Where it is not done, the row has changed: the next look shows it.
        return await table.write(change);
      } catch (error) {
        if (isBusy) return false;
        isBusy = isTransient(error);
        tell({ type: "trouble", doing, error });
        return false;
      }
    };
  }

  /** Whoever comes gets its share at once. */
  function isTimeToBalance(among: string): boolean {
    const isTime = balanced?.among !== among || atMostSince(balanced.at, clock) >= balanceEvery;
    if (isTime) balanced = { at: momentOf(clock), among };
    return isTime;
  }

  return {
    see(rows) {
      workers = rows.flatMap((row) => workerMetricsIn(row) ?? []);
      present.see(workers);
    },
    async assign(leases) {
      const open = leases.filter((lease) => !isAtEnd(lease));
      for (const lease of open) {
        const owner = processing(lease);
        if (owner !== undefined && seen.isUnassigned(lease)) present.suspect(owner);
      }
      const active = workers.filter(
        (one) => one.worker === me || (present.isThere(one) && !one.isFailing),
      );
      const among = active.map(({ worker }) => worker).sort();
      const { given, moved } = balance({
        ...{ leases: open, isFree: seen.isUnassigned, workers: active, maxLeases, random },
        moves: isTimeToBalance(among.join()),
      });
      const write = writer();
      const give = async ([lease, worker]: Assignment) =>
        (await write(`assigning the lease ${lease.key} to ${worker}`, take(lease, worker))) &&
        worker === me;
      const move = async ([lease, worker]: Assignment) => {
        await write(`moving the lease ${lease.key} to ${worker}`, askForHandoff(lease, worker));
        return false;
      };
      const remove = async (one: WorkerMetrics) => {
        await write(`removing the metrics of ${one.worker}`, oldMetricsRow(one));
        return false;
      };
      const longGone = workers.filter((one) => one.worker !== me && present.isLongGone(one));
      const writes = [
        ...given.map((one) => () => give(one)),
        ...moved.map((one) => () => move(one)),
        ...longGone.map((one) => () => remove(one)),
      ];
      return (await atMost(writesAtOnce, writes, (write) => write())).includes(true);
    },
  };
}
