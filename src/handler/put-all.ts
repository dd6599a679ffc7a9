/**
 * Puts entries with a call that takes some at a time and may fail for some of them: only those are tried again, as long as there is
 * time. What a call throws because of one of its entries is found by halves.
 */
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";

/** What is put, how much at once, and with what. */
export interface PutAll<Entry> {
  readonly entries: readonly Entry[];
  readonly bytesOf: (entry: Entry) => number;
  /** The most entries, and the most bytes, in one call. A larger entry goes alone. */
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** One call. What went wrong with each of its entries, in their order; undefined for those that are in. */
  readonly put: (entries: readonly Entry[]) => Promise<readonly (Refusal | undefined)[]>;
  /** What a call that threw means for its entries. @default what AWS's clients say of their errors */
  readonly refusalOf?: (error: unknown) => Refusal;
  /** How often an entry is tried. */
  readonly maxAttempts: number;
  readonly remainingMs: () => number;
  /** Aborted when time is up, whatever `remainingMs` says. */
  readonly signal?: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
}

/** Why an entry is not in. */
export interface Refusal {
  readonly error: unknown;
  /**
   * `"retry"`: it may go away. `"final"`: it will not. `"halve"`: one entry of the call is to blame, and nobody knows which; of an entry that
   * was alone it is final.
   */
  readonly kind: "retry" | "final" | "halve";
  /** Before it is tried again, so many milliseconds are to pass at least. */
  readonly waitMs?: number | undefined;
}

const firstWaitMs = 100;
const longestWaitMs = 5000;

/** Resolves to what went wrong with the entries that are not in, by their place. */
export async function putAll<Entry>(put: PutAll<Entry>): Promise<Map<number, Refusal>> {
  const { clock, entries, maxAttempts, random, remainingMs, signal } = put;
  const refused = new Map<number, Refusal>();
  let left = chunksOf([...entries.keys()], put);
  for (let attempt = 1; ; attempt++) {
    const again: number[][] = [];
    for (const places of left) {
      const outcomes = await putSome(put, places);
      for (const [place, refusal] of outcomes) {
        if (refusal) refused.set(place, refusal);
        else refused.delete(place);
      }
      const chunk = outcomes.filter(([, refusal]) => refusal?.kind === "retry");
      if (chunk.length > 0) again.push(chunk.map(([place]) => place));
    }
    // What was one call is one call again: whoever knows it by its content sees that.
    left = again;
    const own = Math.min(longestWaitMs, firstWaitMs * 2 ** attempt) * (0.5 + random() / 2);
    const asked = left.flat().map((place) => refused.get(place)?.waitMs ?? 0);
    const wait = asked.reduce((most, ms) => Math.max(most, ms), own);
    if (left.length === 0 || attempt >= maxAttempts || remainingMs() <= wait) return refused;
    await clock.sleep(wait, signal).catch(() => {});
    if (signal?.aborted) return refused;
  }
}

type Outcomes = [place: number, refusal: Refusal | undefined][];

async function putSome<Entry>(put: PutAll<Entry>, places: readonly number[]): Promise<Outcomes> {
  const { entries, refusalOf = refusalByAws, remainingMs, signal } = put;
  const all = (refusal: Refusal): Outcomes => places.map((place) => [place, refusal]);
  if (signal?.aborted) return all({ error: signal.reason, kind: "retry" });
  if (remainingMs() <= 0) return all({ error: outOfTime(), kind: "retry" });
  try {
    const answers = await put.put(places.map((place) => entries[place]!));
    // An answer that does not speak of an entry has not said that it is in.
    return places.map((place, at) => [place, at < answers.length ? answers[at] : unanswered()]);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.kind !== "halve") return all(refusal);
    if (places.length === 1) return all({ error, kind: "final" });
    const middle = places.length >> 1;
    const first = await putSome(put, places.slice(0, middle));
    return [...first, ...(await putSome(put, places.slice(middle)))];
  }
}

/** As its signal says it, which may be late by what else there was to do. */
const outOfTime = () => new DOMException("There was no time left.", "AbortError");
const unanswered = (): Refusal => ({ error: new Error("It was not answered."), kind: "retry" });

/** A request that is wrong, or not allowed, is so the next time too. A throttle is the client's fault as well, says AWS. */
function refusalByAws(error: unknown): Refusal {
  const { name = "", $fault } = (error ?? {}) as { name?: string; $fault?: string };
  const isFinal =
    $fault === "client" && !/Throttl|LimitExceeded|Throughput|Timeout|Unavailable/i.test(name);
  return { error, kind: isFinal ? "final" : "retry" };
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
