/** Snappy's block format, which Parquet's pages and Hadoop's blocks have: `https://github.com/google/snappy/blob/main/format_description.txt` */

const tableBits = 14;
const furthest = 0xffff;

/**
 * Compresses in one pass, greedily: four bytes that were seen before begin a copy, as long as it goes. Where nothing repeats it takes longer and longer steps.
 *
 * @example
 * snappyCompress(Buffer.from("abcdabcdabcd")); // 0c 0c 61 62 63 64 11 04: twelve bytes; four as they are; eight from four before
 */
export function snappyCompress(input: Uint8Array): Uint8Array {
  const { length } = input;
  const view = new DataView(input.buffer, input.byteOffset, length);
  const out = new Uint8Array(32 + length + Math.ceil(length / 6));
  /** Where four bytes were seen last, by their hash. */
  const seenAt = new Int32Array(1 << tableBits);
  let end = putLength(out, length);
  /** What is before it is written. */
  let from = 0;
  let steps = 32;
  // The first bytes are what an empty place of the table leads to.
  for (let at = 1; at <= length - 4; ) {
    const four = view.getInt32(at, true);
    const slot = slotOf(four);
    const before = seenAt[slot]!;
    seenAt[slot] = at;
    if (at - before > furthest || view.getInt32(before, true) !== four) {
      at += steps++ >> 5;
      continue;
    }
    end = putLiteral(out, end, input, from, at);
    from = at + 4;
    const distance = at - before;
    while (from <= length - 4 && view.getInt32(from, true) === view.getInt32(from - distance, true))
      from += 4;
    while (from < length && input[from] === input[from - distance]) from++;
    end = putCopy(out, end, distance, from - at);
    if (from <= length - 4) seenAt[slotOf(view.getInt32(from - 1, true))] = from - 1;
    at = from;
    steps = 32;
  }
  end = putLiteral(out, end, input, from, length);
  return out.subarray(0, end);
}

const slotOf = (four: number): number => Math.imul(four, 0x1e35a7bd) >>> (32 - tableBits);

/** Each of these returns where the next byte goes. */
function putLength(out: Uint8Array, length: number): number {
  let end = 0;
  for (let rest = length; ; rest >>>= 7) {
    if (rest < 0x80) {
      out[end++] = rest;
      return end;
    }
    out[end++] = rest | 0x80;
  }
}

function putLiteral(out: Uint8Array, start: number, input: Uint8Array, from: number, to: number) {
  const size = to - from;
  if (size === 0) return start;
  let end = start + 1;
  if (size <= 60) out[start] = (size - 1) << 2;
  else {
    for (let rest = size - 1; rest > 0; rest >>>= 8) out[end++] = rest;
    out[start] = (58 + end - start) << 2;
  }
  // A call costs more than a few bytes.
  if (size > 32) out.set(input.subarray(from, to), end);
  else for (let at = 0; at < size; at++) out[end + at] = input[from + at]!;
  return end + size;
}

function putCopy(out: Uint8Array, start: number, distance: number, length: number) {
  let end = start;
  let left = length;
  while (left > 64) {
    // What is left has four bytes at least.
    const some = left >= 68 ? 64 : 60;
    end = putShortCopy(out, end, distance, some);
    left -= some;
  }
  return putShortCopy(out, end, distance, left);
}

function putShortCopy(out: Uint8Array, start: number, distance: number, length: number) {
  let end = start;
  if (length < 12 && distance < 2048) {
    out[end++] = 1 | ((length - 4) << 2) | ((distance >> 8) << 5);
  } else {
    out[end++] = 2 | ((length - 1) << 2);
    out[end++] = distance;
    out[end++] = distance >> 8;
    return end;
  }
  out[end++] = distance;
  return end;
}
