/** How data is written: the mirror of the decoders `json`, `text`, `bytes`, `gzip` and `zstd`. */

import { callOf, maker } from "../record/uncalled.ts";
import { encodeJson } from "../values/encode-json.ts";
import { isBytes, isFunction, tagOf } from "../values/kinds.ts";

/** Turns a value into the bytes of a record. At once: a promise would let a later record of the key overtake. */
export interface DataEncoderObject<V> {
  readonly encode: (value: V) => string | Uint8Array;
}

/** Wherever an encoder is wanted, a function of your own will do. */
export type DataEncoder<V> = DataEncoderObject<V> | DataEncoderObject<V>["encode"];

/** JSON, which the decoder `json()` reads; a bigint keeps its digits. */
function toJson(): DataEncoderObject<unknown> {
  return { encode: jsonOf };
}

/**
 * What `inner` writes, in gzip: the decoder `gzip(json())` reads it.
 *
 * @example
 * kinesisProducer({ stream: "orders", encode: toGzip(toJson()) });
 */
function toGzip<V>(inner: DataEncoder<V>): DataEncoderObject<V> {
  const encode = encodeFunctionOf("toGzip", inner);
  return { encode: (value) => zlib().gzipSync(bytesOf(encode(value))) };
}

/** What `inner` writes, in Zstandard: the decoder `zstd(json())` reads it. Needs Node 22.15 or newer; throws at start where it is missing. */
function toZstd<V>(inner: DataEncoder<V>): DataEncoderObject<V> {
  const encode = encodeFunctionOf("toZstd", inner);
  const { zstdCompressSync } = zlib();
  if (!zstdCompressSync) {
    throw new Error(`toZstd() needs Node 22.15 or newer; this is ${process.version}.`);
  }
  return { encode: (value) => zstdCompressSync(bytesOf(encode(value))) };
}

const toJsonMaker = /* @__PURE__ */ maker(toJson, "toJson()");
const toGzipMaker = /* @__PURE__ */ maker(toGzip, "toGzip(toJson())");
const toZstdMaker = /* @__PURE__ */ maker(toZstd, "toZstd(toJson())");

export { toGzipMaker as toGzip, toJsonMaker as toJson, toZstdMaker as toZstd };

/** Not imported: as a module it makes the start longer of those who do not compress. */
const zlib = () => process.getBuiltinModule("node:zlib");

/** Bytes and text as they are, all else as JSON. */
export const encodeAsIs = (value: unknown): string | Uint8Array =>
  typeof value === "string" || isBytes(value) ? value : jsonOf(value);

/** Not of what has content that JSON leaves out, down to `{}`: a promise that nobody has waited for, a Map, an ArrayBuffer. */
function jsonOf(value: unknown): string {
  const isEmpty = /(Promise|Map|Set|ArrayBuffer|DataView)\]$/.test(tagOf(value));
  if (!isEmpty || (value as { toJSON?: unknown }).toJSON) return encodeJson(value);
  throw new TypeError(`JSON has no form for ${tagOf(value)}.`);
}

/** @throws TypeError, in the name of `who`, for what is no encoder. */
export function encodeFunctionOf<V>(
  who: string,
  encoder: DataEncoder<V>,
): DataEncoderObject<V>["encode"] {
  const uncalled = callOf(encoder);
  const encode = typeof encoder === "function" ? encoder : encoder?.encode;
  if (isFunction(encode) && uncalled === undefined) return encode;
  const wanted = uncalled ?? "an encoder such as toJson(), or a function";
  throw new TypeError(`${who}: encode must be ${wanted}.`);
}

/** @throws TypeError for a promise, and for what else is neither text nor bytes. */
export function bytesOf(written: unknown): Uint8Array {
  if (typeof written === "string") return Buffer.from(written);
  if (isBytes(written)) return written;
  throw new TypeError(
    `An encoder returns bytes or text at once, and this one returned ${tagOf(written)}.`,
  );
}
