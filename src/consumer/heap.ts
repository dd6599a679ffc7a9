import type { Runtime } from "../handler/runtime.ts";

/** The share of the heap from which on no two records run at once: half of it, so that the next value has room, too. */
const tight = 0.5;

/** Between two looks: what is large takes longer than this to be decoded. */
const lookEveryMs = 2;

/**
 * Watches what decoded values take. Only decoding shows how large a payload becomes (20 KB of gzip may be 20 MB of JSON), so the
 * heap is looked at then.
 */
export class HeapWatch {
  readonly #runtime: Runtime;
  #lookedAt = 0;
  #isTight = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether nothing more should be decoded while something is in flight. */
  get isTight(): boolean {
    return this.#isTight;
  }

  /** To be called when a value was decoded. */
  look(): void {
    const { clock, heapInUse } = this.#runtime;
    const now = clock.now();
    if (now - this.#lookedAt < lookEveryMs) return;
    this.#lookedAt = now;
    this.#isTight = heapInUse() > tight;
  }
}
