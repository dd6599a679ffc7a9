/**
 * What a shard may be sent. A token bucket kept as a moment: each record moves the moment at which the next may go. A shard that
 * refuses all the same has other producers too: its share shrinks, and grows again by and by.
 */
export interface Rate {
  /** When the next record may go. */
  readonly readyAt: number;
  readonly bytesPerSecond: number;
  spend(records: number, bytes: number, now: number): void;
  /** The shard was full. */
  refused(now: number): void;
}

/** Beside a record a millisecond. https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html */
const bytesPerMs = (1024 * 1024) / 1000;

/** What was not used for so long is lost. */
const burstMs = 100;
const leastShare = 0.1;
const shrinkBy = 0.8;
/** A round of refusals counts once. */
const roundMs = 100;
const growPerMs = 0.05 / 1000;

/** `shards`: of how many shards the limits are, which may grow. */
export function rate(percent: number, shards: () => number = () => 1): Rate {
  let [recordsAt, bytesAt] = [0, 0];
  let share = 1;
  let [changedAt, refusedAt] = [0, 0];
  const grow = (now: number) => {
    share = Math.min(1, share + (now - changedAt) * growPerMs);
    changedAt = now;
  };
  const used = () => (percent / 100) * share * shards();
  return {
    get readyAt() {
      return Math.max(recordsAt, bytesAt);
    },
    get bytesPerSecond() {
      return 1000 * bytesPerMs * used();
    },
    spend(records, bytes, now) {
      grow(now);
      recordsAt = Math.max(recordsAt, now - burstMs) + records / used();
      bytesAt = Math.max(bytesAt, now - burstMs) + bytes / (bytesPerMs * used());
    },
    refused(now) {
      if (now - refusedAt < roundMs) return;
      refusedAt = now;
      grow(now);
      share = Math.max(leastShare, share * shrinkBy);
    },
  };
}
