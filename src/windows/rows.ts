import type { AnyAggregate, ResultOf } from "./aggregate.ts";
import type { Definition } from "./definition.ts";
import type { Group } from "./group.ts";
import { type Key, keyOf } from "./keys.ts";

/** What every row has. */
export interface RowHead {
  /** The same whenever this row is made, and no other row's: sinks deduplicate by it. */
  readonly id: string;
  readonly key: Key;
  /** When the window began, in epoch milliseconds. It belongs to the window. */
  readonly start: number;
  /** When it ended, in epoch milliseconds. It belongs to the next, but for a sliding window: there it is the record's own time. */
  readonly end: number;
}

/** A row: its window, and what its aggregates came to, each by its name. */
export type Row<Aggregates extends Readonly<Record<string, AnyAggregate<any>>>> = RowHead & {
  readonly [Name in keyof Aggregates]: ResultOf<Aggregates[Name]>;
};

/** The row of a group. `origin` stands before its id: the consumer, the stream, the shard. */
export function rowOf<T>(
  group: Group,
  { aggregates, kind, names }: Definition<T>,
  source: string,
  shardId: string,
): RowHead {
  // Two rows of one key may have one time, where windows slide.
  const ordinal = kind === "sliding" ? `/${group.ordinal}` : "";
  const row: Record<string, unknown> = {
    id: `${source}/${group.origin ?? shardId}/${group.start}-${group.end}/${group.key}${ordinal}`,
    key: keyOf(group.key),
    start: group.start,
    end: group.end,
  };
  for (const [at, name] of names.entries()) row[name] = aggregates[at]!.result(group.states[at]);
  return row as unknown as RowHead;
}
