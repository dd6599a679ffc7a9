import * as zlib from "node:zlib";
import { maker } from "../uncalled.ts";
import {
  aDecoder,
  type Decoder,
  type DecoderLike,
  decodeFunctionOf,
  isDecoder,
} from "./decoder.ts";
import { isNot } from "./looks-like.ts";
import { unquotedAs } from "./unquoted.ts";
import { zstdFrames } from "./zstd-frames.ts";

/** What `gzip` and `zstd` take besides the decoder of what was compressed. */
export interface DecompressOptions {
  /** The largest output that is accepted, in bytes, so that a small record cannot fill the memory. @default 67108864 (64 MiB) */
  readonly maxOutputLength?: number;
}

const largest = 64 * 1024 * 1024;

/**
 * Gunzips the payload and hands it to `inner`.
 *
 * @example
 * const decode = gzip(json(Order));
 */
function gzip<T, Record = unknown>(
  inner: DecoderLike<T, Record>,
  { maxOutputLength = largest }: DecompressOptions = {},
): Decoder<T, Record> {
  const decodeInner = innerOf("gzip", inner, maxOutputLength);
  return { decode: (data, record) => decodeInner(gunzip(data, maxOutputLength), record) };
}

const gzipMaker = /* @__PURE__ */ maker(gzip, "gzip(json())");
const zstdMaker = /* @__PURE__ */ maker(zstd, "zstd(json())");

export { gzipMaker as gzip, zstdMaker as zstd };

/** Refuses, at start, what every payload would fail with. */
function innerOf<T, Record>(who: string, inner: DecoderLike<T, Record>, maxOutputLength: number) {
  if (!isDecoder(inner)) {
    throw new TypeError(`${who}: its first argument must be ${aDecoder(inner)}.`);
  }
  if (!Number.isInteger(maxOutputLength) || maxOutputLength < 1) {
    throw new TypeError(
      `${who}: maxOutputLength must be a whole number of bytes from 1; it is ${String(maxOutputLength)}.`,
    );
  }
  return decodeFunctionOf(inner);
}

/** Gunzips a payload; throws what it looks like where it is no gzip. */
export function gunzip(data: Uint8Array, maxOutputLength: number): Buffer {
  try {
    return zlib.gunzipSync(data, { maxOutputLength });
  } catch (cause) {
    throw notDecompressed(cause, data, "gzip", data[0] === 0x1f && data[1] === 0x8b);
  }
}

/** What zlib says holds nothing of the payload. */
function notDecompressed(cause: unknown, data: Uint8Array, codec: string, isOfCodec: boolean) {
  const { message } = cause as Error;
  const why = isOfCodec
    ? `The payload of ${data.length} bytes is ${codec} that cannot be decompressed: ${message}.`
    : isNot(codec, data);
  return unquotedAs(new Error(why, { cause }));
}

/**
 * Decompresses a Zstandard payload and hands it to `inner`. Needs a Node that has zstd
 * (22.15 or newer); throws at start where it is missing.
 */
function zstd<T, Record = unknown>(
  inner: DecoderLike<T, Record>,
  { maxOutputLength = largest }: DecompressOptions = {},
): Decoder<T, Record> {
  const { zstdDecompressSync } = zlib;
  if (!zstdDecompressSync) {
    throw new Error(`zstd() needs Node 22.15 or newer; this is ${process.version}.`);
  }
  const decodeInner = innerOf("zstd", inner, maxOutputLength);
  return {
    decode: (data, record) => decodeInner(decompress(data), record),
  };

  function decompress(data: Uint8Array): Buffer {
    let size = 0;
    try {
      const parts = zstdFrames(data).map((frame) => {
        const part = zstdDecompressSync(frame, { maxOutputLength });
        size += part.length;
        if (size <= maxOutputLength) return part;
        throw new RangeError(`Cannot decompress more than ${maxOutputLength} bytes.`);
      });
      return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    } catch (cause) {
      throw notDecompressed(cause, data, "Zstandard", data[0] === 0x28 && data[1] === 0xb5);
    }
  }
}
