/** What all shards of a worker may have read and not yet done, in bytes. */

export interface Budget {
  /** Whether a shard that has something to do already may read more. */
  hasRoom(): boolean;
  take(bytes: number): void;
  giveBack(bytes: number): void;
}

export function budget(most: number): Budget {
  let used = 0;
  return {
    hasRoom: () => used < most,
    take(bytes) {
      used += bytes;
    },
    giveBack(bytes) {
      used -= bytes;
    },
  };
}
