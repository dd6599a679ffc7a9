/** A body that was received: in a file of its own until it becomes an object or a part of one. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { type ChecksumAlgorithm, type RunningChecksum, runningChecksum } from "./checksum.ts";
import { S3Error } from "./error.ts";

export interface Received {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly md5: string;
  readonly sha256: string | undefined;
  readonly checksums: ReadonlyMap<ChecksumAlgorithm, string>;
}

export type Body = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export interface ReceiveOptions {
  readonly path: string;
  readonly algorithms: Iterable<ChecksumAlgorithm>;
  /** Also computes the digest that a signature may name. */
  readonly sha256?: boolean;
  readonly maxBytes: number;
}

/** Writes a body to a file; leaves none behind when it fails. */
export async function receive(
  body: Body,
  { path, algorithms, sha256 = false, maxBytes }: ReceiveOptions,
): Promise<Received> {
  const md5 = createHash("md5");
  const digest = sha256 ? createHash("sha256") : undefined;
  const sums = new Map<ChecksumAlgorithm, RunningChecksum>();
  for (const algorithm of algorithms) sums.set(algorithm, runningChecksum(algorithm));
  let size = 0;
  const file = await open(path, "wx");
  try {
    for await (const bytes of body) {
      size += bytes.length;
      if (size > maxBytes) throw tooLarge(maxBytes);
      md5.update(bytes);
      digest?.update(bytes);
      for (const sum of sums.values()) sum.update(bytes);
      await file.writeFile(bytes);
    }
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
  const checksums = new Map(
    [...sums].map(([algorithm, sum]) => [algorithm, sum.digest()] as const),
  );
  return { path, size, md5: md5.digest("hex"), sha256: digest?.digest("hex"), checksums };
}

const tooLarge = (maxBytes: number) =>
  new S3Error(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    MaxSizeAllowed: `${maxBytes}`,
  });

/** The bytes of files, one after the other. */
export async function* contentOf(paths: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const path of paths) yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}
