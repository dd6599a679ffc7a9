/**
 * One lease while this worker has it. It counts as valid until the failover time has passed since the last write was *sent*
 * that is known to have happened; whoever watches the row counts from when he saw that write, which is later. So two workers never hold a
 * lease at once, whatever their clocks say, unless one takes it away without asking, as KCL 2 does.
 */
import { atMostSince, type Moment, type WorkerClock } from "../elapsed.ts";
import {
  type Checkpoint,
  compareCheckpoints,
  type Lease,
  leaseIn,
  processing,
  shardEnd,
} from "./lease.ts";
import { type Row, type RowWrite, written } from "./row.ts";
import { type Sending, sendWrite } from "./send-write.ts";
import type { LeaseTable } from "./table.ts";
import { checkpoint, handOver, release, renew, type Signs } from "./writes.ts";

/** What became of a write: `unknown`: no reply that could be trusted, so the next one will tell. */
export type Written = "written" | "lost" | "unknown";

export interface Holding {
  readonly key: string;
  /** The row as this worker last wrote or read it. */
  readonly lease: Lease;
  /** May records be given to the handler? */
  isValid(): boolean;
  /** Who is to get the lease, once somebody has asked for it. */
  readonly handingTo: string | undefined;
  /** A sign of life; with the position, where it is further than the row's. One write in either case. */
  beat(to: Checkpoint | undefined): Promise<Written>;
  /** The shard has been read to its end. The lease stays in the table, and is held no more. */
  end(children: readonly string[]): Promise<Written>;
  /** Gives the lease back, with the position: to whoever has asked for it, or to nobody. */
  giveBack(to: Checkpoint | undefined): Promise<Written>;
  /** What a scan has shown of the row: news, where it is younger than what is known. */
  notice(lease: Lease): void;
  /** It is over: nothing is written any more. */
  lose(): void;
}

export interface HoldingOptions {
  readonly table: LeaseTable;
  readonly me: string;
  readonly clock: WorkerClock;
  readonly failoverMs: number;
  /** The row after the write that took it, and when that was sent. */
  readonly row: Row;
  readonly since: Moment;
  /** Once, when it is lost to somebody or to time. */
  readonly onLost: (why: string) => void;
  /** Once, when somebody asks for it. */
  readonly onAsked: () => void;
  readonly throughputKBps?: () => number | undefined;
}

export function holding(options: HoldingOptions): Holding {
  const { table, me, clock, failoverMs } = options;
  let { row, since } = options;
  let lease = leaseIn(row)!;
  let lost = false;
  let givenBack = false;
  let handingTo: string | undefined;
  /** When the first of the writes was sent whose outcome is not known. All had the same condition, so one happened at most. */
  let unknownSince: Moment | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  /** May still be renewed. */
  const isAlive = () => !lost && atMostSince(since, clock) < failoverMs;

  const sending: Sending = {
    ...{ table, clock, patienceMs: failoverMs / 5, mayRepeat: isAlive },
    onDoubt: (since) => (unknownSince ??= since),
  };

  function lose(why: string): "lost" {
    if (!lost) {
      lost = true;
      options.onLost(why);
    }
    return "lost";
  }

  function happened(after: Row, sent: Moment): void {
    row = after;
    lease = leaseIn(row)!;
    since = sent;
    unknownSince = undefined;
  }

  function asked(by: string | undefined): void {
    if (handingTo !== undefined || by === undefined) return;
    handingTo = by;
    options.onAsked();
  }

  /** Reads why a write was refused. True: it is worth another try. */
  async function learn(): Promise<boolean> {
    const found = await table.get(lease.key);
    const now = found && leaseIn(found);
    if (!now) {
      lose("its row is gone");
      return false;
    }
    const isMine = now.owner === me || now.checkpointOwner === me;
    const isAsGiven = givenBack && now.owner === handingTo && now.checkpointOwner === undefined;
    const isOwnWrite = unknownSince !== undefined && now.counter === lease.counter + 1;
    if (!(isMine || isAsGiven) || (now.counter !== lease.counter && !isOwnWrite)) {
      lose(`${now.owner ?? "nobody"} has it now`);
      return false;
    }
    if (isOwnWrite) happened(found, unknownSince!);
    else {
      row = found;
      lease = now;
    }
    if (now.checkpointOwner === me) asked(now.owner);
    return true;
  }

  async function attempt(make: (lease: Lease, known: Signs) => RowWrite): Promise<Written> {
    for (let tries = 0; tries < 3; tries++) {
      if (!isAlive()) return lose("it expired before it could be renewed");
      const write = make(lease, {
        handing: handingTo !== undefined,
        throughputKBps: options.throughputKBps?.(),
      });
      try {
        const { done, sent } = await sendWrite(write, sending);
        if (done) {
          happened(written(row, write)!, sent);
          return lost ? "lost" : "written";
        }
        if (lost || !(await learn())) return "lost";
      } catch {
        return "unknown";
      }
      if (givenBack && processing(lease) !== me) return "written";
    }
    return "unknown";
  }

  /** One write after the other: each has the counter of the one before as its condition. */
  function inTurn(make: (lease: Lease, known: Signs) => RowWrite): Promise<Written> {
    const result = writing.then(() => (lost ? ("lost" as const) : attempt(make)));
    writing = result;
    return result;
  }

  const isFurther = (to: Checkpoint | undefined): to is Checkpoint =>
    to !== undefined && compareCheckpoints(to, lease.checkpoint) > 0;

  return {
    key: lease.key,
    get lease() {
      return lease;
    },
    get handingTo() {
      return handingTo;
    },
    // Once it is given back, the row may be another's before the reply is there.
    isValid: () => isAlive() && !givenBack,
    beat: (to) =>
      inTurn((lease, known) =>
        isFurther(to) ? checkpoint(lease, to, known) : renew(lease, known),
      ),
    async end(children) {
      return inTurn((lease, known) => checkpoint(lease, shardEnd, { ...known, children }));
    },
    giveBack(to) {
      givenBack = true;
      return inTurn((lease, { handing }) => {
        const further = isFurther(to) ? to : undefined;
        return handing ? handOver(lease, me, further) : release(lease, me, further);
      });
    },
    notice(now) {
      if (lost || now.counter < lease.counter) return;
      const isMine = now.owner === me || now.checkpointOwner === me;
      if (isMine) {
        if (now.checkpointOwner === me && now.counter === lease.counter) asked(now.owner);
      } else if (now.counter > lease.counter && unknownSince === undefined) {
        lose(`${now.owner ?? "nobody"} has it now`);
      }
    },
    lose() {
      lost = true;
    },
  };
}
