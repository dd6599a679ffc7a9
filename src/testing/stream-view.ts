/** A local stream as a handler's runtime asks Kinesis about it: its shards, and what stands in them. */
import type { Kinesis } from "@shardmill/local";
import type { StoredRecord } from "../aws/first-records.ts";
import type { Runtime } from "../handler/runtime.ts";
import { shardCreatedAt } from "../record/position.ts";

type Asked = "parentsOf" | "hashKeyRangeOf" | "shardsOf" | "firstRecords";

/** In the place of ListShards, GetShardIterator and GetRecords. */
export function streamView(
  kinesis: Pick<Kinesis, "listShards" | "getShardIterator" | "getRecords">,
  stream: string,
): Required<Pick<Runtime, Asked>> {
  const shards = () =>
    kinesis.listShards({ stream }).map((shard) => ({
      ...shard,
      parents: [shard.parentShardId, shard.adjacentParentShardId].filter((id) => id !== undefined),
      startingSequenceNumber: shard.sequenceNumberRange.startingSequenceNumber,
    }));
  return {
    shardsOf: async () => shards(),
    async parentsOf(_, shardId) {
      const { parents = [] } = shards().find((shard) => shard.shardId === shardId) ?? {};
      return shards()
        .filter((shard) => parents.includes(shard.shardId))
        .map((parent) => ({
          shardId: parent.shardId,
          createdAt: shardCreatedAt(parent.startingSequenceNumber),
        }));
    },
    async hashKeyRangeOf(_, shardId) {
      const { hashKeyRange } = shards().find((shard) => shard.shardId === shardId)!;
      const { endingHashKey, startingHashKey } = hashKeyRange;
      return { start: BigInt(startingHashKey), end: BigInt(endingHashKey) };
    },
    async firstRecords(_, shardId, sequenceNumber) {
      const at = { stream, shardId, sequenceNumber, type: "AT_SEQUENCE_NUMBER" } as const;
      const { records } = kinesis.getRecords({
        shardIterator: kinesis.getShardIterator(at),
        limit: 2,
      });
      const stored = records.map(
        ({ approximateArrivalTimestamp, ...record }): StoredRecord => ({
          ...record,
          arrival: Number(approximateArrivalTimestamp),
        }),
      );
      return { records: stored, isEnd: true };
    },
  };
}
