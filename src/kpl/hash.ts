import type { BinaryLike } from "node:crypto";

let crypto: Pick<typeof import("node:crypto"), "hash"> | undefined;

/**
 * Node's one-shot hash, in hex unless a buffer is asked for. Its module comes with the first hash and not with
 * the handler's import, of which it would be the greater part.
 */
export function hash(algorithm: string, data: BinaryLike): string;
export function hash(algorithm: string, data: BinaryLike, encoding: "buffer"): Buffer;
export function hash(algorithm: string, data: BinaryLike, encoding?: "buffer"): string | Buffer {
  crypto ??= process.getBuiltinModule("node:crypto");
  return encoding ? crypto.hash(algorithm, data, encoding) : crypto.hash(algorithm, data);
}
