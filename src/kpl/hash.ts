import type { BinaryLike } from "node:crypto";

let crypto: Pick<typeof import("node:crypto"), "hash"> | undefined;

/**
 * Node's one-shot hash, in hex unless a buffer, or a character for each byte, is asked for. Its module comes with the first hash and not with
 * the handler's import, of which it would be the greater part.
 */
export function hash(algorithm: string, data: BinaryLike): string;
export function hash(algorithm: string, data: BinaryLike, encoding: "buffer"): Buffer;
export function hash(algorithm: string, data: BinaryLike, encoding: "latin1"): string;
export function hash(
  algorithm: string,
  data: BinaryLike,
  encoding?: "buffer" | "latin1",
): string | Buffer {
  crypto ??= process.getBuiltinModule("node:crypto");
  return crypto.hash(algorithm, data, (encoding ?? "hex") as "hex");
}
