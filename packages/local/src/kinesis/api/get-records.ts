/** GetRecords: records of a shard from an iterator on. */

import { boolean, integer, required, string } from "../../../../services/src/protocol/shape.ts";
import { dryRunDone } from "../error.ts";
import type { ReadsHeld } from "../held-records.ts";
import { decodeIterator } from "../iterator-token.ts";
import { action } from "./action.ts";
import { childShardsOutput, encryptionType } from "./describe.ts";
import { streamArn } from "./members.ts";

export const getRecords = action(
  {
    Limit: integer({ min: 1, max: 10_000 }),
    ShardIterator: required(string({ min: 1, max: 512 })),
    StreamARN: streamArn,
    DryRun: boolean,
  },
  ({ Limit, ShardIterator, DryRun = false }, { kinesis }) => {
    const asked = {
      shardIterator: ShardIterator,
      isLook: DryRun,
      ...(Limit !== undefined && { limit: Limit }),
    };
    const result = (kinesis.getRecords as ReadsHeld).held?.(asked) ?? kinesis.getRecords(asked);
    if (DryRun) throw dryRunDone();
    const { streamName } = decodeIterator(ShardIterator, kinesis.clock.now());
    return {
      records: result.records,
      encryption: encryptionType(kinesis.kept(streamName)),
      more: {
        NextShardIterator: result.nextShardIterator,
        MillisBehindLatest: result.millisBehindLatest,
        ChildShards: childShardsOutput(result),
      },
    };
  },
);
