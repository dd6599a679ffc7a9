/**
 * The records of one shard, oldest first, in chunks. A record is known by its index, which counts
 * from 1 and is part of its sequence number. Arrival times never go back within a shard, so
 * they can be searched, and what is too old is always a run at the front.
 */
import { LogChunk, type LogRecord, type Visit } from "./log-chunk.ts";

const smallestChunk = 2 * 1024;
const largestChunk = 256 * 1024;

interface Piece {
  readonly chunk: LogChunk;
  readonly first: number;
  readonly stop: number;
}

/** Records one after the other. They stay as they are, whatever becomes of the log. */
export class LogRun {
  readonly #pieces: readonly Piece[];
  readonly count: number;
  /** Of keys and data. */
  readonly bytes: number;

  constructor(pieces: readonly Piece[], bytes: number) {
    this.#pieces = pieces;
    this.count = pieces.reduce((sum, { first, stop }) => sum + stop - first, 0);
    this.bytes = bytes;
  }

  get keyBytes(): number {
    return this.#pieces.reduce(
      (sum, { chunk, first, stop }) => sum + chunk.keyBytes(first, stop),
      0,
    );
  }

  copy(): LogRecord[] {
    const records: LogRecord[] = [];
    for (const { chunk, first, stop } of this.#pieces) chunk.read(first, stop, records);
    return records;
  }

  visit(visit: Visit<number>): void {
    for (const { chunk, first, stop } of this.#pieces) chunk.visit(first, stop, visit);
  }
}

export class ShardLog {
  /** The index of the oldest record that is held; equal to `next` when none is. */
  first = 1;
  /** The index of the next record. */
  next = 1;
  heldBytes = 0;
  lastArrival = Number.NEGATIVE_INFINITY;
  #chunks: LogChunk[] = [];

  /** Adds a record and returns its index. `keyLength`: bytes of the key in UTF-8. */
  append(now: number, key: string, keyLength: number, data: Uint8Array): number {
    this.lastArrival = Math.max(this.lastArrival, now);
    const chunk = this.#chunkFor(keyLength + data.length);
    chunk.append(this.lastArrival, key, keyLength, data);
    return this.next++;
  }

  #chunkFor(size: number): LogChunk {
    const last = this.#chunks.at(-1);
    if (last?.fits(size)) return last;
    let capacity = smallestChunk;
    if (last) {
      this.heldBytes -= last.heldBytes;
      last.seal();
      this.heldBytes += last.heldBytes;
      capacity = Math.min(largestChunk, Math.max(smallestChunk, this.heldBytes));
      capacity = Math.ceil(capacity / 16) * 16;
    }
    const chunk = new LogChunk(this.next, Math.max(capacity, LogChunk.capacityFor(size)));
    this.#chunks.push(chunk);
    this.heldBytes += chunk.heldBytes;
    return chunk;
  }

  /** The arrival of the oldest record; undefined when none is held. */
  get oldestArrival(): number | undefined {
    return this.first < this.next ? this.arrivalAt(this.first) : undefined;
  }

  arrivalAt(index: number): number {
    const chunk = this.#chunks[this.#chunkOf(index)]!;
    return chunk.arrival(index - chunk.firstIndex);
  }

  /** The index of the first record that arrived at `timestamp` or later; `next` when there is none. */
  firstArrivedFrom(timestamp: number): number {
    return lowerBound(this.first, this.next, (index) => this.arrivalAt(index) >= timestamp);
  }

  /** Forgets every record that arrived before `horizon`. */
  trim(horizon: number): void {
    let gone = 0;
    while (gone < this.#chunks.length && this.#chunks[gone]!.lastArrival < horizon) {
      this.heldBytes -= this.#chunks[gone]!.heldBytes;
      gone++;
    }
    this.#chunks.splice(0, gone);
    this.first = Math.max(this.first, this.#chunks[0]?.firstIndex ?? this.next);
    this.first = this.firstArrivedFrom(horizon);
  }

  /** When the last record of the oldest chunk arrived; undefined where there is only one chunk. */
  get oldestChunkArrival(): number | undefined {
    return this.#chunks.length > 1 ? this.#chunks[0]!.lastArrival : undefined;
  }

  /** Forgets the oldest chunk, and returns how many bytes that gives back. */
  dropOldestChunk(): number {
    const [chunk] = this.#chunks.splice(0, 1);
    if (!chunk) return 0;
    this.heldBytes -= chunk.heldBytes;
    this.first = Math.max(this.first, chunk.firstIndex + chunk.count);
    return chunk.heldBytes;
  }

  /** Forgets every record before `index`, which is that of the next one. */
  skipTo(index: number): void {
    this.#chunks = [];
    this.heldBytes = 0;
    this.first = index;
    this.next = index;
  }

  /**
   * Records from index `from` on: at most `limit` of them and at most `maxBytes` of keys and data,
   * but always one when there is one.
   */
  run(from: number, limit: number, maxBytes: number): LogRun {
    const end = Math.min(this.next, from + limit);
    const pieces: Piece[] = [];
    let bytes = 0;
    for (let at = this.#chunkOf(from), index = from; index < end; at++) {
      const chunk = this.#chunks[at]!;
      const first = index - chunk.firstIndex;
      const last = Math.min(end - chunk.firstIndex, chunk.count);
      const left = maxBytes - bytes;
      const tooMany = (record: number) => chunk.size(first, record + 1) > left;
      const stop = lowerBound(pieces.length === 0 ? first + 1 : first, last, tooMany);
      pieces.push({ chunk, first, stop });
      bytes += chunk.size(first, stop);
      index = chunk.firstIndex + stop;
      if (stop < last) break;
    }
    return new LogRun(pieces, bytes);
  }

  #chunkOf(index: number): number {
    return lowerBound(0, this.#chunks.length, (at) => this.#chunks[at]!.firstIndex > index) - 1;
  }
}

/** The first number in [low, high) for which `holds`, which stays true once it is; `high` if none. */
function lowerBound(low: number, high: number, holds: (at: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
