/** How far all shards of a stream have come. */
import type { Shard } from "./unread.ts";

/** The shard, and when it was created: none of another stream of that name has both. */
export const shardOfLog = (log: string): string => log.split("#").slice(2).join("#");

/**
 * The time up to which no shard gives anything any more. A shard that has given nothing has come as far as its parents: it goes on from what they have. One with
 * children is not waited for itself, since it is what those have come from. What `shards` have become since does not matter: it only gives what is later.
 *
 * @returns that time, and the shard that is last
 * @param given up to which time a shard has given all; undefined: it has given nothing
 */
export function reachOf(
  shards: readonly Shard[],
  given: (shard: Shard) => number | undefined,
): { readonly time: number; readonly last: Shard | undefined } {
  const reach = (shard: Shard): number => {
    const own = given(shard);
    if (own !== undefined) return own;
    const parents = shards.filter(({ children }) => children.includes(shard));
    return parents.length > 0 ? Math.min(...parents.map(reach)) : Number.NEGATIVE_INFINITY;
  };
  const youngest = shards.filter(({ children }) => children.length === 0);
  let time = Number.POSITIVE_INFINITY;
  let last: Shard | undefined;
  for (const shard of youngest) {
    const its = reach(shard);
    if (its < time || !last) [time, last] = [its, shard];
  }
  return { time: last ? time : Number.NEGATIVE_INFINITY, last };
}
