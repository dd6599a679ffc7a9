/**
 * For destinations in which a later write replaces an earlier one of the same key: only the newest of each key is put. Earlier ones are done
 * with it, or wait for it; and where it is refused for good, the one before it is put in its place.
 *
 * So no key is twice in a call, and a write that is tried again cannot come behind a newer one.
 */
import type { Refusal } from "../handler/put-all.ts";

/** What is put under a key, in the order of the stream. */
export interface Keyed {
  readonly place: number;
  readonly key: string;
}

/** `put` resolves to what was refused, by the index in what it was given. */
export async function putNewestFirst<Item extends Keyed>(
  items: readonly Item[],
  put: (items: readonly Item[]) => Promise<ReadonlyMap<number, Refusal>>,
): Promise<Map<number, Refusal>> {
  const refused = new Map<number, Refusal>();
  let left = [...Map.groupBy(items, ({ key }) => key).values()];
  while (left.length > 0) {
    const refusals = await put(left.map((group) => group.at(-1)!));
    const again: Item[][] = [];
    left.forEach((group, at) => {
      const refusal = refusals.get(at);
      if (!refusal) return;
      if (refusal.kind !== "final") {
        for (const { place } of group) refused.set(place, refusal);
        return;
      }
      refused.set(group.pop()!.place, refusal);
      if (group.length > 0) again.push(group);
    });
    left = again;
  }
  return refused;
}
