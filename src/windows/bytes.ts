/** How state is written: numbers in as few bytes as they need, one after the other, read back in the same order. */

const shortText = 64;

/** Bytes that grow at their end. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 − 1. */
  varint(value: number): void {
    this.#room(8);
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
    }
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  /** A whole number from −2^52 to 2^52 − 1. */
  signed(value: number): void {
    this.varint(value >= 0 ? 2 * value : -2 * value - 1);
  }

  float(value: number): void {
    this.#room(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  text(value: string): void {
    if (value.length <= shortText && this.#ascii(value)) return;
    // Half a surrogate pair has no UTF-8 of its own.
    const encoding = value.isWellFormed() ? "utf8" : "utf16le";
    const size = Buffer.byteLength(value, encoding);
    this.varint(2 * size + (encoding === "utf8" ? 0 : 1));
    this.#room(size);
    this.#length += this.#bytes.write(value, this.#length, size, encoding);
  }

  bytes(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.append(value);
  }

  /** Without their length. */
  append(value: Uint8Array): void {
    this.#room(value.byteLength);
    this.#bytes.set(value, this.#length);
    this.#length += value.byteLength;
  }

  /** What was written, as a copy. */
  take(): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(0, this.#length));
  }

  /** Short texts are written faster letter by letter. False: it is none of ASCII alone, and nothing was written. */
  #ascii(value: string): boolean {
    const { length } = value;
    this.#room(length + 2);
    const before = this.#length;
    this.varint(2 * length);
    for (let at = 0; at < length; at++) {
      const unit = value.charCodeAt(at);
      if (unit > 0x7f) {
        this.#length = before;
        return false;
      }
      this.#bytes[this.#length++] = unit;
    }
    return true;
  }

  #room(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#length + size));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

/** Reads what a ByteWriter wrote. Throws where it ends too soon. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  float(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  text(): string {
    const size = this.varint();
    const length = Math.floor(size / 2);
    const start = this.#take(length);
    return this.#bytes.toString(size % 2 === 0 ? "utf8" : "utf16le", start, start + length);
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.#bytes.subarray(this.#take(this.#bytes.length - this.#at));
  }

  #take(size: number): number {
    const start = this.#at;
    if (start + size > this.#bytes.length)
      throw new RangeError("The state of a window is cut off.");
    this.#at += size;
    return start;
  }
}
