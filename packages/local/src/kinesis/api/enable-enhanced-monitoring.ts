/** EnableEnhancedMonitoring: adds shard-level metrics. */

import { required } from "../../../../services/src/protocol/shape.ts";
import { action } from "./action.ts";
import { setMetrics } from "./enhanced-monitoring.ts";
import { shardLevelMetrics, stream } from "./members.ts";
import { streamOf } from "./reference.ts";

export const enableEnhancedMonitoring = action(
  { ShardLevelMetrics: required(shardLevelMetrics), ...stream },
  (input, { kinesis }) =>
    setMetrics(
      kinesis,
      streamOf(input),
      input.ShardLevelMetrics,
      (kept, named) => (metric) => kept.has(metric) || named.has(metric),
    ),
);
