/**
 * Which worker a leader of KCL 3 gives a lease to, and from whom it moves some away: KCL's rule. A worker that measures something goes by that,
 * against the fleet's average and its own limit; one that measures nothing by the throughput of its leases.
 */
import type { Random } from "../../time/random.ts";
import { type Lease, processing } from "./lease.ts";
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
  readonly leases: Set<Lease>;
  gauges: readonly Gauge[];
}

/** How far from the average a worker may be. */
const threshold = 0.1;
/** What is measured follows a move late, so only a part of the difference is moved at once. */
const dampening = 0.6;
/** Of those that measure nothing, in percent of an equal share. */
const throughput = "throughput";
const share = 100;
/** What a lease is by itself, in KiB a second: where hardly anything flows the number of leases counts, and nothing moves with each record. */
const own = 1;
/** Sums of fractions. */
const tolerance = 1 + 1e-9;

export function balance({ leases, isFree, workers, ...options }: BalanceOptions): Balance {
  if (leases.length === 0 || workers.length === 0) return { given: [], moved: [] };
  const known = leases.flatMap(({ throughputKBps }) => throughputKBps ?? []);
  const mean = known.length > 0 ? sum(known) / known.length : 0;
  const weight = ({ throughputKBps = mean }: Lease) => throughputKBps + own;
  const equal = sum(leases.map(weight)) / workers.length;
  const loadOf = (owned: Iterable<Lease>) => sum([...owned].map(weight));
  const held = leases.filter((lease) => !isFree(lease));
  const members = workers.map(({ worker, gauges }): Member => {
    const owned = new Set(held.filter((lease) => processing(lease) === worker));
    const value = (share * loadOf(owned)) / equal;
    const used = gauges.length > 0 ? gauges : [{ name: throughput, value, most: share }];
    return { worker, leases: owned, gauges: used };
  });
  const averages = averagesOf(members);
  const averageOf = ({ name }: Pick<Gauge, "name">) => averages.get(name)!;
  const given: Assignment[] = [];
  const moved: Assignment[] = [];

  /** How much more it can have, as a part of what it has. */
  const room = ({ gauges }: Member) =>
    Math.min(
      ...gauges.map((gauge) =>
        gauge.value > 0 ? averageOf(gauge) / gauge.value - 1 : Number.POSITIVE_INFINITY,
      ),
    );

  function roomiest(except?: Member): Member | undefined {
    return members
      .filter((one) => one !== except && one.leases.size < options.maxLeases)
      .map((one) => ({ one, room: room(one) }))
      .sort((a, b) =>
        a.room === b.room ? a.one.leases.size - b.one.leases.size : b.room - a.room,
      )[0]?.one;
  }

  const gaugesWith = ({ gauges }: Member, lease: Lease): readonly Gauge[] =>
    gauges.map((gauge) => {
      const more = (weight(lease) * averageOf(gauge)) / equal;
      return { ...gauge, value: gauge.value + more };
    });

  function add(to: Member, lease: Lease): void {
    to.gauges = gaugesWith(to, lease);
    to.leases.add(lease);
  }

  function give(): void {
    for (const lease of leases.filter(isFree).sort((a, b) => weight(b) - weight(a))) {
      const to = roomiest();
      if (!to) return;
      add(to, lease);
      given.push([lease, to.worker]);
    }
  }

  /** By how much those that have too much of it exceed the average, in throughput. */
  function excess(name: string): (readonly [Member, number])[] {
    const average = averageOf({ name });
    const having = members.flatMap((one) => {
      const gauge = one.gauges.find((each) => each.name === name);
      return gauge
        ? [{ one, value: gauge.value, isOver: gauge.value > gauge.most * tolerance }]
        : [];
    });
    const [low, high] = [average * (1 - threshold), average * (1 + threshold)];
    if (!having.some(({ value, isOver }) => isOver || value > high || value < low)) return [];
    const hot = having.filter(({ value, isOver }) => isOver || value >= high);
    const most = having.reduce((a, b) => (b.value > a.value ? b : a));
    return (hot.length > 0 ? hot : [most]).map(({ one, value }) => {
      const part = value > average ? (value - average) / value : 0;
      return [one, loadOf(one.leases) * part * (name === throughput ? 1 : dampening)];
    });
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
    const byGauge = [...averages.keys()].map(excess);
    const worst = byGauge.reduce((a, b) => (much(b) > much(a) ? b : a));
    for (const [from, more] of worst.filter(([, more]) => more > 0).sort(([, a], [, b]) => b - a)) {
      for (const lease of chosenOf(from, more)) {
        const to = roomiest(from);
        if (!to || gaugesWith(to, lease).some((one) => isTooMuch(one, averageOf(one)))) break;
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

const much = (excesses: readonly (readonly [Member, number])[]) =>
  sum(excesses.map(([, more]) => more));

const isTooMuch = ({ value, most }: Gauge, average: number) =>
  value > Math.min(average, most) * tolerance;

/** By the name of what is measured. Of throughput it is what an equal share is, also before anything is assigned. */
function averagesOf(members: readonly Member[]): ReadonlyMap<string, number> {
  const values = new Map<string, number[]>();
  for (const { name, value } of members.flatMap(({ gauges }) => gauges)) {
    values.set(name, [...(values.get(name) ?? []), value]);
  }
  return new Map(
    [...values].map(([name, all]) => [name, name === throughput ? share : sum(all) / all.length]),
  );
}
