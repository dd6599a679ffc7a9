import { compareWindows, type Group } from "./group.ts";
import type { WindowMachine } from "./machine.ts";

/** A shard that has ended, and its windows as it left them. */
export interface Parent<T> {
  readonly shardId: string;
  readonly machine: WindowMachine<T>;
  /** Whether the key's records come to the shard that takes over now. */
  readonly owns: (key: string) => boolean;
}

/**
 * Takes over from a shard's parents what is of its keys: their time, the latest of both; the rows that are due, under the ids that they had
 * there; and what is open. Where both parents have a window of one key, which only happens if it is no partition key, the two become one.
 */
export function inherit<T>(machine: WindowMachine<T>, parents: readonly Parent<T>[]): void {
  const { definition } = machine;
  for (const parent of parents) {
    const { owns } = parent;
    for (const group of parent.machine.due) {
      if (owns(group.key)) {
        copy(machine, group, group.origin ?? parent.shardId);
      }
    }
    const open = [...parent.machine.groups.values()].filter(({ isClosed }) => !isClosed);
    for (const group of open) if (owns(group.key)) takeOpen(machine, group);
    for (const [key, { seen }] of parent.machine.trails) {
      if (owns(key)) for (const one of seen) machine.restoreSeen(key, one);
    }
  }
  machine.due.sort(definition.kind === "sliding" ? (a, b) => a.slot - b.slot : compareWindows);
  machine.advance(Math.max(...parents.map((parent) => parent.machine.watermark)));
}

function takeOpen<T>(machine: WindowMachine<T>, group: Group): void {
  const { kind } = machine.definition;
  const isMet = ({ start, end }: Group) =>
    kind === "session"
      ? start < group.end && group.start < end
      : start === group.start && end === group.end;
  const known = machine.openOf(group.key).find(isMet);
  const taken = copy(machine, group, undefined);
  if (known) machine.join(known, taken);
}

function copy<T>(machine: WindowMachine<T>, group: Group, origin: string | undefined): Group {
  const taken = machine.open(group.key, group, undefined, group.isClosed, origin);
  for (const [at, aggregate] of machine.definition.aggregates.entries()) {
    taken.states[at] = aggregate.merge(taken.states[at], group.states[at]);
  }
  // It is written as it is: what it was made of is not known here.
  taken.news = undefined;
  machine.resize(taken);
  return taken;
}
