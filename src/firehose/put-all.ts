import { describeError } from "../observe/log.ts";
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";

export interface PutAll<Entry> {
  readonly entries: readonly Entry[];
  readonly bytesOf: (entry: Entry) => number;
  /** The most entries, and the most bytes, in one call. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** One call. What went wrong with each of its entries, in their order; undefined for those that are in. */
  readonly put: (entries: readonly Entry[]) => Promise<readonly (string | undefined)[]>;
  /** How often an entry is tried. */
  readonly maxAttempts: number;
  readonly remainingMs: () => number;
  readonly clock: Clock;
  readonly random: Random;
}

const firstWaitMs = 100;
const longestWaitMs = 5000;

/**
 * Puts entries with a call that takes some at a time and may fail for some of them: only those are tried again.
 * Resolves to what went wrong with the entries that are not in, by their place.
 */
export async function putAll<Entry>(put: PutAll<Entry>): Promise<Map<number, string>> {
  const { clock, entries, maxAttempts, random, remainingMs } = put;
  const refused = new Map<number, string>();
  let left = [...entries.keys()];
  for (let attempt = 1; ; attempt++) {
    const again: number[] = [];
    for (const places of chunksOf(left, put)) {
      const outcome = await putSome(put, places);
      outcome.errors.forEach((error, at) => {
        const place = places[at]!;
        if (error === undefined) refused.delete(place);
        else refused.set(place, error);
        if (error !== undefined && !outcome.isFinal) again.push(place);
      });
    }
    left = again;
    const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (0.5 + random() / 2);
    if (left.length === 0 || attempt >= maxAttempts || remainingMs() <= wait) return refused;
    await clock.sleep(wait);
  }
}

interface PutOutcome {
  readonly errors: readonly (string | undefined)[];
  /** Whether trying again is pointless. */
  readonly isFinal: boolean;
}

async function putSome<Entry>(
  { entries, put, remainingMs }: PutAll<Entry>,
  places: readonly number[],
): Promise<PutOutcome> {
  if (remainingMs() <= 0) {
    return { errors: places.map(() => "There was no time left."), isFinal: true };
  }
  try {
    const errors = await put(places.map((place) => entries[place]!));
    // An answer that does not speak of an entry has not said that it is in.
    return {
      errors: places.map((_, at) => (at < errors.length ? errors[at] : "It was not answered.")),
      isFinal: false,
    };
  } catch (error) {
    const { name, message } = describeError(error, false);
    return { errors: places.map(() => `${name}: ${message}`), isFinal: isFinal(error) };
  }
}

/** A request that is wrong, or not allowed, is so the next time too. A throttle is the client's fault as well, says AWS. */
function isFinal(error: unknown): boolean {
  const { name = "", $fault } = (error ?? {}) as { name?: string; $fault?: string };
  return $fault === "client" && !/Throttl|LimitExceeded|Throughput|Timeout|Unavailable/i.test(name);
}

function chunksOf<Entry>(
  places: readonly number[],
  { bytesOf, entries, maxBytes, maxEntries }: PutAll<Entry>,
): number[][] {
  const chunks: number[][] = [];
  let bytes = 0;
  for (const place of places) {
    const own = bytesOf(entries[place]!);
    const last = chunks[chunks.length - 1];
    if (last && last.length < maxEntries && bytes + own <= maxBytes) {
      last.push(place);
      bytes += own;
    } else {
      chunks.push([place]);
      bytes = own;
    }
  }
  return chunks;
}
