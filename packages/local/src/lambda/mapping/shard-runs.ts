/** The shards of a stream under one mapping: found, begun after their parents, and remembered. */

import type { DeliveryContext } from "../../../../../src/mapping/delivery.ts";
import type { RecordFilter } from "../../../../../src/mapping/intake.ts";
import { createShardRun, type ShardRun } from "../../../../../src/mapping/shard-run.ts";
import type { MappingTiming } from "../../../../../src/mapping/timing.ts";
import type { Kinesis, Shard } from "../../kinesis/types.ts";
import { createPoller } from "./poller.ts";
import { firstPosition, newPosition, type ShardPosition } from "./position.ts";
import type { Settings } from "./settings.ts";

export interface ShardRuns {
  /** Finds the shards that are there, and fixes where reading begins: at the first call only. */
  locate(settings: Settings): void;
  start(settings: Settings, filter: RecordFilter | undefined): void;
  /** Resolves when what is in flight has ended; positions are kept. */
  stop(): Promise<void>;
  /** Every shard that can be read is read to its tip and settled. */
  quiet(): boolean;
  checkpoints(): Record<string, string | undefined>;
}

/** A stream that is being created, or a parent that is, is looked at again after so many milliseconds. */
const lookAgain = 1000;

export function shardRuns({
  context,
  kinesis,
  timing,
  onProgress,
  onFault,
  onCheckpoint,
}: {
  readonly context: DeliveryContext;
  readonly kinesis: Kinesis;
  readonly timing: MappingTiming;
  readonly onProgress: () => void;
  readonly onFault: (fault: unknown) => void;
  /** Told where a shard stands, when that has changed. */
  readonly onCheckpoint: (shardId: string, sequenceNumber: string) => void;
}): ShardRuns {
  const { clock, identity } = context;
  const stream = identity.streamArn;
  const positions = new Map<string, ShardPosition>();
  const runs = new Map<string, ShardRun>();
  /** By shard: the checkpoint that was told last. */
  const told = new Map<string, string>();
  let located = false;
  let running:
    | { readonly settings: Settings; readonly filter: RecordFilter | undefined }
    | undefined;
  let unsubscribe = () => {};
  let cancelLook = () => {};
  let ended: Promise<unknown> = Promise.resolve();

  function listShards(): Shard[] {
    try {
      return kinesis.listShards({ stream });
    } catch (error) {
      // A stream that has been deleted has no shards left to read.
      if ((error as Error).name === "ResourceNotFoundException") return [];
      throw error;
    }
  }

  function locate(settings: Settings): void {
    if (located) return;
    const found = listShards();
    for (const shard of found) {
      positions.set(shard.shardId, firstPosition(kinesis, stream, shard, settings));
    }
    located = found.length > 0;
  }

  function discover(): void {
    for (const shard of listShards()) {
      if (!positions.has(shard.shardId)) positions.set(shard.shardId, newPosition(shard));
    }
  }

  const isDone = (shardId: string | undefined) =>
    shardId === undefined || (positions.get(shardId)?.done ?? true);

  const canRun = ({ shard, done }: ShardPosition) =>
    !done && isDone(shard.parentShardId) && isDone(shard.adjacentParentShardId);

  /** Begins the shards whose parents are done; children never run beside a parent. */
  function runReady(): void {
    if (!running) return;
    for (const [shardId, position] of positions) {
      if (runs.has(shardId) || !canRun(position)) continue;
      const run = createShardRun({
        ...running,
        context,
        position,
        timing,
        retention,
        reader: createPoller({
          kinesis,
          stream,
          consumerArn: identity.consumerArn,
          position,
          interval: timing.pollInterval,
        }),
        onFault,
        onProgress() {
          const { checkpoint } = position;
          if (checkpoint !== undefined && told.get(shardId) !== checkpoint) {
            told.set(shardId, checkpoint);
            onCheckpoint(shardId, checkpoint);
          }
          if (position.done) finish(shardId);
          else onProgress();
        },
      });
      runs.set(shardId, run);
      run.advance();
    }
  }

  function retention(): number {
    try {
      return kinesis.describeStream({ stream }).retentionHours * 3_600_000;
    } catch {
      // The stream is gone, and with it what it kept.
      return 0;
    }
  }

  function finish(shardId: string): void {
    if (!runs.delete(shardId)) return;
    discover();
    runReady();
    onProgress();
  }

  function onChange(shardId: string): void {
    if (!positions.has(shardId)) {
      discover();
      runReady();
    }
    runs.get(shardId)?.wake();
  }

  function begin(): void {
    if (!running) return;
    locate(running.settings);
    if (located) {
      discover();
      runReady();
    } else if (isThere()) cancelLook = clock.after(lookAgain, begin);
  }

  function isThere(): boolean {
    try {
      return kinesis.describeStream({ stream }).status === "CREATING";
    } catch {
      return false;
    }
  }

  return {
    locate,
    start(settings, filter) {
      running = { settings, filter };
      unsubscribe = kinesis.onChange(stream, onChange);
      begin();
    },
    async stop() {
      running = undefined;
      unsubscribe();
      cancelLook();
      ended = Promise.all([ended, ...[...runs.values()].map((run) => run.stop())]);
      runs.clear();
      await ended;
    },
    quiet: () => (located || !isThere()) && [...runs.values()].every((run) => run.quiet),
    checkpoints: () =>
      Object.fromEntries([...positions].map(([shardId, { checkpoint }]) => [shardId, checkpoint])),
  };
}
