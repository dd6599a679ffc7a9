/** GetShardIterator: where to begin reading a shard. */

import { boolean, required, timestamp } from "../../../../services/src/protocol/shape.ts";
import { dryRunDone } from "../error.ts";
import type { IteratorPosition } from "../types.ts";
import { action } from "./action.ts";
import { iteratorType, sequenceNumber, shardId, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const getShardIterator = action(
  {
    ShardId: required(shardId),
    ShardIteratorType: required(iteratorType),
    StartingSequenceNumber: sequenceNumber,
    ...stream,
    Timestamp: timestamp,
    DryRun: boolean,
  },
  (input, { kinesis }) => {
    // The core refuses combinations of these that mean nothing.
    const position = {
      type: input.ShardIteratorType,
      sequenceNumber: input.StartingSequenceNumber,
      timestamp: input.Timestamp,
    } as IteratorPosition;
    const where = { stream: streamOf(input), shardId: input.ShardId };
    const iterator = kinesis.getShardIterator({ ...where, ...position });
    if (input.DryRun) throw dryRunDone();
    return { ShardIterator: iterator };
  },
);
