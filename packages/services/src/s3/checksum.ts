/** The checksums that S3 checks and keeps. */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

export type ChecksumAlgorithm = "CRC32" | "CRC32C" | "CRC64NVME" | "SHA1" | "SHA256";

/** A checksum that is kept with an object: the whole object's, or made of those of its parts. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** In base64; a composite one ends with `-` and the number of parts. */
  readonly value: string;
  readonly type: "FULL_OBJECT" | "COMPOSITE";
}

export interface RunningChecksum {
  update(bytes: Uint8Array): void;
  /** In base64. */
  digest(): string;
}

/** Upper case, as `x-amz-sdk-checksum-algorithm` has them. */
export const checksumAlgorithms: ReadonlySet<string> = new Set<ChecksumAlgorithm>([
  "CRC32",
  "CRC32C",
  "CRC64NVME",
  "SHA1",
  "SHA256",
]);

export function runningChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case "CRC32":
      return crc32Of((bytes, before) => crc32(bytes, before));
    case "CRC32C":
      return crc32Of(crc32c);
    case "CRC64NVME":
      return crc64nvme();
    default: {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("base64") };
    }
  }
}

function crc32Of(step: (bytes: Uint8Array, before: number) => number): RunningChecksum {
  let sum = 0;
  return {
    update(bytes) {
      sum = step(bytes, sum);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(sum >>> 0);
      return bytes.toString("base64");
    },
  };
}

/** Castagnoli's polynomial, reflected. */
const castagnoli = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  return sum;
});

function crc32c(bytes: Uint8Array, before: number): number {
  let sum = ~before;
  for (let at = 0; at < bytes.length; at++) {
    sum = castagnoli[(sum ^ bytes[at]!) & 0xff]! ^ (sum >>> 8);
  }
  return ~sum;
}

/** NVM Express's polynomial, reflected, in two halves: BigInt would be a hundred times slower. */
const polynomial = { high: 0x9a6c9329, low: 0xac4bc9b5 };
const nvmeHigh = new Uint32Array(256);
const nvmeLow = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let high = 0;
  let low = byte;
  for (let bit = 0; bit < 8; bit++) {
    const odd = low & 1;
    low = (low >>> 1) | (high << 31);
    high >>>= 1;
    if (odd) {
      high ^= polynomial.high;
      low ^= polynomial.low;
    }
  }
  nvmeHigh[byte] = high;
  nvmeLow[byte] = low;
}

function crc64nvme(): RunningChecksum {
  let high = ~0;
  let low = ~0;
  return {
    update(bytes) {
      for (let at = 0; at < bytes.length; at++) {
        const byte = (low ^ bytes[at]!) & 0xff;
        low = ((low >>> 8) | (high << 24)) ^ nvmeLow[byte]!;
        high = (high >>> 8) ^ nvmeHigh[byte]!;
      }
    },
    digest() {
      const bytes = Buffer.alloc(8);
      bytes.writeUInt32BE(~high >>> 0, 0);
      bytes.writeUInt32BE(~low >>> 0, 4);
      return bytes.toString("base64");
    },
  };
}
