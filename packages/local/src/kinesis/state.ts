/** What is known of a stream and of its consumers: the state that the operations change. */
import type { ShardState } from "./shard.ts";
import type { KeptSettings, StreamConsumer, StreamDescription, StreamMode } from "./types.ts";

export interface StreamState {
  readonly name: string;
  readonly arn: string;
  readonly accountId: string;
  /** Tells this stream from another one of the same name: 16 hexadecimal digits. */
  readonly incarnation: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  status: StreamDescription["status"];
  mode: StreamMode;
  retentionHours: number;
  maxRecordSizeInKiB: number;
  /** Every shard that is still listed, in the order of their ids. */
  readonly shards: Map<string, ShardState>;
  /** The open shards, in the order of their ranges: together they are the whole hash space. */
  open: ShardState[];
  nextShardIndex: number;
  /** The trim horizon when the stream was last trimmed: what came before it is gone for good. */
  trimHorizon: number;
  /** When it was last trimmed, and until when there is nothing more to trim, in epoch milliseconds. */
  trimmed: { at: number; until: number };
  /** When the shard count was updated and when the mode was switched, within the last 24 hours. */
  scalings: number[];
  modeSwitches: number[];
  /** The change that gives it its status while it is not ACTIVE: an operation and its input. */
  underway: { readonly operation: string; readonly input: object } | undefined;
  readonly consumers: Map<string, ConsumerState>;
  kept: KeptSettings;
  readonly listeners: Set<(shardId: string) => void>;
}

/** A consumer whose status and settings change. */
export interface ConsumerState extends StreamConsumer {
  status: StreamConsumer["status"];
  kept: KeptSettings;
}
