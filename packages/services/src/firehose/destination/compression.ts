/** The five ways in which Firehose writes the bytes of an object, as they were seen on AWS. */
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { snappyCompress } from "../../../../../src/wire/snappy.ts";

export const compressionFormats = [
  "UNCOMPRESSED",
  "GZIP",
  "ZIP",
  "Snappy",
  "HADOOP_SNAPPY",
] as const;
export type CompressionFormat = (typeof compressionFormats)[number];

export interface Compression {
  /** Of the object's key, unless the settings name another one. */
  readonly extension: string;
  readonly contentEncoding?: string;
  compress(bytes: Uint8Array, entry: ZipEntry): Uint8Array;
}

/** What a ZIP archive says of its only entry. */
export interface ZipEntry {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

export const compressions: Readonly<Record<CompressionFormat, Compression>> = {
  UNCOMPRESSED: { extension: "", compress: (bytes) => bytes },
  GZIP: { extension: ".gz", contentEncoding: "gzip", compress: (bytes) => gzipSync(bytes) },
  ZIP: { extension: ".zip", contentEncoding: "zip", compress: zip },
  Snappy: { extension: ".snappy", contentEncoding: "snappy-java", compress: xerialSnappy },
  HADOOP_SNAPPY: { extension: ".snappy", contentEncoding: "hadoop-snappy", compress: hadoopSnappy },
};

/** The archive's clock is UTC, and begins in 1980. */
function zip(bytes: Uint8Array, { name, modifiedAt }: ZipEntry): Uint8Array {
  const utc = new Date(Math.max(modifiedAt, Date.UTC(1980, 0, 2)));
  const mtime = new Date(utc.getTime() + utc.getTimezoneOffset() * 60_000);
  return zipSync({ [name]: bytes }, { mtime });
}

const KiB = 1024;

/**
 * The stream of snappy-java, not Google's framing:
 *
 *   82 "SNAPPY" 00 | version, 4 bytes | compatible version, 4 bytes | (length, 4 bytes | block)…
 */
function xerialSnappy(bytes: Uint8Array): Uint8Array {
  const header = [Buffer.from("\x82SNAPPY\0", "latin1"), bigEndian(1), bigEndian(1)];
  const chunks = blocks(bytes, 32 * KiB).flatMap((block) => {
    const compressed = snappyCompress(block);
    return [bigEndian(compressed.length), compressed];
  });
  return Buffer.concat([...header, ...chunks]);
}

/**
 * The blocks of Hadoop's SnappyCodec:
 *
 *   (length before, 4 bytes | length after, 4 bytes | block)…
 */
function hadoopSnappy(bytes: Uint8Array): Uint8Array {
  const chunks = blocks(bytes, 256 * KiB).flatMap((block) => {
    const compressed = snappyCompress(block);
    return [bigEndian(block.length), bigEndian(compressed.length), compressed];
  });
  return Buffer.concat(chunks);
}

function blocks(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
