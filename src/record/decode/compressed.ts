import * as zlib from "node:zlib";
import { type Decoder, type DecoderLike, decodeFunctionOf } from "./decoder.ts";
import { zstdFrames } from "./zstd-frames.ts";

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
export function gzip<T, Record = unknown>(
  inner: DecoderLike<T, Record>,
  { maxOutputLength = largest }: DecompressOptions = {},
): Decoder<T, Record> {
  const decodeInner = decodeFunctionOf(inner);
  return {
    decode: (data, record) => decodeInner(zlib.gunzipSync(data, { maxOutputLength }), record),
  };
}

/**
 * Decompresses a Zstandard payload and hands it to `inner`. Needs a Node that has zstd
 * (22.15 or newer); throws at start where it is missing.
 */
export function zstd<T, Record = unknown>(
  inner: DecoderLike<T, Record>,
  { maxOutputLength = largest }: DecompressOptions = {},
): Decoder<T, Record> {
  const { zstdDecompressSync } = zlib;
  if (!zstdDecompressSync) {
    throw new Error(`zstd() needs Node 22.15 or newer; this is ${process.version}.`);
  }
  const decodeInner = decodeFunctionOf(inner);
  return {
    decode(data, record) {
      let size = 0;
      const parts = zstdFrames(data).map((frame) => {
        const part = zstdDecompressSync(frame, { maxOutputLength });
        size += part.length;
        if (size > maxOutputLength) {
          throw new RangeError(`Cannot decompress more than ${maxOutputLength} bytes.`);
        }
        return part;
      });
      return decodeInner(parts.length === 1 ? parts[0]! : Buffer.concat(parts), record);
    },
  };
}
