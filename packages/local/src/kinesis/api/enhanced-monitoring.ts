/** Shard-level metrics: kept, and not measured. */

import type { Output } from "../../../../services/src/protocol/json.ts";
import type { Kinesis } from "../types.ts";
import { shardLevelMetrics } from "./members.ts";

const everyMetric = shardLevelMetrics.member.values.filter((metric) => metric !== "ALL");

/** Sets what the stream keeps, and says what it was and what it will be. */
export function setMetrics(
  kinesis: Kinesis,
  stream: string,
  named: readonly string[],
  wanted: (kept: ReadonlySet<string>, named: ReadonlySet<string>) => (metric: string) => boolean,
): Output {
  const current = kinesis.kept(stream).shardLevelMetrics;
  const all = new Set(named.includes("ALL") ? everyMetric : named);
  const desired = everyMetric.filter(wanted(new Set(current), all));
  kinesis.keep(stream, { shardLevelMetrics: desired }, { updating: true });
  const { name, arn } = kinesis.describeStream({ stream });
  return {
    StreamName: name,
    StreamARN: arn,
    CurrentShardLevelMetrics: current,
    DesiredShardLevelMetrics: desired,
  };
}
