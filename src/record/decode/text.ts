import { maker } from "../uncalled.ts";
import type { Decoder, Texts } from "./decoder.ts";
import { isNot } from "./looks-like.ts";
import { unquotedAs } from "./unquoted.ts";

/** Read once: the global is an accessor, which takes longer than the question. */
const { isBuffer } = Buffer;

/** Few handlers need it, and its import takes time. */
const nodeBuffer = () => process.getBuiltinModule("node:buffer");

/** The payload as it is. */
function bytes(): Decoder<Uint8Array, unknown> {
  return { decode: (data) => data };
}

/** The payload as UTF-8 text. Bytes that are no UTF-8 are an error, not replacement characters. */
function text(): Decoder<string, unknown> {
  return { decode: (data) => utf8(data) };
}

const bytesMaker = /* @__PURE__ */ maker(bytes, "bytes()");
const textMaker = /* @__PURE__ */ maker(text, "text()");

export { bytesMaker as bytes, textMaker as text };

export function utf8(data: Uint8Array, texts?: Texts): string {
  const ascii = texts && asciiIn(texts, data);
  if (ascii) return ascii;
  const bytes = isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const text = bytes.toString();
  // Only a text with replacement characters may have had other bytes.
  if (text.includes("\ufffd") && !nodeBuffer().isUtf8(data)) {
    throw unquotedAs(new TypeError(isNot("UTF-8 text", data)));
  }
  return text;
}

/** Of a payload among many: to cut one text of all takes half of the time of making each. "" or undefined: they are not ASCII, or it is not one of them. */
function asciiIn(texts: Texts, { buffer, byteOffset, length }: Uint8Array): string | undefined {
  let text = texts.get(buffer);
  if (text === null) {
    const bytes = Buffer.from(buffer);
    text = nodeBuffer().isAscii(bytes) ? bytes.toString("latin1") : "";
    texts.set(buffer, text);
  }
  return text?.slice(byteOffset, byteOffset + length);
}
