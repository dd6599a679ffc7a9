/** Opens what a command line names: a file, one that gzip has packed, or standard input. */
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { wholeText } from "./encoding.ts";
import type { Input } from "./options.ts";
import { peeked } from "./peek.ts";

export interface OpenedInput extends Input {
  /** In bytes. Undefined: nobody knows, or it is packed. */
  readonly size: number | undefined;
}

/** `-` is standard input. What begins as gzip does is unpacked. Rejects, saying why, when it cannot be read. */
export async function openInput(
  file: string,
  stdin: AsyncIterable<Uint8Array | string> = process.stdin,
  what = "",
): Promise<OpenedInput> {
  if (file === "-") {
    const name = "standard input";
    return { file: name, chunks: unpacked(name, asBytes(stdin), false), size: undefined };
  }
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read ${what}${file}: ${whyNot(cause)}.`, { cause });
  });
  if (found.isDirectory()) throw new Error(`cannot read ${what}${file}: it is a folder.`);
  const isNamedSo = file.endsWith(".gz");
  // A pipe can be read once.
  const isPacked = isNamedSo || !found.isFile() || (await beginsPacked(file));
  return {
    file,
    chunks: unpacked(file, createReadStreamLater(file), isNamedSo),
    size: isPacked ? undefined : found.size,
  };
}

/** All of a text. `what` it is, such as "the event ", stands before its name where it cannot be read. */
export async function readText(
  file: string,
  stdin?: AsyncIterable<Uint8Array | string>,
  what = "",
): Promise<string> {
  return textOf(await openInput(file, stdin, what));
}

/** Throws InputError where it is no text. */
export async function textOf({ file, chunks }: Input): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of chunks) parts.push(part);
  return wholeText(Buffer.concat(parts), file);
}

async function beginsPacked(file: string): Promise<boolean> {
  const handle = await open(file).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`cannot read ${file}: ${whyNot(cause)}.`, { cause });
  });
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return isGzip(buffer);
  } finally {
    await handle.close();
  }
}

const isGzip = (head: Uint8Array) => head[0] === 0x1f && head[1] === 0x8b;

async function* asBytes(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) yield typeof chunk === "string" ? Buffer.from(chunk) : chunk;
}

/** Opens it when its first chunk is wanted: of many files, one at a time. */
async function* createReadStreamLater(file: string): AsyncGenerator<Uint8Array> {
  const bytes = createReadStream(file);
  try {
    yield* bytes;
  } finally {
    bytes.destroy();
  }
}

async function* unpacked(
  file: string,
  chunks: AsyncIterable<Uint8Array>,
  mustBe: boolean,
): AsyncGenerator<Uint8Array> {
  try {
    const { head, all } = await peeked(chunks);
    if (mustBe || isGzip(head)) yield* pipeline(Readable.from(all), createGunzip(), () => {});
    else yield* all;
  } catch (cause) {
    if ((cause as Error).name === "AbortError") throw cause;
    throw new Error(`cannot read ${file}: ${whyNot(cause as NodeJS.ErrnoException)}.`, { cause });
  }
}

function whyNot({ code, message }: NodeJS.ErrnoException): string {
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "this user may not";
  if (code === "Z_BUF_ERROR") return `what gzip has packed breaks off: ${message}`;
  return message;
}
