/** A member of the fleet: it looks at the lease table, takes what is its share, keeps it alive, and gives it back. */
import type { Random } from "../time/random.ts";
import { atMost } from "./at-most.ts";
import { atMostSince, type Moment, momentOf } from "./elapsed.ts";
import { type Holdings, type HoldingsOptions, holdings } from "./holdings.ts";
import { type Leading, leadsAmong, StreamMadeAgain } from "./lead.ts";
import { isAtEnd, type Lease, leaseIn } from "./leases/lease.ts";
import { metricsEvery } from "./leases/metrics-row.ts";
import { observations } from "./leases/observe.ts";
import { type Row, type RowWrite, written } from "./leases/row.ts";
import { wantedLeases } from "./leases/take.ts";
import { askForHandoff, handOver, take } from "./leases/writes.ts";
import { patiently } from "./patience.ts";
import { standing } from "./standing.ts";

export interface MemberOptions extends Omit<HoldingsOptions, "isAssigned"> {
  readonly random: Random;
  readonly checkpointEveryMs: number;
  readonly maxLeases: number;
  readonly leading: Leading;
  /** The worker cannot go on. */
  readonly onFault: (error: unknown) => void;
  /** A lease of this worker's streams, and none that somebody else keeps in the table. */
  readonly isOurs: (lease: Lease) => boolean;
}

export interface Member extends Pick<Holdings, "held" | "works"> {
  /** Looks for the first time; resolves once the worker takes part. */
  start(): Promise<void>;
  /** Finishes what has begun, gives everything back, and resolves. */
  stop(): Promise<void>;
  /** Stops at once, and writes nothing more. */
  abandon(): void;
}

/** As KCL has it: what a timer may be late. */
const epsilon = 25;
const shortestLook = 1000;
const writesAtOnce = 10;

