/** DescribeLimits: how many shards and streams an account may have, and has. */
import { action } from "./action.ts";

/** What AWS gives an account at first in its larger regions; nothing is held to them here. */
const shardLimit = 20_000;
const onDemandStreamLimit = 50;

export const describeLimits = action({}, (_, { kinesis }) => {
  const streams = kinesis.listStreams().map((stream) => kinesis.describeStream({ stream }));
  const provisioned = streams.filter(({ mode }) => mode === "PROVISIONED");
  return {
    ShardLimit: shardLimit,
    OpenShardCount: provisioned.reduce((sum, { openShardCount }) => sum + openShardCount, 0),
    OnDemandStreamCount: streams.length - provisioned.length,
    OnDemandStreamCountLimit: onDemandStreamLimit,
  };
});
