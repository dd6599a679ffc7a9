/** The records of one key that a sliding window may still have to look back at. */

/** What the aggregates took from one record, undefined where nothing. */
export interface Seen {
  readonly time: number;
  readonly inputs: readonly unknown[];
}

/** By time; those of one time in the order in which they came. */
export interface Trail {
  readonly seen: Seen[];
  /** How many at the end the log was not told of: only while they came in order. */
  bytes: number;
}

/** The first place whose time is at least, or greater than, the given one. */
export function placeOf(seen: readonly Seen[], time: number, isAfter: boolean): number {
  let low = 0;
  let high = seen.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const is = seen[middle]!.time;
    if (is < time || (isAfter && is === time)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Puts a record behind those of its time. Returns where. */
export function putSeen(trail: Trail, one: Seen): number {
  const place = placeOf(trail.seen, one.time, true);
  trail.seen.splice(place, 0, one);
  trail.bytes += sizeOfSeen(one);
  return place;
}

/** Forgets what no window can look back at. */
export function forgetBefore(trail: Trail, time: number): number {
  const place = placeOf(trail.seen, time, false);
  if (place === 0) return 0;
  let bytes = 0;
  for (const one of trail.seen.splice(0, place)) bytes += sizeOfSeen(one);
  trail.bytes -= bytes;
  return bytes;
}

export const sizeOfSeen = ({ inputs }: Seen): number =>
  inputs.reduce<number>((sum, input) => sum + sizeOfInput(input), 64);

export const sizeOfInput = (input: unknown): number =>
  typeof input === "string" ? 24 + 2 * input.length : 16;
