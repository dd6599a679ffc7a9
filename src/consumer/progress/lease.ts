/**
 * For effects that must not run twice at once: the shard is claimed before them. Whoever comes second
 * waits, and gives its records back when its time is over.
 */
import type { Entry } from "../../progress/entry.ts";
import { clockSkewInSeconds } from "../../progress/log-access.ts";
import { readNews } from "../../progress/recall.ts";
import { type BatchRun, freshPlaces, type Memory } from "../batch-run.ts";
import type { Sightings } from "../environment.ts";
import { claim } from "./claim.ts";
import { screenAgain } from "./screen.ts";

const pollMs = 250;

/** True: the records that are fresh are ours to run. */
export async function takeLease<T>(
  run: BatchRun<T>,
  memory: Memory,
  sightings: Sightings,
): Promise<boolean> {
  const { deadline } = run;
  const { log, access } = memory;
  const { clock, random } = access;
  const isFree = () =>
    ![...log.claims.values()].some((held) => isHeld(held, sightings, clock.now()));
  for (;;) {
    const places = freshPlaces(run);
    if (places.length === 0) return true;
    if (isFree() && (await claim(run, memory, "lease", places, isFree)) !== undefined) return true;
    const wait = pollMs * (0.5 + random());
    if (deadline.remainingMs() <= wait) return false;
    await clock.sleep(wait);
    if (!(await readNews(log, access))) return false;
    screenAgain(run);
  }
}

/**
 * A claim lasts until an entry ends it, or until its invocation must be over: by its own deadline,
 * with room for skewed clocks, or because it was watched unchanged for its whole length.
 *
 * ```
 *   at              until        until + skew
 *   |--- length ----|---- skew ------|
 *        ^ first seen                |
 *        |---- length ---->| over    | over
 * ```
 */
function isHeld({ kind, token, at, until }: Entry, sightings: Sightings, now: number): boolean {
  if (kind !== "lease") return false;
  // A clock that was set back begins anew.
  const seen = Math.min(sightings.get(token) ?? now, now);
  sightings.set(token, seen);
  const isToCome = now < until! + clockSkewInSeconds * 1000;
  return isToCome && now - seen < until! - at;
}
