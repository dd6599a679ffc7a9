/** Records that arrive by chance: how many in a while, and with which keys. */
import type { Random } from "../../../../src/time/random.ts";
import type { LaneKeys } from "./invocation-time.ts";

/** How many things happen in a while in which `mean` happen on average. */
export function poisson(mean: number, random: Random): number {
  // A sum of Poisson numbers is one, and the product below must not vanish.
  if (mean > 500) return poisson(500, random) + poisson(mean - 500, random);
  const limit = Math.exp(-mean);
  let count = -1;
  for (let product = 1; product > limit; product *= random()) count++;
  return count;
}

/** Draws partition keys: one that is as busy as it is said to be, the others alike. */
export function drawKeys({ keys, hottestShare }: LaneKeys, random: Random): () => string {
  const others = Math.max(0, Math.round(keys) - 1);
  return () =>
    others === 0 || random() < hottestShare ? "key-0" : `key-${1 + Math.floor(random() * others)}`;
}
