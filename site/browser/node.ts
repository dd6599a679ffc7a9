/** What the simulator, the mapping and the consumer use of Node.js' modules, for a browser: the bundle has it in their place. */
import { Buffer } from "buffer/index.js";
import { md5, sha256 } from "./hashes.ts";

export { Buffer };

// That of the package copies into a Buffer alone; that of Node.js into any bytes.
Buffer.prototype.copy = function (this: Buffer, target, at = 0, from = 0, to = this.length) {
  const part = this.subarray(from, Math.min(to, from + target.length - at));
  target.set(part, at);
  return part.length;
};

const algorithms = { md5, sha256 };

export function hash(
  algorithm: keyof typeof algorithms,
  data: string | Uint8Array,
  encoding: "hex" | "latin1" | "buffer" = "hex",
) {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  const digest = Buffer.from(algorithms[algorithm](bytes));
  return encoding === "buffer" ? digest : digest.toString(encoding);
}

export const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 128);

export function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Of a filter. A zone is none here. */
export const isIPv6 = (text: string): boolean => URL.canParse(`http://[${text}]/`);

// What is imported beside these, and not reached by anything that the page plays.
export const pathToFileURL = (path: string): URL => new URL(path, "file:///");
export const STATUS_CODES = {};
const { setTimeout } = globalThis;

export { setTimeout };
