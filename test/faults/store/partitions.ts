/**
 * What a partition takes: so many units a second, some of which it saves up. Whatever goes to one that has
 * none left is throttled, and requests to others are not.
 */
import { throttled } from "./errors.ts";

export interface Partitions {
  /** Throws where the partition has nothing left. */
  admit(partition: string, kind: "read" | "write"): void;
  /** Whether it would. */
  isHot(partition: string, kind: "read" | "write"): boolean;
  spend(partition: string, kind: "read" | "write", units: number): void;
}

/** Unused capacity is saved up for so many seconds. */
const burstSeconds = 5;
/** DynamoDB's partitions read three times as much as they write. */
const readsPerWrite = 3;

export function partitions(
  now: () => number,
  unitsPerSecond: () => number | undefined,
): Partitions {
  const buckets = new Map<string, { left: number; at: number }>();

  /** Undefined: nothing is limited. */
  function bucketOf(partition: string, kind: "read" | "write") {
    const units = unitsPerSecond();
    if (units === undefined) return undefined;
    const rate = kind === "read" ? readsPerWrite * units : units;
    const name = `${kind} ${partition}`;
    const bucket = buckets.get(name) ?? { left: rate * burstSeconds, at: now() };
    const since = (now() - bucket.at) / 1000;
    bucket.left = Math.min(rate * burstSeconds, bucket.left + rate * since);
    bucket.at = now();
    buckets.set(name, bucket);
    return bucket;
  }

  const isHot: Partitions["isHot"] = (partition, kind) =>
    (bucketOf(partition, kind)?.left ?? 1) <= 0;

  return {
    isHot,
    admit(partition, kind) {
      if (isHot(partition, kind)) throw throttled();
    },
    spend(partition, kind, units) {
      const bucket = bucketOf(partition, kind);
      if (bucket) bucket.left -= units;
    },
  };
}
