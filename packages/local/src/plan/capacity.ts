/**
 * How many shards a load needs: each takes 1 MiB and 1,000 records a second, and gives 2 MiB a second to
 * all shared consumers together.
 * https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
 */
import type { Load } from "./load.ts";
import type { Wishes } from "./wishes.ts";

export interface ShardNeed {
  readonly shards: number;
  /** Which limit decides. */
  readonly because: "bytes in" | "records in" | "bytes out";
  /** Shards by each limit, not rounded, at the peak. */
  readonly by: { readonly bytesIn: number; readonly recordsIn: number; readonly bytesOut: number };
}

export function shardNeed(
  { peakRecordsPerSecond, bytes, perAggregate }: Load,
  { sharedConsumers, headroomPercent }: Pick<Wishes, "sharedConsumers" | "headroomPercent">,
): ShardNeed {
  const room = 1 - headroomPercent / 100;
  const kibibytes = (peakRecordsPerSecond * bytes) / 1024;
  const by = {
    bytesIn: kibibytes / 1024 / room,
    recordsIn: peakRecordsPerSecond / perAggregate / 1000 / room,
    bytesOut: (kibibytes * sharedConsumers) / 2048,
  };
  const most = Math.max(by.bytesIn, by.recordsIn, by.bytesOut);
  const because =
    most === by.bytesIn ? "bytes in" : most === by.recordsIn ? "records in" : "bytes out";
  // What is a shard and a rounding error is a shard.
  return { shards: Math.max(1, Math.ceil(most - 1e-9)), because, by };
}
