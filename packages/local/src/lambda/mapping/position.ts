/** Where a mapping begins in a shard of the simulator. */
import type { ShardPlace } from "../../../../../src/mapping/shard.ts";
import type { GetRecordsResult, IteratorPosition, Kinesis, Shard } from "../../kinesis/types.ts";
import { type Settings, startingTimestamp } from "./settings.ts";

export interface ShardPosition extends ShardPlace {
  readonly shard: Shard;
  /** Where reading begins as long as there is no checkpoint. */
  readonly start: IteratorPosition;
}

/** The position of a shard that the mapping finds when it begins. */
export function firstPosition(
  kinesis: Kinesis,
  stream: string,
  shard: Shard,
  settings: Settings,
): ShardPosition {
  const closed = shard.sequenceNumberRange.endingSequenceNumber !== undefined;
  switch (settings.startingPosition) {
    case "TRIM_HORIZON":
      return newPosition(shard);
    case "AT_TIMESTAMP":
      return newPosition(shard, {
        type: "AT_TIMESTAMP",
        timestamp: startingTimestamp(settings),
      });
    case "LATEST":
      if (closed) return { ...newPosition(shard), done: true };
      return latestPosition(kinesis, stream, shard);
  }
}

/** Children that came into being later are read from their first record on, whatever the setting. */
export function newPosition(
  shard: Shard,
  start: IteratorPosition = { type: "TRIM_HORIZON" },
): ShardPosition {
  return { shard, start, checkpoint: undefined, done: false, window: undefined };
}

/**
 * The tip of a shard as a place that can be found again later: the time, and the last record that
 * arrived at this very millisecond. An iterator would say the same, but expires.
 */
function latestPosition(kinesis: Kinesis, stream: string, shard: Shard): ShardPosition {
  const start: IteratorPosition = { type: "AT_TIMESTAMP", timestamp: kinesis.clock.now() };
  const position = newPosition(shard, start);
  try {
    const { shardId } = shard;
    let iterator: string | undefined = kinesis.getShardIterator({ stream, shardId, ...start });
    while (iterator !== undefined) {
      const page: GetRecordsResult = kinesis.getRecords({ shardIterator: iterator });
      if (page.records.length === 0) break;
      position.checkpoint = page.records.at(-1)!.sequenceNumber;
      iterator = page.nextShardIterator;
    }
  } catch (error) {
    // Other readers have used up the shard: then its records of this millisecond are read, too.
    if ((error as Error).name !== "ProvisionedThroughputExceededException") throw error;
  }
  return position;
}
