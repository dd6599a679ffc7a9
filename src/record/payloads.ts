import { BufferView } from "../kpl/buffer-view.ts";

/** Bytes that are allocated at once. Larger payloads get their own. */
const chunkSize = 65_536;

/**
 * Decodes base64, many payloads into one piece of memory: an allocation for each would cost more than the decoding.
 * Undefined for what is no base64: decoding is lenient, and shows it in a payload that is too short.
 */
export function payloadDecoder(): (base64: string) => Buffer | undefined {
  let chunk = Buffer.alloc(0);
  let memory: ArrayBufferLike = chunk.buffer;
  let at = 0;
  return (base64) => {
    const expected = Buffer.byteLength(base64, "base64");
    if (at + expected > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkSize, expected));
      memory = chunk.buffer;
      at = 0;
    }
    const length = chunk.write(base64, at, "base64");
    if (length !== expected) return undefined;
    const payload = new BufferView(memory, at, length);
    at += length;
    return payload;
  };
}
