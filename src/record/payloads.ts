import { BufferView } from "../kpl/buffer-view.ts";

/** Bytes that are allocated at once, at most. A larger payload gets its own. */
const largestChunk = 65_536;

/**
 * Decodes `count` payloads of base64, many into one piece of memory: an allocation for each would cost more than
 * the decoding. Undefined for what is no base64: decoding is lenient, and shows it in a payload that is too short.
 */
export function payloadDecoder(count: number): (base64: string) => Buffer | undefined {
  let chunk = Buffer.alloc(0);
  let memory: ArrayBufferLike = chunk.buffer;
  let at = 0;
  let left = count;
  return function decode(base64): Buffer | undefined {
    const expected = Buffer.byteLength(base64, "base64");
    if (at + expected > chunk.length) {
      // For those that follow, if they are alike.
      const size = Math.max(expected, Math.min(largestChunk, expected * left));
      chunk = Buffer.allocUnsafeSlow(size);
      memory = chunk.buffer;
      at = 0;
    }
    left--;
    const length = chunk.write(base64, at, "base64");
    if (length !== expected) return hasSpace(base64) ? decode(withoutSpace(base64)) : undefined;
    const payload = new BufferView(memory, at, length);
    at += length;
    return payload;
  };
}

/** The bytes of one payload; undefined for what is no base64. */
export function bytesOfBase64(base64: string): Buffer | undefined {
  const data = Buffer.from(base64, "base64");
  if (data.length === Buffer.byteLength(base64, "base64")) return data;
  return hasSpace(base64) ? bytesOfBase64(withoutSpace(base64)) : undefined;
}

// AWS sends none; what people write into events by hand is broken into lines.
const hasSpace = (base64: string) => /\s/.test(base64);
const withoutSpace = (base64: string) => base64.replaceAll(/\s+/g, "");