export function member(options: MemberOptions): Member {
  const { table, me, clock, random, failoverMs, leading, tell } = options;
  const mine = holdings({ ...options, isAssigned: () => fleet.isAssigned }, lookSoon);
  const { held, works, ending } = mine;
  const seen = observations(clock, failoverMs);
  const fleet = standing({ ...options, seen });
  const beatEvery = Math.min(failoverMs / 3 - epsilon, options.checkpointEveryMs);
  let rows: ReadonlyMap<string, Row> = new Map();
  let leases: readonly Lease[] = [];
  let stopping = false;
  let looking: Promise<void> = Promise.resolve();
  let lastTakenAway: Moment | undefined;
  let cancelLook = () => {};
  let cancelBeat = () => {};

  async function look(): Promise<void> {
    const found = await table.scan();
    rows = new Map(found.flatMap((row) => (leaseIn(row) ? [[leaseIn(row)!.key, row]] : [])));
    leases = found.flatMap((row) => leaseIn(row) ?? []).filter(options.isOurs);
    seen.see(leases);
    for (const lease of leases) held.get(lease.key)?.notice(lease);
    if (stopping) return;
    await fleet.see(found);
    const isLed = fleet.isAssigned && !fleet.leads;
    const leads = fleet.isAssigned ? fleet.leads : leadsAmong(leases, me);
    if (!isLed && (await leading.dropEarlier(leases))) return await look();
    if (fleet.leads && (await fleet.assign(leases))) lookSoon();
    await atMost(writesAtOnce, wanted(), ([lease, write]) => acquire(lease, write));
    if (stopping) return;
    await mine.startReady();
    // Last, so that a stream that cannot be listed keeps nothing of the others. Of a table without leases anybody makes them.
    if ((!isLed || leases.length === 0) && (await leading.fill(leases, leads))) lookSoon();
    if (!isLed) await leading.cleanUp(leases, leads);
  }

  function lookAfter(ms: number): void {
    cancelLook();
    cancelLook = clock.after(ms, () => {
      looking = look()
        .catch((error) => {
          if (error instanceof StreamMadeAgain) options.onFault(error);
          else tell({ type: "trouble", doing: "looking at the lease table", error });
        })
        .finally(() => {
          if (!stopping) lookAfter(Math.min(lookEvery(), seen.nextExpiry()));
        });
    });
  }

  /** Once a second. Where there are many leases and workers, so much less often that looking costs little beside renewing, and never so rarely that a leader would miss this worker. */
  function lookEvery(): number {
    const owners = new Set(leases.map(({ owner }) => owner)).size;
    const inTime = fleet.isAssigned ? metricsEvery / 3 : Number.POSITIVE_INFINITY;
    return Math.max(shortestLook, Math.min(failoverMs / 3, leases.length * owners, inTime));
  }

  function lookSoon(): void {
    const again = () => !stopping && lookAfter(0);
    void looking.then(again, again);
  }

  /** Among them what somebody has asked for before this worker has found it: nobody is at work on it, so it goes on at once. */
  function wanted(): (readonly [Lease, RowWrite])[] {
    const unready = new Set([...ending, ...held.keys()]);
    const passedOn = leases
      .filter((lease) => lease.checkpointOwner === me && !unready.has(lease.key))
      .map((lease) => [lease, handOver(lease, me, undefined)] as const);
    const given = leases.filter(
      (lease) => lease.owner === me && !isAtEnd(lease) && !unready.has(lease.key) && isFree(lease),
    );
    if (fleet.isAssigned) {
      // What is in a handoff is the leader's to end.
      const assigned = given.filter(({ checkpointOwner }) => checkpointOwner === undefined);
      return [...passedOn, ...assigned.map((lease) => [lease, take(lease, me)] as const)];
    }
    const { free, ask, away } = wantedLeases(leases, seen, {
      ...{ me, random, unready },
      maxLeases: options.maxLeases,
      mayTakeAway: mayTakeAway(),
    });
    if (away.length > 0) lastTakenAway = momentOf(clock);
    return [
      ...passedOn,
      ...[...given, ...free, ...away].map((lease) => [lease, take(lease, me)] as const),
      ...ask.map((lease) => [lease, askForHandoff(lease, me)] as const),
    ];
  }

  /** Under this worker's name and not at work elsewhere: it was handed over, or who was asked for it has died. */
  const isFree = (lease: Lease) => lease.checkpointOwner === undefined || seen.isFree(lease);

  /** As often as KCL 2 does. */
  const mayTakeAway = () =>
    lastTakenAway === undefined || atMostSince(lastTakenAway, clock) > (failoverMs + epsilon) * 2;

  async function acquire(lease: Lease, write: RowWrite): Promise<void> {
    const since = momentOf(clock);
    const { leaseCounter, leaseOwner } = write.set ?? {};
    const isTaken = leaseCounter !== undefined && leaseOwner !== undefined;
    try {
      const done = await table.write(write);
      if (done && isTaken) mine.hold(lease, written(rows.get(lease.key), write)!, since);
    } catch (error) {
      // If it has happened, the next look shows the lease under our name.
      tell({ type: "trouble", doing: `taking the lease ${lease.key}`, error });
    }
  }

  function keepAlive(): void {
    cancelBeat = clock.after(beatEvery, () => {
      keepAlive();
      void mine.beat();
    });
  }

  function abandon(): void {
    stopping = true;
    cancelLook();
    cancelBeat();
    mine.abandon();
  }

  async function stop(): Promise<void> {
    stopping = true;
    cancelLook();
    await looking.catch(() => {});
    await fleet.leave();
    await mine.giveBackAll();
    abandon();
  }

  return {
    held,
    works,
    async start() {
      // A look that takes long has leases before it is over.
      keepAlive();
      const patience = { clock, tell, isOver: () => stopping };
      looking = patiently("looking at the lease table", patience, look);
      try {
        await looking;
      } catch (error) {
        // What it has taken before would be nobody's for a while.
        await stop();
        throw error;
      }
      if (!stopping) lookAfter(shortestLook);
    },
    stop,
    abandon,
  };
}
