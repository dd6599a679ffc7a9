import { isUtf8 } from "node:buffer";
import type { Decoder } from "./decoder.ts";

/** The payload as it is. */
export function bytes(): Decoder<Uint8Array, unknown> {
  return { decode: (data) => data };
}

/** The payload as UTF-8 text. Bytes that are no UTF-8 are an error, not replacement characters. */
export function text(): Decoder<string, unknown> {
  return { decode: utf8 };
}

export function utf8(data: Uint8Array): string {
  const bytes =
    data instanceof Buffer ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString();
  // Only a text with replacement characters may have had other bytes.
  if (text.includes("\ufffd") && !isUtf8(data)) {
    throw new TypeError("The payload is not UTF-8 text.");
  }
  return text;
}
