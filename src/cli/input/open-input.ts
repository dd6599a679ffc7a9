/** Opens what a command line names: a file, one that gzip has packed, or standard input. */
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Input } from "./read-input.ts";

export interface OpenedInput extends Input {
  /** In bytes. Undefined: nobody knows, or it is packed. */
  readonly size: number | undefined;
}

/** `-` is standard input. Rejects, saying why, when it cannot be read. */
export async function openInput(
  file: string,
  stdin: AsyncIterable<Uint8Array | string> = process.stdin,
): Promise<OpenedInput> {
  if (file === "-") return { file: "standard input", chunks: asBytes(stdin), size: undefined };
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read ${file}: ${whyNot(cause)}.`, { cause });
  });
  if (found.isDirectory()) throw new Error(`cannot read ${file}: it is a folder.`);
  const isPacked = file.endsWith(".gz");
  return {
    file,
    chunks: readChunks(file, isPacked),
    size: isPacked || !found.isFile() ? undefined : found.size,
  };
}

async function* asBytes(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

async function* readChunks(file: string, isPacked: boolean): AsyncGenerator<Uint8Array> {
  const bytes = createReadStream(file);
  try {
    if (isPacked) yield* pipeline(bytes, createGunzip(), () => {});
    else yield* bytes;
  } catch (cause) {
    throw new Error(`cannot read ${file}: ${whyNot(cause as NodeJS.ErrnoException)}.`, { cause });
  } finally {
    bytes.destroy();
  }
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "this user may not";
  return message;
}
