import { BufferView } from "../kpl/buffer-view.ts";
import type { Texts } from "./decode/decoder.ts";

/** Bytes that are allocated at once, at most. A larger payload gets its own. */
const largestChunk = 65_536;

/** Of Node's own: what `write` comes to at last, which spends as long as a short payload takes on finding that out. */
const { write, base64Write = write } = Buffer.prototype as Buffer & { base64Write?: typeof write };

/**
 * Decodes `count` payloads of base64, many into one piece of memory: an allocation for each would cost more than
 * the decoding. Undefined for what is no base64: decoding is lenient, and shows it in a payload that is too short. `texts` gets the
 * pieces of many, which are zero where nothing lies.
 */
export function payloadDecoder(
  count: number,
  texts: Texts,
): (base64: string) => Buffer | undefined {
  let chunk = Buffer.alloc(0);
  let memory: ArrayBufferLike = chunk.buffer;
  let at = 0;
  let left = count;
  return function decode(base64): Buffer | undefined {
    const expected = sizeOf(base64);
    if (at + expected > chunk.length) {
      // For those that follow, if they are alike.
      const size = Math.max(expected, Math.min(largestChunk, expected * left));
      chunk = Buffer.alloc(size);
      memory = chunk.buffer;
      if (size <= largestChunk) texts.set(memory, null);
      at = 0;
    }
    left--;
    const length = base64Write.call(chunk, base64, at, expected, "base64");
    if (length !== expected) return tidied(base64, decode);
    const payload = new BufferView(memory, at, length);
    at += length;
    return payload;
  };
}

/** How many bytes it comes to: what `Buffer.byteLength` says, which takes four times as long. */
function sizeOf(base64: string): number {
  let { length } = base64;
  if (base64[length - 1] === "=") length--;
  if (base64[length - 1] === "=") length--;
  return (length * 3) >>> 2;
}

/** The bytes of one payload; undefined for what is no base64. */
export function bytesOfBase64(base64: string): Buffer | undefined {
  const data = Buffer.from(base64, "base64");
  if (data.length === sizeOf(base64)) return data;
  return tidied(base64, bytesOfBase64);
}

// AWS sends none; what people write into events by hand is broken into lines.
function tidied<T>(base64: string, decode: (base64: string) => T): T | undefined {
  const whole = base64.replaceAll(/\s+/g, "");
  return whole === base64 ? undefined : decode(whole);
}
