/** How far a consumer of video has come: one checkpoint for each consumer and stream, and one owner who may move it. */

/** The last fragment that is done. */
export interface VideoCheckpoint {
  readonly fragmentNumber: string;
  /** In seconds since the epoch. */
  readonly producerTimestamp: number;
  /** In seconds since the epoch. */
  readonly serverTimestamp: number;
  /** When it was done, in epoch milliseconds. */
  readonly at: number;
}

/** Where checkpoints are kept. All reads are consistent, and each call happens wholly or not at all. */
export interface VideoCheckpoints {
  /** Makes `owner` the one who may move the checkpoint, whoever that was before. Resolves to how far it has come. */
  claim(key: string, owner: string): PromiseLike<VideoCheckpoint | undefined>;
  /** Moves it, and resolves to true; or to false, and changes nothing, where another has claimed it since. The same write may come twice. */
  write(key: string, owner: string, checkpoint: VideoCheckpoint): PromiseLike<boolean>;
  /** Whether the same call may succeed later. */
  isTransient(error: unknown): boolean;
}

/** Checkpoints in this process's memory: for tests. */
export function memoryCheckpoints(): VideoCheckpoints {
  const items = new Map<string, { owner: string; checkpoint: VideoCheckpoint | undefined }>();
  return {
    async claim(key, owner) {
      const checkpoint = items.get(key)?.checkpoint;
      items.set(key, { owner, checkpoint });
      return checkpoint;
    },
    async write(key, owner, checkpoint) {
      if (items.get(key)?.owner !== owner) return false;
      items.set(key, { owner, checkpoint });
      return true;
    },
    isTransient: () => false,
  };
}
