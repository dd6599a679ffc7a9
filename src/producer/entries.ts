/** What of a lane goes next: the entries of PutRecords that are made of its first records. */
import { seal, write } from "../kpl/aggregate.ts";
import { add, type Draft, newDraft } from "../kpl/draft.ts";
import { firstIn, type Lane, takeFrom } from "./lane.ts";
import { isAggregate, type Pending } from "./pending.ts";

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

/** How many there are at most, and how large; those of an aggregate, or of a request. */
export interface Most {
  readonly maxCount: number;
  readonly maxSize: number;
}

/**
 * Aggregates of the lane's first records, so many at most, each key in one of them; until one of them is full. What is an aggregate
 * already, or may be what a request was refused for, goes alone. Together they are no larger than `room`, but for the first record.
 */
export function packedEntries(
  lane: Lane,
  { maxSize, maxCount }: Most,
  most: number,
  room: number,
): Entry[] {
  const drafts = Array.from({ length: most }, () => newDraft<Pending>());
  const first = firstIn(lane)!;
  const isAlone = (one: Pending) => one.isSuspect || isAggregate(one);
  const isFirstAlone = isAlone(first);
  let left = room;
  takeFrom(lane, (next) => {
    if (next !== first && (isFirstAlone || isAlone(next))) return "stop";
    const draft = drafts[next.key.hashKey.charCodeAt(31) % most]!;
    const { length } = draft.records;
    if (length === 0) left -= Math.max(maxSize + 1, next.bytes);
    if (next !== first && left < 0) return "stop";
    return length < maxCount && add(draft, next, maxSize) ? "take" : "stop";
  });
  return drafts.filter(({ records }) => records.length > 0).map(packed);
}

function packed(draft: Draft<Pending>): Entry {
  const pending = draft.records;
  const first = pending[0]!;
  if (pending.length < 2) return plain(first);
  const data = write(draft);
  seal(data);
  const explicitHashKey = BigInt(`0x${first.hashKey}`).toString();
  const bytes = data.length + 1;
  return { pending, partitionKey: "a", explicitHashKey, data, bytes, isPacked: true };
}

function plain(one: Pending): Entry {
  const { partitionKey, explicitHashKey, data, bytes } = one;
  return { pending: [one], partitionKey, explicitHashKey, data, bytes, isPacked: false };
}

/** A lane of few keys is not searched to its end for others. */
const lookedAt = 2000;

/** The lane's first records, each an entry; with `isOrdered` each key once. */
export function plainEntries(lane: Lane, { maxCount, maxSize }: Most, isOrdered: boolean): Entry[] {
  const first = firstIn(lane)!;
  const keys = new Set<string>();
  let [looked, entries, bytes] = [0, 0, 0];
  return takeFrom(lane, (next) => {
    const isFull = entries >= maxCount || bytes + next.bytes > maxSize;
    if (next !== first && (isFull || looked++ >= lookedAt || next.isSuspect || first.isSuspect)) {
      return "stop";
    }
    if (isOrdered && keys.has(next.partitionKey)) return "leave";
    keys.add(next.partitionKey);
    entries++;
    bytes += next.bytes;
    return "take";
  }).map(plain);
}
