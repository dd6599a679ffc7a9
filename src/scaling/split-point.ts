/** Where a hot shard is split: at the hash key that has half of the bytes on either side, by records that were read from it. */

/** A record as it counts: its hash key, and its bytes. */
export interface SampledRecord {
  readonly hashKey: bigint;
  readonly bytes: number;
}

/** Where to split, or the share of the bytes that have one hash key: to split would not help. */
export type SplitPoint =
  | { readonly kind: "at"; readonly newStartingHashKey: string; readonly share: number }
  | { readonly kind: "hot key"; readonly share: number }
  | { readonly kind: "unknown" };

/** A key that has so much of a shard fills whichever half it falls into. */
const mostOfOneKey = 0.6;
/** Fewer records say too little. */
const fewest = 20;

/**
 * The hash key at which the upper half begins. It is one that SplitShard takes: above the shard's start + 1 and below its end.
 * https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html
 */
export function splitPointOf(
  records: readonly SampledRecord[],
  shard: { readonly startingHashKey: string; readonly endingHashKey: string },
): SplitPoint {
  const [start, end] = [BigInt(shard.startingHashKey), BigInt(shard.endingHashKey)];
  // A record with an explicit hash key may lie elsewhere than its partition key says.
  const inside = records.filter(({ hashKey }) => hashKey >= start && hashKey <= end);
  if (inside.length < fewest) return { kind: "unknown" };
  // Sorted, and no Map of bigints: V8 hashes their low 64 bits alone, which hash keys that were spread by hand have in common.
  inside.sort((a, b) => (a.hashKey < b.hashKey ? -1 : a.hashKey > b.hashKey ? 1 : 0));
  const total = inside.reduce((sum, { bytes }) => sum + bytes, 0);
  let [below, largest] = [0, 0];
  let best: { readonly at: bigint; readonly share: number } | undefined;
  for (let at = 0; at < inside.length; ) {
    const { hashKey } = inside[at]!;
    let bytes = 0;
    for (; inside[at]?.hashKey === hashKey; at++) bytes += inside[at]!.bytes;
    largest = Math.max(largest, bytes / total);
    const share = below / total;
    const isTaken = hashKey > start + 1n && hashKey < end;
    if (isTaken && (!best || Math.abs(share - 0.5) < Math.abs(best.share - 0.5))) {
      best = { at: hashKey, share };
    }
    below += bytes;
  }
  if (largest > mostOfOneKey) return { kind: "hot key", share: largest };
  if (!best) return { kind: "unknown" };
  return { kind: "at", newStartingHashKey: String(best.at), share: best.share };
}
