import type { Runtime } from "../handler/runtime.ts";

/** The share of the heap from which on no two records run at once: half of it, so that the next value has room, too. */
const tight = 0.5;

/** Between two looks: what is large takes longer than this to be decoded. */
const lookEveryMs = 2;

/** Watches what decoded values take. */
export interface HeapWatch {
  /** Set by whoever decodes a value; taken back by a look. */
  hasNew: boolean;
  /** Whether nothing more should be decoded while something is in flight. Where nothing is, nobody asks, and no clock is read. */
  readonly isTight: boolean;
}

/**
 * Only decoding shows how large a payload becomes (20 KB of gzip may be 20 MB of JSON), so the heap is looked at when there is a new
 * value.
 */
export function watchHeap({ clock, heapInUse }: Pick<Runtime, "clock" | "heapInUse">): HeapWatch {
  let lookedAt = 0;
  let isTight = false;
  return {
    hasNew: false,
    get isTight() {
      const now = this.hasNew ? clock.now() : lookedAt;
      // The clock may have been set back.
      if (Math.abs(now - lookedAt) >= lookEveryMs) {
        lookedAt = now;
        this.hasNew = false;
        isTight = heapInUse() > tight;
      }
      return isTight;
    },
  };
}
