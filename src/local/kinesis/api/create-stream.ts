/** CreateStream: a stream with its first shards. */
import { action } from "./action.ts";
import {
  maxRecordSizeInKiB,
  streamModeDetails,
  streamName,
  tags,
  warmThroughputMiBps,
} from "./members.ts";
import { integer, required } from "./shape.ts";
import { checkTags } from "./tags.ts";

export const createStream = action(
  {
    ShardCount: integer({ min: 1 }),
    StreamName: required(streamName),
    StreamModeDetails: streamModeDetails,
    Tags: tags,
    WarmThroughputMiBps: warmThroughputMiBps,
    MaxRecordSizeInKiB: maxRecordSizeInKiB,
  },
  (input, { kinesis }) => {
    const { StreamName, ShardCount, MaxRecordSizeInKiB, Tags = new Map() } = input;
    const mode = input.StreamModeDetails?.StreamMode ?? "PROVISIONED";
    checkTags([...Tags].flat());
    kinesis.createStream({
      name: StreamName,
      mode,
      // An on-demand stream chooses its shards itself.
      ...(ShardCount !== undefined && mode === "PROVISIONED" && { shards: ShardCount }),
      ...(MaxRecordSizeInKiB !== undefined && { maxRecordSizeInKiB: MaxRecordSizeInKiB }),
    });
    kinesis.keep(StreamName, { tags: Tags, warmThroughputMiBps: input.WarmThroughputMiBps });
  },
);
