/**
 * What is written into the lease table, and on which condition: those of the Kinesis Client Library, one function each.
 *
 *     write                condition                                             effect
 *     create               no such row                                           the lease, without an owner
 *     renew                leaseCounter as seen, checkpointOwner absent;          +1
 *                          ours: leaseOwner as seen
 *     checkpoint           the same                                              +1, the position, no switches, nothing pending
 *     take                 leaseCounter as seen                                  +1, leaseOwner, no checkpointOwner
 *     ask for a handoff    leaseOwner as seen, checkpointOwner absent             leaseOwner = who asks, checkpointOwner = who has it
 *     end a handoff        leaseCounter as seen, checkpointOwner mine             +1, no checkpointOwner, the position with it
 *     release              leaseCounter as seen, leaseOwner mine                 +1, no leaseOwner, the position with it
 *     set hash keys        the row is there                                      startingHashKey, endingHashKey
 *     delete               none, as it is; ours: leaseCounter as seen             no row
 *
 * Whoever hands a lease over leaves the condition on checkpointOwner out: it is there, and names him.
 * KCL 2.x knows no checkpointOwner and renews on leaseCounter alone; each names only attributes that it changes, so all share a table.
 */
import {
  type Checkpoint,
  checkpointAttributes,
  type HashKeys,
  type Lease,
  type NewLease,
  newRow,
  set,
} from "./lease.ts";
import { number, type Row, type RowWrite, text, type Value } from "./row.ts";

/** What only a checkpoint in two steps leaves behind. */
const pending = [
  "pendingCheckpoint",
  "pendingCheckpointSubSequenceNumber",
  "pendingCheckpointState",
];

export const create = (lease: NewLease): RowWrite => ({
  key: lease.key,
  kind: "put",
  expect: { leaseKey: undefined },
  set: newRow(lease),
});

/** What the owner knows besides, when it writes. */
export interface Signs {
  /** KiB a second; absent before KCL 3. */
  readonly throughputKBps?: number | undefined;
  /** A handoff of this lease is known, and it is mine to end. */
  readonly handing?: boolean;
}

/** A row that was removed and made anew may have the same counter, and another's name. */
const asHeld = ({ counter, owner }: Lease, { handing = false }: Signs): RowWrite["expect"] => ({
  leaseCounter: number(counter),
  ...(!handing && { leaseOwner: ownerValue(owner), checkpointOwner: undefined }),
});

const signs = ({ throughputKBps }: Signs): Row =>
  throughputKBps === undefined ? {} : { throughputKBps: number(throughputKBps.toFixed(6)) };

export const renew = (lease: Lease, known: Signs = {}): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: asHeld(lease, known),
  set: { leaseCounter: number(lease.counter + 1), ...signs(known) },
});

export const checkpoint = (
  lease: Lease,
  to: Checkpoint,
  known: Signs & { readonly children?: readonly string[] } = {},
): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: asHeld(lease, known),
  set: {
    leaseCounter: number(lease.counter + 1),
    ...moved(to),
    ...set("childShardIds", known.children ?? lease.children),
    ...signs(known),
  },
  remove: pending,
});

export const take = (lease: Lease, worker: string): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: { leaseCounter: number(lease.counter) },
  set: {
    leaseCounter: number(lease.counter + 1),
    leaseOwner: text(worker),
    ...switched(lease, worker),
  },
  remove: ["checkpointOwner"],
});

/** The counter stays: it is the old owner's, who goes on renewing. */
export const askForHandoff = (lease: Lease, worker: string): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: { leaseOwner: ownerValue(lease.owner), checkpointOwner: undefined },
  exists: true,
  set: {
    leaseOwner: text(worker),
    ...(lease.owner !== undefined && { checkpointOwner: text(lease.owner) }),
  },
});

/** The old owner ends a handoff, at once with the last position. */
export const handOver = (lease: Lease, worker: string, to: Checkpoint | undefined): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: { leaseCounter: number(lease.counter), checkpointOwner: text(worker) },
  set: { leaseCounter: number(lease.counter + 1), ...(to && moved(to)) },
  remove: ["checkpointOwner", ...(to ? pending : [])],
});

/** What a stop leaves: the row as KCL's eviction leaves it, at once with the last position. */
export const release = (lease: Lease, worker: string, to: Checkpoint | undefined): RowWrite => ({
  key: lease.key,
  kind: "update",
  expect: { leaseCounter: number(lease.counter), leaseOwner: text(worker) },
  set: {
    leaseCounter: number(lease.counter + 1),
    ...(to && moved(to)),
  },
  remove: ["leaseOwner", "checkpointOwner", ...(to ? pending : [])],
});

/** The counter stays: anybody may write it, as it never changes. */
export const setHashKeys = ({ key }: Lease, { starting, ending }: HashKeys): RowWrite => ({
  ...{ key, kind: "update", expect: {}, exists: true },
  set: { startingHashKey: text(starting), endingHashKey: text(ending) },
});

export const remove = (lease: Lease): RowWrite => ({
  key: lease.key,
  kind: "delete",
  expect: { leaseCounter: number(lease.counter) },
});

const ownerValue = (owner: string | undefined): Value | undefined =>
  owner === undefined ? undefined : text(owner);

const moved = (to: Checkpoint): Row => ({
  ...checkpointAttributes(to),
  ownerSwitchesSinceCheckpoint: number(0),
});

function switched(
  { owner, checkpointOwner, ownerSwitchesSinceCheckpoint }: Lease,
  to: string,
): Row {
  // From nobody is no switch.
  const isAnother = (owner !== undefined && owner !== to) || checkpointOwner === to;
  return isAnother
    ? { ownerSwitchesSinceCheckpoint: number(ownerSwitchesSinceCheckpoint + 1) }
    : {};
}
