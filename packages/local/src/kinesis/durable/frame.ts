/**
 * Frames of the log: length of the payload (4) | CRC32 of what follows (4) | kind (1) | payload.
 * A frame that a crash cut off fails its checksum.
 */
import { crc32 } from "node:zlib";

export type FrameKind = "state" | "stream" | "removed" | "records" | "account";

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Buffer;
  /** Where the next frame begins. */
  readonly end: number;
}

const kinds: readonly FrameKind[] = ["state", "stream", "removed", "records", "account"];
const headerLength = 9;

export function frame(kind: FrameKind, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(headerLength + payload.length);
  bytes.writeUInt32BE(payload.length, 0);
  bytes.writeUInt8(kinds.indexOf(kind), 8);
  bytes.set(payload, headerLength);
  bytes.writeUInt32BE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

/** The frame that begins at `at`; undefined when it is not whole. */
export function readFrame(bytes: Buffer, at: number): Frame | undefined {
  if (at + headerLength > bytes.length) return undefined;
  const end = at + headerLength + bytes.readUInt32BE(at);
  const kind = kinds[bytes[at + 8]!];
  if (end > bytes.length || !kind) return undefined;
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32BE(at + 4)) return undefined;
  return { kind, payload: bytes.subarray(at + headerLength, end), end };
}
