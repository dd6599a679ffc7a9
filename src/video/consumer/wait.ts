/** How long is waited before something is tried again. */
import type { VideoPlan } from "./options.ts";

/** GetMedia takes five calls a second for a stream. */
const leastWaitMs = 200;
const firstWaitMs = 500;

/** Grows, and is drawn, so that many consumers do not come back at once. */
export function waitOf(
  attempt: number,
  { random, maxWaitSeconds }: Pick<VideoPlan, "random" | "maxWaitSeconds">,
): number {
  const most = Math.min(maxWaitSeconds * 1000, firstWaitMs * 2 ** Math.min(attempt, 20));
  return Math.round(leastWaitMs + random() * Math.max(0, most - leastWaitMs));
}
