/** The bytes of a record, in the form in which a person can read them. */
import { isUtf8 } from "node:buffer";
import * as zlib from "node:zlib";
import { zstdFrames } from "../../../../src/record/decode/zstd-frames.ts";
import { isExact, reindented } from "./json-text.ts";

/** What the bytes are, as a person reads them. */
export interface Payload {
  readonly bytes: number;
  /** What they were packed with. */
  readonly packed?: Packing;
  /** What is in them; undefined: no text. */
  readonly text?: string;
  readonly isJson: boolean;
  readonly data: Uint8Array;
}

/** For programs: one of `json`, `text` and `base64`. JSON with numbers that JavaScript does not hold is text. */
export interface PayloadReport {
  readonly bytes: number;
  readonly packed?: Packing;
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
}

type Packing = "gzip" | "zlib" | "zstd";

/** A small record must not fill the memory. */
const maxOutputLength = 64 * 1024 * 1024;

export function readPayload(data: Uint8Array): Payload {
  const { content, packed } = unpacked(data);
  const text = isUtf8(content) ? Buffer.from(content).toString() : undefined;
  return {
    bytes: data.length,
    ...(packed && { packed }),
    ...(text !== undefined && { text }),
    isJson: text !== undefined && isJson(text),
    data,
  };
}

function isJson(text: string): boolean {
  if (!/^\s*[[{"]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

export function payloadReport({ bytes, packed, text, isJson, data }: Payload): PayloadReport {
  const report = { bytes, ...(packed && { packed }) };
  if (text === undefined) return { ...report, base64: Buffer.from(data).toString("base64") };
  return isJson && isExact(text) ? { ...report, json: JSON.parse(text) } : { ...report, text };
}

function unpacked(data: Uint8Array): { content: Uint8Array; packed?: Packing } {
  const packed = packingOf(data);
  if (!packed) return { content: data };
  try {
    return { content: unpack[packed](data, { maxOutputLength }), packed };
  } catch {
    // It only begins as if it were packed.
    return { content: data };
  }
}

const unpack: Readonly<
  Record<Packing, (data: Uint8Array, options: { maxOutputLength: number }) => Uint8Array>
> = {
  gzip: zlib.gunzipSync,
  zlib: zlib.inflateSync,
  // Node takes the first frame for the whole.
  zstd: (data, options) =>
    Buffer.concat(zstdFrames(data).map((frame) => zlib.zstdDecompressSync(frame, options))),
};

function packingOf(data: Uint8Array): Packing | undefined {
  const start = Buffer.from(data.subarray(0, 4)).toString("hex");
  if (start.startsWith("1f8b")) return "gzip";
  if (/^78(01|5e|9c|da)/.test(start)) return "zlib";
  return start === "28b52ffd" ? "zstd" : undefined;
}

/** `51 bytes of JSON`, `97 bytes of gzip, text within` */
export function payloadTitle({ bytes, packed, isJson, text }: Payload): string {
  if (bytes === 0) return "none";
  const what = isJson ? "JSON" : text !== undefined ? "text" : "no text";
  const size = `${bytes} byte${bytes === 1 ? "" : "s"}`;
  return packed ? `${size} of ${packed}, ${what} within` : `${size} of ${what}`;
}

/** All of it. Undefined: there is nothing to show. */
export function payloadText({ bytes, isJson, text, data }: Payload): string | undefined {
  if (bytes === 0) return undefined;
  if (text === undefined) return hexDump(data);
  return isJson ? reindented(text) : text.replace(/\n$/, "");
}

/** Sixteen bytes a line: where, what, and as text. */
function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const some = Buffer.from(bytes.subarray(at, at + 16));
    const hex = [...some].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    const text = some.toString("latin1").replace(/[^\x20-\x7e]/g, ".");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join("\n");
}
