/** The simulator as a flush asks it: the first records of a shard from a sequence number on. */
import type { Kinesis } from "../../packages/local/src/kinesis/index.ts";
import type { FirstRecords, StoredRecord } from "../../src/aws/first-records.ts";

export function firstOf(
  kinesis: Kinesis,
  shard: { readonly stream: string; readonly shardId: string; readonly sequenceNumber: string },
): FirstRecords {
  const shardIterator = kinesis.getShardIterator({ ...shard, type: "AT_SEQUENCE_NUMBER" });
  const { records } = kinesis.getRecords({ shardIterator, limit: 2 });
  const stored = records.map(
    ({ approximateArrivalTimestamp, ...record }): StoredRecord => ({
      ...record,
      arrival: Number(approximateArrivalTimestamp),
    }),
  );
  return { records: stored, isEnd: true };
}
