import type { AnyAggregate } from "./aggregate.ts";
import type { ByteWriter } from "./bytes.ts";

/** The records of one key in one window, as far as they have come. */
export interface Group {
  /** Its number, never given twice within a log. */
  readonly slot: number;
  /** See `keyText`. */
  readonly key: string;
  /** Where it is found as long as it is open. */
  place: KeyPlace | undefined;
  start: number;
  /** When it closes, not counting what may come late; only of a sliding window is its own end part of it. */
  end: number;
  /** By aggregate. */
  readonly states: unknown[];
  /** What it takes in memory, nearly. */
  bytes: number;
  /** Of a sliding window: how many rows of its key and its time came before. Else 0. */
  readonly ordinal: number;
  /** Where its row was due first, if that was in another shard: the row's id says so. */
  readonly origin: string | undefined;
  /** Its row is due. */
  isClosed: boolean;
  /** Its row is done, or it has become part of another. */
  isGone: boolean;
  /** The log does not know of it. */
  isNew: boolean;
  /** The log knows another start or end. */
  isMoved: boolean;
  /** It is among the news. */
  isTold: boolean;
  /** By aggregate, what came since the log was told: only of large ones, and not where two groups have become one. */
  news: (Inputs | undefined)[] | undefined;
}

/** A key, and its open groups, the earliest first record first. */
export interface KeyPlace {
  readonly key: string;
  open: readonly Group[];
}

/** Inputs, written one behind the other. */
export interface Inputs {
  count: number;
  readonly bytes: ByteWriter;
}

/** What a group takes besides its aggregates: the object, its places in lists, its key. */
const besides = ({ key }: Pick<Group, "key">) => 200 + 2 * key.length;

/** What its aggregates take, nearly, in bytes: a part of `bytes`. */
export const sizeOfStates = (group: Group): number => group.bytes - besides(group);

export const sizeOfGroup = (aggregates: readonly AnyAggregate<never>[], group: Group): number => {
  const { states } = group;
  let bytes = besides(group);
  for (let at = 0; at < states.length; at++) bytes += aggregates[at]!.sizeOf(states[at]);
  return bytes;
};

/** In the order of windows: which ends first; then which begins first; then whose first record came first. */
export const compareWindows = (a: Group, b: Group): number =>
  a.end - b.end || a.start - b.start || a.slot - b.slot;
