/** Chance for a server, which draws some twenty words for the ids of every answer. */
import type { Random } from "../../../../../src/time/random.ts";

const many = 512;

/**
 * The machine's own chance as `systemRandom` has it, but asked for many words at a time: to ask costs far more than a word. Only for
 * a process that is not copied while it runs, as a function's may be: the words that are waiting would come twice.
 */
export function requestRandom(): Random {
  const words = new Uint32Array(many);
  let next = many;
  return () => {
    if (next === many) {
      crypto.getRandomValues(words);
      next = 0;
    }
    return words[next++]! / 2 ** 32;
  };
}
