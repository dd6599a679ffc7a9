/**
 * Writes records as parts: each record is in one of them and no more. A batch is not stable: Lambda bisects it, gives it again in part, and two environments may have
 * it at once. So what is about to be written is said first, and one place decides what was: S3 by a conditional write, Redshift by a row.
 *
 * ```
 *   state the intent ─▶ look for intents of others with our records ─▶ none: put the part, unless something is there
 *                            └▶ is their part there?  yes: those records are done
 *                                                     no: a fence takes its place, and it will never be
 * ```
 */
import type { Refusal } from "../../handler/put-all.ts";
import { randomHex } from "../../time/random.ts";
import type { Sending } from "../sink.ts";
import type { Bucket } from "./bucket.ts";
import type { Intents, Settle } from "./intents.ts";
import { cutParts, type Part, type Row } from "./part.ts";

/** Why a part is not there, or may not be. */
export interface Unwritten {
  readonly error: unknown;
  /** Those of its records that no part will ever take, by their place, and why. */
  readonly final?: ReadonlyMap<number, unknown>;
  /** One of its records is to blame, and nobody knows which. */
  readonly isSomeones?: boolean;
  /** It never will be there: nobody needs to fence it. */
  readonly isVoid?: boolean;
}

/** Where parts go. */
export interface PartStore {
  /** The key of a part: of what stands before it, whose it is, and what it holds. */
  keyOf(prefix: string, folder: string, id: string): string;
  /** Writes a part, unless something is under its key. Undefined: it is there. */
  put(part: Part): Promise<Unwritten | undefined>;
  readonly settle: Settle;
}

export interface Writing {
  /** The sink, for its errors. */
  readonly who: string;
  readonly bucket: Bucket;
  readonly intents: Intents;
  readonly store: PartStore;
  /** Whose parts they are: the shard. */
  readonly folder: string;
  readonly sending: Sending;
}

/** So many times others may be found before the records are left to a later invocation. */
const mostRounds = 20;

/** Resolves to the records that are in no part, by their place. */
export async function writeParts(
  { bucket, folder, intents, sending, store, who }: Writing,
  all: readonly Row[],
): Promise<Map<number, Refusal>> {
  const { clock, maxAttempts, random, remainingMs, signal } = sending;
  const refused = new Map<number, Refusal>();
  const refuse = (rows: readonly Row[], error: unknown, kind: Refusal["kind"] = "retry") => {
    for (const { place } of rows) refused.set(place, { error, kind });
  };
  /** Whether any record was found that no part will take. */
  const note = ({ rows }: Part, unwritten: Unwritten | undefined): boolean => {
    if (!unwritten && refused.size === 0) return false;
    for (const row of rows) {
      refused.delete(row.place);
      if (!unwritten) continue;
      const { error, final, isSomeones } = unwritten;
      if (final?.has(row.place)) refuse([row], final.get(row.place), "final");
      else refuse([row], error, isSomeones ? "halve" : "retry");
    }
    return unwritten?.final !== undefined;
  };

  let left = all;
  /** A round in which others were found, or what no part takes, is no try: it has said what to do. */
  let tries = 0;
  for (let round = 1; left.length > 0; round++) {
    if (signal.aborted) {
      refuse(left, signal.reason);
      break;
    }
    // A first part is named by its records alone; one after it has a token, since the first will never be written.
    const token = round === 1 ? "" : randomHex(random, 8);
    const before = tries++;
    try {
      const cut = cutParts(left, folder, store.keyOf, token);
      const { ends, parts } = cut;
      const own = await intents.state(bucket, cut);
      const done = await intents.doneElsewhere(bucket, left, ends, own, store.settle);
      if (own !== undefined && done.size === 0) {
        const outcomes = await Promise.all(parts.map((part) => store.put(part)));
        const isKnown = parts.map((part, at) => note(part, outcomes[at]));
        if (isKnown.includes(true)) tries = before;
        intents.abandon(parts.filter((_, at) => outcomes[at]?.isVoid));
      } else {
        tries = before;
        if (own !== undefined) intents.abandon(parts);
        refuse(left, new Error(`${who}: others have written at the same time.`));
        for (const { name, place } of left) if (done.has(name)) refused.delete(place);
      }
    } catch (error) {
      refuse(left, error);
    }
    left = left.filter(({ place }) => refused.get(place)?.kind === "retry");
    const wait = 100 * 2 ** tries * random();
    const isEnough = tries >= maxAttempts || round >= mostRounds;
    if (left.length === 0 || isEnough || remainingMs() <= wait) break;
    await clock.sleep(wait, signal).catch(() => {});
  }
  return refused;
}
