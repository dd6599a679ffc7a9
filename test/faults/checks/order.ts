/** First effects happen in the order of the stream: of their shard, or of their partition key. */
import type { Book, PutRecord } from "../book.ts";
import type { Invocation } from "../invocation.ts";
import type { Known } from "./known.ts";

export function createOrder(book: Book, known: Known, epochs: ReadonlyMap<number, number>) {
  /** Of each lane, the latest record that had an effect while that order was asked for. */
  const latest = new Map<string, PutRecord>();

  /** The lanes of a record: in each of them it must not come after a later one. */
  const lanesOf = ({ key, shardId }: PutRecord, epoch: number) => ({
    shard: `${epoch} shard ${shardId}`,
    partitionKey: `${epoch} key ${key}`,
  });

  const isOutOfOrderAllowed = (record: PutRecord) =>
    record.wasParked ||
    record.wasDiscarded ||
    record.wasIgnored ||
    // One that was skipped as a duplicate may turn out to be the only one left.
    (known.hasIds && record.uid !== undefined && known.countOf(record.uid) > 1);

  return {
    /** The record has its first effect in the epoch. */
    checkOrder(record: PutRecord, { setup }: Invocation): void {
      const { order, epoch } = setup;
      // Another memory begins anywhere in the stream, and what was before may come when a mapping is made anew.
      if (epoch > 0 && record.arrivedAt <= epochs.get(epoch)!) return;
      const lanes = lanesOf(record, epoch);
      for (const lane of Object.values(lanes)) {
        const before = latest.get(lane);
        if (!before || record.n > before.n || isOutOfOrderAllowed(record)) continue;
        book.violate(
          "order",
          `${book.name(record)} had its first effect after ${book.name(before)}`,
        );
        return;
      }
      const enter = (lane: string) => {
        const before = latest.get(lane);
        if (!before || record.n > before.n) latest.set(lane, record);
      };
      if (order !== "none") enter(lanes.partitionKey);
      if (order === "shard") enter(lanes.shard);
    },
  };
}
