/** CreateStream: a stream with its first shards. */

import { integer, required } from "../../../../services/src/protocol/shape.ts";
import { KinesisError } from "../error.ts";
import { action } from "./action.ts";
import {
  maxRecordSizeInKiB,
  streamModeDetails,
  streamName,
  tags,
  warmThroughputMiBps,
} from "./members.ts";
import { checkFirstTags } from "./tags.ts";

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
    // Without a mode the count decides: AWS makes four shards where none is asked for, the number
    // that it chooses for on-demand streams.
    const asked = input.StreamModeDetails?.StreamMode;
    const mode = asked ?? (ShardCount === undefined ? "ON_DEMAND" : "PROVISIONED");
    if (mode === "PROVISIONED" && ShardCount === undefined) throw noShardCount(StreamName);
    checkFirstTags(kinesis, StreamName, Tags);
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

const noShardCount = (name: string) =>
  new KinesisError(
    "ValidationException",
    `Request is invalid. Stream ${name} is to be in PROVISIONED mode, which needs a ShardCount.`,
  );
