/** A worker at work on one shard: the mapping's engine over a reader, under a lease. */
import type { DeliveryContext } from "../mapping/delivery.ts";
import type { BatchSettings } from "../mapping/settings.ts";
import type { ShardPlace } from "../mapping/shard.ts";
import { createShardRun } from "../mapping/shard-run.ts";
import type { MappingTiming } from "../mapping/timing.ts";
import type { Checkpoint, HashKeys } from "./leases/lease.ts";
import type { OpenReader, ReaderOptions } from "./reading/reader.ts";
import type { ChildShard } from "./reading/stream.ts";

export interface ShardWork {
  /** How far everything is done; undefined before anything is. */
  progress(): Checkpoint | undefined;
  /** The shard is closed, and everything in it is done. */
  readonly ended: boolean;
  readonly children: readonly ChildShard[];
  readonly bytesRead: number;
  /** Undefined before the first answer. */
  readonly millisBehindLatest: number | undefined;
  /** Begins nothing more, and resolves when what the handler has begun has ended. */
  stop(): Promise<void>;
}

export interface ShardWorkOptions extends Omit<ReaderOptions, "onNews"> {
  readonly context: DeliveryContext;
  readonly open: OpenReader;
  readonly hashKeys: HashKeys;
  readonly settings: Required<BatchSettings>;
  readonly timing: MappingTiming;
  readonly onEnd: () => void;
}

export function startShardWork({
  context,
  open,
  hashKeys,
  settings,
  timing,
  onEnd,
  ...reading
}: ShardWorkOptions): ShardWork {
  const place: ShardPlace = {
    shard: {
      shardId: reading.shardId,
      hashKeyRange: { startingHashKey: hashKeys.starting, endingHashKey: hashKeys.ending },
    },
    checkpoint: undefined,
    done: false,
    window: undefined,
  };
  let stopping: Promise<void> | undefined;
  let told = false;
  const reader = open({ ...reading, onNews: () => run.wake() });
  const run = createShardRun({
    context,
    reader,
    // What has been read is there, whatever the stream has forgotten meanwhile.
    retention: () => Number.POSITIVE_INFINITY,
    position: place,
    settings,
    filter: undefined,
    timing,
    onFault: reading.onFault,
    onProgress() {
      progress();
      if (!place.done || told) return;
      told = true;
      onEnd();
    },
  });
  run.advance();

  function progress(): Checkpoint | undefined {
    return place.checkpoint === undefined ? undefined : reader.doneUpTo(place.checkpoint);
  }

  return {
    progress,
    get ended() {
      return place.done;
    },
    get children() {
      return reader.children;
    },
    get bytesRead() {
      return reader.bytesRead;
    },
    get millisBehindLatest() {
      return place.done ? 0 : reader.millisBehindLatest;
    },
    stop() {
      if (!stopping) {
        reader.stop();
        stopping = run.stop();
      }
      return stopping;
    },
  };
}
