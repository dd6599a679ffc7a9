/**
 * Who leads a fleet of KCL 2: its worker ids in order, shuffled as java.util.Collections.shuffle does with java.util.Random(1947); the first
 * of them. Each worker computes it for itself, so a worker that computed another one would leave the work undone, or do it twice.
 */

/** java.util.Random: a linear congruential generator of 48 bits, of which the upper ones are given. */
function javaRandom(seed: bigint): (bound: number) => number {
  const mask = (1n << 48n) - 1n;
  const multiplier = 0x5deece66dn;
  let state = (seed ^ multiplier) & mask;
  const next31 = () => {
    state = (state * multiplier + 0xbn) & mask;
    return Number(state >> 17n);
  };
  return (bound) => {
    let bits = next31();
    // Of a power of two the upper bits.
    if ((bound & -bound) === bound) return Number((BigInt(bound) * BigInt(bits)) >> 31n);
    let value = bits % bound;
    // As in Java, where this sum overflows 31 bits: the last, shorter round of values is not used.
    while (bits - value + (bound - 1) > 0x7fffffff) {
      bits = next31();
      value = bits % bound;
    }
    return value;
  };
}

/** A shuffled copy, the same as Java's for the same seed. */
export function javaShuffle<T>(list: readonly T[], seed: bigint): T[] {
  const random = javaRandom(seed);
  const shuffled = [...list];
  for (let at = shuffled.length; at > 1; at--) {
    const other = random(at);
    [shuffled[at - 1], shuffled[other]] = [shuffled[other]!, shuffled[at - 1]!];
  }
  return shuffled;
}

/** The leader among the owners of leases; undefined where nobody has one. */
export function leaderAmong(owners: Iterable<string | undefined>): string | undefined {
  const distinct = [...new Set(owners)].filter((owner) => owner !== undefined);
  // Java orders strings by their UTF-16 units, as this does.
  return javaShuffle(distinct.sort(), 1947n)[0];
}
