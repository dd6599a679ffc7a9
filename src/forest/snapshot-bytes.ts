/** How a snapshot is written: numbers of fixed widths, little-endian, read back in the same order. */

/** The fewest bytes that tell `count` things apart, of 1, 2 and 4. */
export function bytesFor(count: number): 1 | 2 | 4 {
  if (count <= 2 ** 8) return 1;
  return count <= 2 ** 16 ? 2 : 4;
}

export class Writer {
  #view = new DataView(new ArrayBuffer(4096));
  #at = 0;

  whole(value: number, bytes: 1 | 2 | 4): void {
    // Taking them may give it another view.
    const at = this.#take(bytes);
    if (bytes === 1) this.#view.setUint8(at, value);
    else if (bytes === 2) this.#view.setUint16(at, value, true);
    else this.#view.setUint32(at, value, true);
  }

  float(value: number): void {
    const at = this.#take(4);
    this.#view.setFloat32(at, value, true);
  }

  floats(values: Float32Array): void {
    for (const value of values) this.float(value);
  }

  double(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  /** Eight to a byte, the first one lowest. */
  bits(values: readonly boolean[]): void {
    for (let from = 0; from < values.length; from += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) if (values[from + bit]) byte |= 1 << bit;
      this.whole(byte, 1);
    }
  }

  take(): Uint8Array {
    return new Uint8Array(this.#view.buffer.slice(0, this.#at));
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#view.byteLength) {
      const grown = new Uint8Array(2 * this.#view.byteLength);
      grown.set(new Uint8Array(this.#view.buffer));
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}

/** Reads what a Writer wrote. Throws where it ends too soon, or too late. */
export class Reader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  whole(bytes: 1 | 2 | 4): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    return bytes === 2 ? this.#view.getUint16(at, true) : this.#view.getUint32(at, true);
  }

  float(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }

  floats(into: Float32Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.float();
  }

  double(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }

  bits(count: number): boolean[] {
    const values: boolean[] = [];
    for (let byte = 0; values.length < count; ) {
      if (values.length % 8 === 0) byte = this.whole(1);
      values.push(((byte >> (values.length % 8)) & 1) === 1);
    }
    return values;
  }

  end(): void {
    if (this.#at !== this.#view.byteLength) {
      throw new RangeError(
        `A snapshot has ${this.#view.byteLength - this.#at} bytes more than it should.`,
      );
    }
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#view.byteLength) throw new RangeError("A snapshot is cut off.");
    return at;
  }
}
