/** Whoever keeps what happens: told of every change, as it happens and in its order. */
import type { ShardState } from "./shard.ts";
import type { StreamState } from "./state.ts";

export interface Recorder {
  /** The stream is new, or its settings, its shards or its consumers have changed. */
  stream(stream: StreamState): void;
  /** The stream is gone. */
  removed(stream: StreamState): void;
  /** A record came to the shard. */
  record(
    stream: StreamState,
    shard: ShardState,
    record: {
      readonly index: number;
      readonly arrival: number;
      readonly partitionKey: string;
      readonly keyLength: number;
      readonly data: Uint8Array;
    },
  ): void;
  /** The account's own settings have changed. */
  account(): void;
}

export const noRecorder: Recorder = { stream() {}, removed() {}, record() {}, account() {} };
