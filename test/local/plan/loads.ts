import type { Load } from "../../../packages/local/src/plan/index.ts";

/** A load whose keys are all alike, and that is even over time. */
export function loadAt(given: Partial<Load>): Load {
  const { recordsPerSecond = 100, keys = 10_000 } = given;
  return {
    recordsPerSecond,
    peakRecordsPerSecond: recordsPerSecond,
    bytes: 1024,
    keys,
    hottestShare: 1 / keys,
    perAggregate: 1,
    ...given,
  };
}
