/** What of a lane goes next: the entries of PutRecords that are made of its first records. */
import { kplAggregator } from "../kpl/aggregator.ts";
import { framed } from "../kpl/deaggregate.ts";
import { type Lane, type Pending, takeFrom } from "./lane.ts";

/** A record of the stream. */
export interface Entry {
  readonly pending: readonly Pending[];
  readonly partitionKey: string;
  readonly explicitHashKey: string | undefined;
  readonly data: Uint8Array;
  /** Of data and key. */
  readonly bytes: number;
  /** All of `pending` goes where the first of them belongs. */
  readonly isPacked: boolean;
}

export interface EntryLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** Whether the data is an aggregate that somebody else has made. */
export const isAggregate = (data: Uint8Array): boolean => framed(data) !== undefined;

/**
 * One aggregate of the lane's first records: as many as fit. What is an aggregate already, or may be what a request was refused
 * for, goes alone.
 */
export function packedEntry(
  lane: Lane,
  limits: { readonly maxSize: number; readonly maxCount: number },
): Entry {
  const aggregator = kplAggregator({
    aggregationMaxSize: limits.maxSize,
    aggregationMaxCount: limits.maxCount,
  });
  const pending: Pending[] = [];
  takeFrom(lane, (next) => {
    const goesAlone = next.isAggregate || next.isSuspect;
    if (goesAlone && pending.length > 0) return "stop";
    if (pending[0] && (pending[0].isAggregate || pending[0].isSuspect)) return "stop";
    if (!aggregator.add(next.record)) return "stop";
    pending.push(next);
    return "take";
  });
  const { partitionKey, explicitHashKey, data } = aggregator.take()!;
  const bytes = data.length + (pending.length > 1 ? 1 : Buffer.byteLength(partitionKey));
  const isPacked = pending.length > 1;
  return { pending, partitionKey, explicitHashKey, data, bytes, isPacked };
}

/** A lane of few keys is not searched to its end for others. */
const lookedAt = 2000;

/** The lane's first records, each an entry; with `isOrdered` each key once. */
export function plainEntries(lane: Lane, limits: EntryLimits, isOrdered: boolean): Entry[] {
  const entries: Entry[] = [];
  const keys = new Set<string>();
  let looked = 0;
  let bytes = 0;
  takeFrom(lane, (next) => {
    if (entries.length >= limits.entries || looked++ >= lookedAt) return "stop";
    if (next.isSuspect && entries.length > 0) return "stop";
    if (entries[0]?.pending[0]?.isSuspect) return "stop";
    const { partitionKey, explicitHashKey, data } = next.record;
    if (isOrdered && keys.has(partitionKey)) return "leave";
    if (entries.length > 0 && bytes + next.bytes > limits.bytes) return "stop";
    keys.add(partitionKey);
    bytes += next.bytes;
    entries.push({
      ...{ pending: [next], partitionKey, explicitHashKey, data, bytes: next.bytes },
      isPacked: false,
    });
    return "take";
  });
  return entries;
}
