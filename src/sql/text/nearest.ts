/** The name that somebody may have meant. */
import { editDistance } from "../../values/edit-distance.ts";

/** The one that differs in the fewest letters: undefined where all differ in more than a third. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.floor(name.length / 3) + 1;
  for (const candidate of names) {
    const far = editDistance(name.toUpperCase(), candidate.toUpperCase());
    if (far >= least) continue;
    least = far;
    best = candidate;
  }
  return best;
}
