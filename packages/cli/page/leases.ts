/** Workers and their leases, as the page keeps them: each as it was told last, and who had it before. */
import { decodeSequenceNumber } from "../../../src/record/sequence-number.ts";
import type { LeaseTold } from "../src/events/dev-event.ts";

export interface LeaseView {
  told: LeaseTold;
  /** When the owner has shown last that it lives: the row was written. */
  aliveAt: number;
}

/** A lease went from one to another. */
export interface LeaseChange {
  readonly at: number;
  readonly shardId: string;
  readonly text: string;
}

export interface LeaseTableView {
  readonly table: string;
  readonly leases: Map<string, LeaseView>;
  /** Newest first. */
  readonly changes: LeaseChange[];
}

const mostChanges = 50;

export function applyLease(tables: Map<string, LeaseTableView>, event: LeaseTold): void {
  const { at, key, shardId, table } = event;
  const view: LeaseTableView = tables.get(table) ?? { table, leases: new Map(), changes: [] };
  tables.set(table, view);
  const before = view.leases.get(key);
  const text = changeText(before?.told, event);
  if (text !== undefined) view.changes.unshift({ at, shardId, text });
  view.changes.length = Math.min(view.changes.length, mostChanges);
  view.leases.set(key, { told: event, aliveAt: at });
}

/** What happened to a lease between two looks at it. Undefined: its owner has gone on, and no more. */
export function changeText(before: LeaseTold | undefined, now: LeaseTold): string | undefined {
  const { checkpoint, handedBy, owner } = now;
  if (checkpoint === "SHARD_END" && before && before.checkpoint !== checkpoint) {
    return `${before.owner ?? "Somebody"} has read it to its end.`;
  }
  if (handedBy !== undefined) {
    return before?.handedBy === handedBy ? undefined : `${handedBy} hands it to ${owner}.`;
  }
  if (before?.owner === owner && before?.handedBy === undefined) return undefined;
  if (owner === undefined) return before ? `${before.owner} has given it back.` : undefined;
  if (before?.handedBy !== undefined) return `${owner} has it, handed over by ${before.handedBy}.`;
  return before?.owner === undefined
    ? `${owner} has taken it.`
    : `${owner} has it now, and ${before.owner} had it before.`;
}

/** How many records of its shard are not done; undefined where that is not known. */
export function leaseLag(
  { checkpoint }: LeaseTold,
  shard: { readonly records: number; readonly newest: bigint } | undefined,
): number | undefined {
  if (!shard) return undefined;
  if (checkpoint === "TRIM_HORIZON") return shard.records;
  const index = decodeSequenceNumber(checkpoint)?.index;
  return index === undefined ? undefined : Math.max(0, Number(shard.newest - index));
}
