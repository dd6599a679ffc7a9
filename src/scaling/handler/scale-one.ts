/** One stream in one invocation: read, decide, act, say. */
import type { CommandSender } from "../../aws/command-sender.ts";
import type { Logger } from "../../observe/log.ts";
import type { MetricsSink } from "../../observe/metrics.ts";
import { type Decision, decide, type LoadHistory, type StreamState } from "../decide.ts";
import { forecastOf } from "../forecast.ts";
import type { ShardLoad } from "../hot-shard.ts";
import { type LoadMinute, shardsFilledBy } from "../load.ts";
import { recentOperations } from "../operations.ts";
import { type Outlook, outlookOf } from "../outlook.ts";
import { act, type Done } from "./act.ts";
import type { RememberedOperations } from "./operation-tag.ts";
import type { ScaledStream } from "./options.ts";
import { minuteMs, readLoad, readShardLoads } from "./read-load.ts";
import { type StreamCalls, type StreamSummary, streamCalls } from "./stream-calls.ts";

/** What one invocation found and did. */
export interface ScalingReport {
  readonly streamName: string;
  /** Open shards, before. */
  readonly shards: number;
  /** What was done, or with `dryRun` would be. */
  readonly kind: Decision["kind"];
  /** Shards that were asked for. */
  readonly target?: number | undefined;
  readonly why: string;
  readonly dryRun: boolean;
  /** How many shards the last minute would have filled, those with refused records included; undefined: nobody knows. */
  readonly shardsFilled: number | undefined;
  /** UpdateShardCount calls that the policy has left for now. */
  readonly operationsLeft: number;
}

/** What an environment keeps of a stream, from one invocation to the next. */
export interface StreamMemory {
  minutes: readonly LoadMinute[];
  outlook: Outlook | undefined;
  /** When the outlook was made. */
  outlookAt: number;
  remembered: RememberedOperations | undefined;
  /** Shards that one key fills, and until when that is believed. */
  readonly hotKeys: Map<string, number>;
  /** What was said last: it is not said again. */
  lastWhy: string | undefined;
}

export const freshMemory = (): StreamMemory => ({
  minutes: [],
  outlook: undefined,
  outlookAt: Number.NEGATIVE_INFINITY,
  remembered: undefined,
  hotKeys: new Map(),
  lastWhy: undefined,
});

const hourMs = 60 * minuteMs;

export interface Surroundings {
  readonly kinesis: CommandSender;
  readonly cloudwatch: CommandSender;
  readonly dryRun: boolean;
  readonly now: number;
}

/** Rejects with what AWS answers, but for what is no failure: see `act`. */
export async function scaleOne(
  { streamName, policy }: ScaledStream,
  memory: StreamMemory,
  { kinesis, cloudwatch, dryRun, now }: Surroundings,
): Promise<ScalingReport> {
  const calls = streamCalls(kinesis, streamName);
  const summary = await calls.summary();
  const { minutes, ageSeconds } = await readLoad(cloudwatch, streamName, memory.minutes, now);
  memory.minutes = minutes;
  memory.remembered ??= await calls.remembered();
  if (now - memory.outlookAt >= hourMs) {
    const forecast = forecastOf(minutes, now);
    memory.outlook = forecast && outlookOf(forecast, policy, memory.remembered.operations);
    memory.outlookAt = now;
  }
  const { outlook } = memory;
  const shards =
    policy.hotShards && summary.hasShardMetrics && summary.status === "ACTIVE"
      ? await shardLoads(
          calls,
          cloudwatch,
          streamName,
          now - policy.downAfterMinutes * minuteMs,
          now,
        )
      : undefined;
  const history: LoadHistory = { minutes, outlook, ageSeconds, shards };

  const decideNow = (remembered: RememberedOperations): Decision =>
    summary.isOnDemand
      ? { kind: "wait", why: "it is on demand, and scales itself" }
      : decide(history, stateOf(summary, remembered, memory, now), policy, now);
  let decision = decideNow(memory.remembered);
  if (decision.kind !== "wait") {
    // Another environment may have acted since this one has asked.
    memory.remembered = await calls.remembered();
    decision = decideNow(memory.remembered);
  }
  const { remembered } = memory;
  const done: Done = dryRun
    ? { ...planned(decision, summary.shards), remembered }
    : await act(decision, { calls, shards: summary.shards, remembered, now });
  memory.remembered = done.remembered;
  if (done.hotKeyIn !== undefined) memory.hotKeys.set(done.hotKeyIn, now + hourMs);
  const last = minutes.at(-1);
  return {
    streamName,
    shards: summary.shards,
    kind: done.kind,
    target: done.target,
    why: done.why,
    dryRun,
    shardsFilled: last && shardsFilledBy(last),
    operationsLeft: Math.max(
      0,
      policy.operationsPerDay - recentOperations(done.remembered.operations, now).length,
    ),
  };
}

function stateOf(
  { shards, status }: StreamSummary,
  { operations, refusedAt }: RememberedOperations,
  { hotKeys }: StreamMemory,
  now: number,
): StreamState {
  const unsplittable = [...hotKeys].filter(([, until]) => until > now).map(([shardId]) => shardId);
  return { shards, status, operations, refusedAt, unsplittable };
}

async function shardLoads(
  calls: StreamCalls,
  cloudwatch: CommandSender,
  streamName: string,
  since: number,
  now: number,
): Promise<readonly ShardLoad[]> {
  const open = await calls.openShards();
  const ids = open.map(({ ShardId = "" }) => ShardId);
  const loads = await readShardLoads(cloudwatch, streamName, ids, since - 5 * minuteMs, now);
  return open.map(({ ShardId = "", HashKeyRange }) => ({
    shardId: ShardId,
    startingHashKey: HashKeyRange?.StartingHashKey ?? "0",
    endingHashKey: HashKeyRange?.EndingHashKey ?? "0",
    minutes: loads.get(ShardId) ?? [],
  }));
}

/** What a decision would come to. */
function planned(decision: Decision, shards: number): Omit<Done, "remembered"> {
  const { kind, why } = decision;
  const change = { scale: 0, split: 1, merge: -1, wait: 0 }[kind];
  const target = kind === "scale" ? decision.target : kind === "wait" ? undefined : shards + change;
  return { kind, why, target };
}

/** A line for what is done, and for what is waited for where that is news. */
export function logReport(logger: Logger, report: ScalingReport, memory: StreamMemory): void {
  const isNews = report.kind !== "wait" || report.why !== memory.lastWhy;
  memory.lastWhy = report.why;
  if (isNews) logger.info(`${sentenceOf(report)}: ${report.why}.`, { ...report });
}

function sentenceOf({ kind, streamName, shards, target, dryRun }: ScalingReport): string {
  if (kind === "wait") return `${streamName} stays at ${shards} shards`;
  const what = { scale: "scaled", split: "scaled by a split", merge: "scaled by a merge" }[kind];
  return `${streamName} ${dryRun ? "would be" : "is"} ${what} from ${shards} to ${target} shards`;
}

/** By stream: shards, what was asked for, how many are full, and what is left of the day. */
export function sendReport(sink: MetricsSink, report: ScalingReport): void {
  const { kind, shards, target = shards, shardsFilled, operationsLeft, dryRun } = report;
  sink.addMetric("OpenShards", "Count", shards);
  sink.addMetric("TargetShards", "Count", target);
  if (shardsFilled !== undefined) sink.addMetric("ShardsFilled", "Count", shardsFilled);
  sink.addMetric("ScalingOperations", "Count", kind !== "wait" && !dryRun ? 1 : 0);
  sink.addMetric("OperationsLeft", "Count", operationsLeft);
}
