/** What a worker has: its leases, the work on their shards, and their ends: a shard's, a handoff's, a loss. */
import type { Moment, WorkerClock } from "./elapsed.ts";
import type { WorkerEvent } from "./events.ts";
import { type Holding, holding } from "./leases/holding.ts";
import type { Lease } from "./leases/lease.ts";
import type { Row } from "./leases/row.ts";
import type { LeaseTable } from "./leases/table.ts";
import { throughput } from "./leases/throughput.ts";
import { remove } from "./leases/writes.ts";
import type { ShardWork } from "./shard-work.ts";

export interface HoldingsOptions {
  readonly table: LeaseTable;
  readonly me: string;
  readonly clock: WorkerClock;
  readonly failoverMs: number;
  /** How long a handoff and a stop wait for the handler, in milliseconds. */
  readonly handoffMs: number;
  /** Begins to read a shard; `ended` is called once it is done to its end. */
  readonly work: (held: Holding, ended: () => void) => ShardWork;
  /** Makes the leases of the shards that follow one that has ended. */
  readonly follow: (held: Holding, work: ShardWork) => Promise<readonly string[]>;
  /** Whether each parent's lease is at its end, or gone. */
  readonly parentsDone: (lease: Lease) => Promise<boolean>;
  readonly tell: (event: WorkerEvent) => void;
  /** A leader assigns the leases, and goes by their throughput. */
  readonly isAssigned: () => boolean;
}

export interface Holdings {
  readonly held: ReadonlyMap<string, Holding>;
  readonly works: ReadonlyMap<string, ShardWork>;
  /** What the handler has begun of a lease that is not held any more: until it ends, the lease is not taken again. */
  readonly ending: ReadonlySet<string>;
  /** Has a lease from now on: its row after the write that took it, and when that was sent. */
  hold(lease: Lease, row: Row, since: Moment): void;
  /** Begins what can begin: shards whose parents are done. */
  startReady(): Promise<void>;
  /** Signs of life for all, with their positions. */
  beat(): Promise<void>;
  /** Finishes what has begun and gives all back. */
  giveBackAll(): Promise<void>;
  /** Lets go of everything, and writes nothing more. */
  abandon(): void;
}

/** A write without a reply is tried again after so many milliseconds. */
const soon = 500;

export function holdings(options: HoldingsOptions, onShardEnd: () => void): Holdings {
  const { table, me, clock, failoverMs, handoffMs, tell } = options;
  const held = new Map<string, Holding>();
  const works = new Map<string, ShardWork>();
  const ending = new Set<string>();
  const givingBack = new WeakMap<Holding, Promise<void>>();
  const beating = new Set<string>();
  let abandoned = false;

  const wait = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const trouble = (doing: string, error: unknown) => tell({ type: "trouble", doing, error });
  const has = (mine: Holding) => held.get(mine.key) === mine;

  function hold(lease: Lease, row: Row, since: Moment): void {
    if (abandoned) return;
    const meter = throughput(clock);
    const mine = holding({
      ...{ table, me, clock, failoverMs, row, since },
      throughputKBps: () =>
        options.isAssigned() ? meter.measure(works.get(mine.key)?.bytesRead ?? 0) : undefined,
      onAsked: () => void giveBack(mine),
      onLost(why) {
        letGo(mine);
        tell({ type: "lost", shardId: mine.key, why });
      },
    });
    held.set(mine.key, mine);
    tell({ type: "taken", shardId: mine.key, from: lease.owner });
  }

  async function startReady(): Promise<void> {
    for (const mine of held.values()) {
      const { key } = mine;
      const canStart = () => has(mine) && mine.handingTo === undefined && !works.has(key);
      if (!canStart() || !(await options.parentsDone(mine.lease))) continue;
      if (canStart() && mine.isValid()) works.set(key, begin(mine));
    }
  }

  const begin = (mine: Holding) => options.work(mine, () => void finish(mine));

  async function finish(mine: Holding): Promise<void> {
    const work = works.get(mine.key);
    if (!work?.ended || !has(mine)) return;
    if (!mine.isValid()) {
      // The answer to a renewal may come yet; if none comes, it is lost.
      clock.after(soon, () => void finish(mine));
      return;
    }
    try {
      const children = await options.follow(mine, work);
      if (!has(mine)) return;
      if (children.length === 0) {
        // The shard went with its retention, and nothing follows it.
        await table.write(remove(mine.lease));
      } else if ((await mine.end(children)) === "unknown") throw new Error("no reply");
      if (!has(mine)) return;
      mine.lose();
      letGo(mine);
      tell({ type: "shardEnd", shardId: mine.key, children });
      onShardEnd();
    } catch (error) {
      trouble(`ending the shard ${mine.key}`, error);
      clock.after(soon, () => void finish(mine));
    }
  }

  /** Holds it no more, and waits for what the handler has begun before it can be taken again. */
  function letGo(mine: Holding): void {
    const { key } = mine;
    if (!has(mine)) return;
    held.delete(key);
    const work = works.get(key);
    works.delete(key);
    if (!work) return;
    ending.add(key);
    void work.stop().finally(() => ending.delete(key));
  }

  function giveBack(mine: Holding): Promise<void> {
    const begun = givingBack.get(mine) ?? giveBackOnce(mine);
    givingBack.set(mine, begun);
    return begun;
  }

  async function giveBackOnce(mine: Holding): Promise<void> {
    const work = works.get(mine.key);
    if (work) await Promise.race([work.stop(), wait(handoffMs)]);
    while (has(mine) && !abandoned) {
      const to = mine.handingTo;
      const result = await mine.giveBack(work?.progress());
      if (result === "lost") return;
      if (result === "written") {
        mine.lose();
        letGo(mine);
        tell({ type: "givenBack", shardId: mine.key, to });
        return;
      }
      await wait(soon);
    }
  }

  async function beatOne(mine: Holding): Promise<void> {
    const { key } = mine;
    if (beating.has(key)) return;
    beating.add(key);
    try {
      for (let tries = 0; tries < 2; tries++) {
        if ((await mine.beat(works.get(key)?.progress())) !== "unknown") return;
      }
      trouble(`renewing the lease ${key}`, new Error("The lease table did not answer."));
    } finally {
      beating.delete(key);
    }
  }

  return {
    held,
    works,
    ending,
    hold,
    startReady,
    async beat() {
      await Promise.all([...held.values()].map(beatOne));
    },
    async giveBackAll() {
      await Promise.all([...held.values()].map(giveBack));
    },
    abandon() {
      abandoned = true;
      for (const mine of [...held.values()]) {
        mine.lose();
        letGo(mine);
      }
    },
  };
}
