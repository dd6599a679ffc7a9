import { maker } from "../uncalled.ts";
import type { Decoder } from "./decoder.ts";
import { isNot } from "./looks-like.ts";
import { unquotedAs } from "./unquoted.ts";

/** Read once: the global is an accessor, which takes longer than the question. */
const { isBuffer } = Buffer;

/** The payload as it is. */
function bytes(): Decoder<Uint8Array, unknown> {
  return { decode: (data) => data };
}

/** The payload as UTF-8 text. Bytes that are no UTF-8 are an error, not replacement characters. */
function text(): Decoder<string, unknown> {
  return { decode: utf8 };
}

const bytesMaker = /* @__PURE__ */ maker(bytes, "bytes()");
const textMaker = /* @__PURE__ */ maker(text, "text()");

export { bytesMaker as bytes, textMaker as text };

export function utf8(data: Uint8Array): string {
  const bytes = isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString();
  // Only a text with replacement characters may have had other bytes.
  if (text.includes("\ufffd") && !process.getBuiltinModule("node:buffer").isUtf8(data)) {
    throw unquotedAs(new TypeError(isNot("UTF-8 text", data)));
  }
  return text;
}
