/**
 * A run of records in one slab of memory. Keys and data fill the slab from its start, one slot
 * of 16 bytes per record fills it from its end (arrival, where the data ends, length of the key),
 * and it is full when they meet.
 */

const slotBytes = 16;
/** What the objects around a slab take, besides its bytes. */
const overhead = 640;

export interface LogRecord {
  readonly index: number;
  readonly partitionKey: string;
  readonly data: Uint8Array;
  /** Epoch milliseconds. */
  readonly arrival: number;
}

/** Is shown a record, when it arrived, and where it lies: its key, in UTF-8, ends where its data begins. */
export type Visit<Which> = (
  which: Which,
  arrival: number,
  bytes: Buffer,
  keyStart: number,
  dataStart: number,
  dataEnd: number,
) => void;

export class LogChunk {
  readonly firstIndex: number;
  count = 0;
  #slab: Buffer;
  #words: Uint32Array;
  #arrivals: Float64Array;
  #used = 0;

  constructor(firstIndex: number, capacity: number) {
    this.firstIndex = firstIndex;
    const memory = new ArrayBuffer(capacity);
    this.#slab = Buffer.from(memory);
    this.#words = new Uint32Array(memory);
    this.#arrivals = new Float64Array(memory);
  }

  /** The capacity that one record of `size` bytes needs at least. */
  static capacityFor(size: number): number {
    return Math.ceil(size / slotBytes) * slotBytes + slotBytes;
  }

  get heldBytes(): number {
    return this.#slab.length + overhead;
  }

  get lastArrival(): number {
    return this.arrival(this.count - 1);
  }

  fits(size: number): boolean {
    return this.#used + size + (this.count + 1) * slotBytes <= this.#slab.length;
  }

  append(arrival: number, key: string, keyLength: number, data: Uint8Array): void {
    writeKey(this.#slab, key, this.#used, keyLength);
    this.#slab.set(data, this.#used + keyLength);
    this.#used += keyLength + data.length;
    const slot = this.#slot(this.count++);
    this.#arrivals[slot * 2] = arrival;
    this.#words[slot * 4 + 2] = this.#used;
    this.#words[slot * 4 + 3] = keyLength;
  }

  arrival(record: number): number {
    return this.#arrivals[this.#slot(record) * 2]!;
  }

  /** Bytes of keys and data of the records from `first` to `end` (exclusive). */
  size(first: number, end: number): number {
    return this.#start(end) - this.#start(first);
  }

  /** Bytes of their keys alone. */
  keyBytes(first: number, end: number): number {
    let sum = 0;
    for (let record = first; record < end; record++)
      sum += this.#words[this.#slot(record) * 4 + 3]!;
    return sum;
  }

  /** Copies the records from `first` to `end` (exclusive) to `records`. */
  read(first: number, end: number, records: LogRecord[]): void {
    const start = this.#start(first);
    // One copy for all of them: readers may change it, and it pins no chunk.
    const copy = new Uint8Array(this.#slab.subarray(start, this.#start(end)));
    let at = start;
    for (let record = first; record < end; record++) {
      const slot = this.#slot(record);
      const keyEnd = at + this.#words[slot * 4 + 3]!;
      const dataEnd = this.#words[slot * 4 + 2]!;
      records.push({
        index: this.firstIndex + record,
        partitionKey: this.#slab.toString("utf8", at, keyEnd),
        data: copy.subarray(keyEnd - start, dataEnd - start),
        arrival: this.#arrivals[slot * 2]!,
      });
      at = dataEnd;
    }
  }

  /** Shows the records from `first` to `end` (exclusive) where they lie; nothing overwrites them. */
  visit(first: number, end: number, visit: Visit<number>): void {
    const slab = this.#slab;
    let start = this.#start(first);
    for (let record = first; record < end; record++) {
      const slot = this.#slot(record);
      const dataStart = start + this.#words[slot * 4 + 3]!;
      const dataEnd = this.#words[slot * 4 + 2]!;
      visit(this.firstIndex + record, this.#arrivals[slot * 2]!, slab, start, dataStart, dataEnd);
      start = dataEnd;
    }
  }

  /** Gives up room that nothing will fill, when it is worth a copy. */
  seal(): void {
    const slots = this.count * slotBytes;
    const needed = Math.ceil(this.#used / slotBytes) * slotBytes + slots;
    const full = this.#slab;
    if (needed > full.length * 0.9) return;
    const memory = new ArrayBuffer(needed);
    this.#slab = Buffer.from(memory);
    this.#words = new Uint32Array(memory);
    this.#arrivals = new Float64Array(memory);
    full.copy(this.#slab, 0, 0, this.#used);
    full.copy(this.#slab, needed - slots, full.length - slots);
  }

  #slot(record: number): number {
    return this.#slab.length / slotBytes - 1 - record;
  }

  /** Where a record begins: where the one before it ends. */
  #start(record: number): number {
    return record === 0 ? 0 : this.#words[this.#slot(record - 1) * 4 + 2]!;
  }
}

/** A key of one byte a character, which most are, is in ASCII; a short one is written before a call to write it has begun. */
function writeKey(bytes: Buffer, key: string, at: number, length: number): void {
  if (length !== key.length || length > 40) bytes.write(key, at, "utf8");
  else for (let i = 0; i < length; i++) bytes[at + i] = key.charCodeAt(i);
}
