/**
 * Which worker a leader of KCL 3 gives a lease to, and from whom it moves some away: what flows is divided evenly, and nobody is given what takes it beyond a
 * limit of its own. KCL compares what workers measure with the average of the fleet. Ours measure nothing, and lead: an average of some says
 * nothing of the others.
 */
import type { Random } from "../../time/random.ts";
import { type Lease, waiting } from "./lease.ts";
import type { Gauge, WorkerMetrics } from "./metrics-row.ts";
import { shuffled } from "./take.ts";

export interface BalanceOptions {
  /** Those that are not at their end. */
  readonly leases: readonly Lease[];
  readonly isFree: (lease: Lease) => boolean;
  /** Who is there. */
  readonly workers: readonly Pick<WorkerMetrics, "worker" | "gauges">[];
  /** Of one worker. */
  readonly maxLeases: number;
  /** Whether leases that somebody has are moved. */
  readonly moves: boolean;
  readonly random: Random;
}

/** A lease, and who is to have it. */
export type Assignment = readonly [lease: Lease, worker: string];

export interface Balance {
  /** Of leases that nobody has. */
  readonly given: readonly Assignment[];
  /** Of leases whose owners live. */
  readonly moved: readonly Assignment[];
}

interface Member {
  readonly worker: string;
  readonly gauges: readonly Gauge[];
  readonly leases: Set<Lease>;
  /** KiB a second: now, and when it was measured. */
  load: number;
  readonly before: number;
}

/** How far from its share a worker may be. */
const threshold = 0.1;
/** What is measured follows a move late, so only a part of the difference is moved at once. */
const dampening = 0.6;
/** What a lease is by itself, in KiB a second: where hardly anything flows the number of leases counts, and nothing moves with each record. */
const own = 1;
/** Sums of fractions. */
const tolerance = 1 + 1e-9;

export function balance({ leases, isFree, workers, ...options }: BalanceOptions): Balance {
  if (leases.length === 0 || workers.length === 0) return { given: [], moved: [] };
  const known = leases.flatMap(({ throughputKBps }) => throughputKBps ?? []);
  const mean = known.length > 0 ? sum(known) / known.length : 0;
  const weight = ({ throughputKBps = mean }: Lease) => throughputKBps + own;
  const free = leases.filter(isFree);
  const held = leases.filter((lease) => !isFree(lease));
  const members = workers.map(({ worker, gauges }): Member => {
    // What is on its way to a worker is its already: whoever comes meanwhile is not passed over.
    const owned = held.filter(({ owner }) => owner === worker);
    const load = sum(owned.map(weight));
    return { worker, gauges, leases: new Set(owned), load, before: load };
  });
  // What others have, who are not there or are not led, cannot be divided.
  const share = sum([...members.map(({ load }) => load), ...free.map(weight)]) / members.length;
  const given: Assignment[] = [];
  const moved: Assignment[] = [];

  /** With so much more than it has. */
  const isBeyond = ({ gauges, load, before }: Member, more = 0) =>
    gauges.some(({ value, most }) => {
      const expected = before > 0 ? (value * (load + more)) / before : value;
      return expected > most * tolerance;
    });

  /** Who has least to do, and rather one that stays within its limits. */
  function leastFor(lease: Lease, except?: Member): Member | undefined {
    return members
      .filter((one) => one !== except && one.leases.size < options.maxLeases)
      .map((one) => ({ one, beyond: Number(isBeyond(one, weight(lease))) }))
      .sort((a, b) => a.beyond - b.beyond || a.one.load - b.one.load)[0]?.one;
  }

  function add(to: Member, lease: Lease): void {
    to.load += weight(lease);
    to.leases.add(lease);
  }

  function give(): void {
    const waits = waiting(leases);
    const rank = (lease: Lease) => Number(waits.has(lease));
    for (const lease of free.sort((a, b) => rank(a) - rank(b) || weight(b) - weight(a))) {
      const to = leastFor(lease);
      if (!to) return;
      add(to, lease);
      given.push([lease, to.worker]);
    }
  }

  /** What it has too much, in KiB a second. */
  function excess({ load, gauges }: Member): number {
    const beyond = gauges.map(({ value, most }) => (value - most) / value);
    return Math.max(load - share, load * dampening * Math.max(0, ...beyond));
  }

  function chosenOf({ leases: owned }: Member, much: number): Lease[] {
    // What is on its way is left alone, and so is what was given just now.
    const movable = [...owned].filter(
      (lease) => lease.checkpointOwner === undefined && !isFree(lease),
    );
    let left = much * tolerance;
    const chosen = shuffled(movable, options.random).filter((lease) => {
      if (weight(lease) > left) return false;
      left -= weight(lease);
      return true;
    });
    if (chosen.length > 0 || movable.length === 0) return chosen;
    return [movable.reduce((a, b) => (weight(b) < weight(a) ? b : a))];
  }

  function move(): void {
    const isAway = ({ load }: Member) => Math.abs(load - share) > share * threshold;
    if (!members.some((one) => isAway(one) || isBeyond(one))) return;
    const having = members.map((from) => ({ from, more: excess(from), hot: isBeyond(from) }));
    for (const { from, more, hot } of having.sort((a, b) => b.more - a.more)) {
      if (more <= 0) return;
      // To relieve one that is beyond its limits, others may have more than their share.
      const most = share * (hot ? 1 + threshold : 1) * tolerance;
      for (const lease of chosenOf(from, more)) {
        const to = leastFor(lease, from);
        if (!to || to.load + weight(lease) > most || isBeyond(to, weight(lease))) break;
        add(to, lease);
        moved.push([lease, to.worker]);
      }
    }
  }

  give();
  if (options.moves) move();
  return { given, moved };
}

const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
