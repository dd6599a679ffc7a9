/** Which leases a worker should get next, in a fleet without a leader: KCL 2's rule, and a politer one among workers of shardmill. */
import type { Random } from "../../time/random.ts";
import { isAtEnd, type Lease, waiting } from "./lease.ts";
import type { Observations } from "./observe.ts";
import { isOurs } from "./worker-id.ts";

export interface TakeOptions {
  readonly me: string;
  readonly maxLeases: number;
  readonly random: Random;
  /** Whether it is time to take a lease away from a worker of the KCL, which learns of it at its next renewal only. */
  readonly mayTakeAway: boolean;
  /** Leases that this worker is not ready for: what it had begun of them has not ended. */
  readonly unready: ReadonlySet<string>;
}

export interface Wanted {
  /** Nobody has them. */
  readonly free: readonly Lease[];
  /** To be asked for: their owners finish what they do, and hand them over. */
  readonly ask: readonly Lease[];
  /** To be taken from owners that cannot be asked. */
  readonly away: readonly Lease[];
}

const nothing: Wanted = { free: [], ask: [], away: [] };

/**
 * Everybody gets the leases divided by the workers, rounded up. Free ones first, those that nobody took for long before
 * all and beyond the target, and those whose parents are not done after all; where none are free, some of the worker that has the most.
 */
export function wantedLeases(
  leases: readonly Lease[],
  seen: Observations,
  { me, maxLeases, random, mayTakeAway, unready }: TakeOptions,
): Wanted {
  const open = leases.filter((lease) => !isAtEnd(lease));
  const isFree = (lease: Lease) => seen.isFree(lease) && lease.owner !== me;
  const free = open.filter((lease) => isFree(lease) && !unready.has(lease.key));
  const counts = new Map<string, number>([[me, 0]]);
  for (const lease of open) {
    const { owner } = lease;
    if (owner === undefined || (owner !== me && seen.isFree(lease))) continue;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  const workers = counts.size;
  const mine = counts.get(me) ?? 0;
  const target = Math.min(maxLeases, workers >= open.length ? 1 : Math.ceil(open.length / workers));
  const need = target - mine;
  const waits = waiting(open);
  const drawn = (list: readonly Lease[]) =>
    shuffled(list, random).sort((a, b) => Number(waits.has(a)) - Number(waits.has(b)));
  const old = free.filter((lease) => seen.isVeryOld(lease));
  const oldTaken = drawn(old).slice(0, Math.max(0, Math.min(old.length, maxLeases - mine)));
  const others = free.filter((lease) => !oldTaken.includes(lease));
  const taken = [...oldTaken, ...drawn(others).slice(0, Math.max(0, need - oldTaken.length))];
  if (taken.length > 0 || free.length > 0) return { ...nothing, free: taken };
  if (need <= 0) return nothing;
  return fromTheMostLoaded(open, counts, { me, need, target, random, mayTakeAway });
}

function fromTheMostLoaded(
  open: readonly Lease[],
  counts: ReadonlyMap<string, number>,
  {
    me,
    need,
    target,
    random,
    mayTakeAway,
  }: Pick<TakeOptions, "me" | "random" | "mayTakeAway"> & {
    readonly need: number;
    readonly target: number;
  },
): Wanted {
  const [most, count] = [...counts]
    .filter(([owner]) => owner !== me && (mayTakeAway || isOurs(owner)))
    .reduce<readonly [string, number]>((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  const surplus = count - target;
  const number =
    surplus > 0 ? Math.min(need, surplus) : need > 1 && surplus === 0 && count > 0 ? 1 : 0;
  // What is on its way to somebody is left alone. KCL 2 leaves the mark of a handoff, whoever it takes the lease from.
  const candidates = open.filter(
    ({ owner, checkpointOwner }) =>
      owner === most && (checkpointOwner === undefined || !isOurs(owner)),
  );
  const chosen = shuffled(candidates, random).slice(0, isOurs(most) ? number : Math.min(1, number));
  return isOurs(most) ? { ...nothing, ask: chosen } : { ...nothing, away: chosen };
}

/** A shuffled copy. */
export function shuffled<T>(list: readonly T[], random: Random): T[] {
  const copy = [...list];
  for (let at = copy.length; at > 1; at--) {
    const other = Math.floor(random() * at);
    [copy[at - 1], copy[other]] = [copy[other]!, copy[at - 1]!];
  }
  return copy;
}
