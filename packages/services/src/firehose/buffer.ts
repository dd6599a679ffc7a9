/** Buffering hints: what has come is handed on when it is enough, or when it is old enough. */
import type { Clock } from "../../../../src/time/clock.ts";

export interface BufferingHints {
  /** Bytes, before compression. */
  readonly bytes: number;
  /** Milliseconds from the first record on. 0: at once. */
  readonly milliseconds: number;
  /** @default no limit */
  readonly records?: number;
}

/** Time as buffers feel it: in a hurry, nothing waits. */
export type BufferClock = Pick<Clock, "after">;

export interface RecordBuffer<Item> {
  add(item: Item, bytes: number): void;
  /** Hands on what there is, without waiting for more. */
  flush(): void;
  readonly isEmpty: boolean;
}

/**
 * `flush` gets what was gathered, never an empty list. A batch ends before the record that would
 * take it over the hint; a single record may be larger than the hint.
 */
export function recordBuffer<Item>(
  clock: BufferClock,
  {
    bytes: mostBytes,
    milliseconds,
    records: mostRecords = Number.POSITIVE_INFINITY,
  }: BufferingHints,
  handOn: (items: readonly Item[]) => void,
): RecordBuffer<Item> {
  let items: Item[] = [];
  let bytes = 0;
  let cancel = () => {};

  function flush(): void {
    cancel();
    if (items.length === 0) return;
    const gathered = items;
    items = [];
    bytes = 0;
    handOn(gathered);
  }

  return {
    add(item, size) {
      if (items.length > 0 && bytes + size > mostBytes) flush();
      if (items.length === 0) cancel = clock.after(milliseconds, flush);
      items.push(item);
      bytes += size;
      if (bytes >= mostBytes || items.length >= mostRecords) flush();
    },
    flush,
    get isEmpty() {
      return items.length === 0;
    },
  };
}
