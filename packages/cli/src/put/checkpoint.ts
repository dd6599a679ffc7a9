/** Where in a file everything before was put, in a file of its own. */
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import type { Layout, ReadInputOptions } from "../input/index.ts";

export interface Checkpoint {
  readonly stream: string;
  /** Tells the file from others that take its name. */
  readonly inode: string;
  /** Inodes are used again: what the file begins with tells it from a later one. */
  readonly head: Head;
  /** The byte to go on at. */
  readonly offset: number;
  /** The number of the line that begins there. */
  readonly line: number;
  readonly layout?: Layout | undefined;
}

/** The SHA-256 of the file's first bytes. */
export interface Head {
  readonly bytes: number;
  readonly sha256: string;
}

const largestHead = 1024;

/** What a file begins with, as far as it was read. */
export interface FileHead {
  /** Takes bytes that were read at `offset`. */
  add(bytes: Uint8Array, offset: number): void;
  /** What does not change any more when the file is read up to `offset`. */
  upTo(offset: number): Head;
}

/** Of a file that is read from `offset` on. */
export async function fileHead(file: FileHandle, offset: number): Promise<FileHead> {
  let first = await readFirst(file, Math.min(largestHead, offset));
  return {
    add(bytes, offset) {
      if (offset !== first.length || first.length === largestHead) return;
      first = Buffer.concat([first, bytes]).subarray(0, largestHead);
    },
    upTo: (offset) => headOf(first.subarray(0, offset)),
  };
}

export async function hasHead(file: FileHandle, head: Head): Promise<boolean> {
  const found = headOf(await readFirst(file, head.bytes));
  return found.bytes === head.bytes && found.sha256 === head.sha256;
}

async function readFirst(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, 0);
  return bytes.subarray(0, bytesRead);
}

const headOf = (bytes: Uint8Array): Head => ({
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
});

/** Undefined: there is none yet. Throws when it is none, or one of another stream. */
export async function loadCheckpoint(
  file: string,
  stream: string,
): Promise<Checkpoint | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`cannot read the checkpoint ${file}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const checkpoint = parsed(text);
  if (typeof checkpoint?.offset !== "number" || typeof checkpoint.inode !== "string") {
    throw new Error(`${file} is no checkpoint of shardmill put. Name another with --checkpoint.`);
  }
  if (checkpoint.stream !== stream) {
    throw new Error(
      `${file} is the checkpoint of the stream ${checkpoint.stream}. Name another with --checkpoint.`,
    );
  }
  return checkpoint;
}

/** Throws where a person says now that the file is something else than it was then. */
export function checkLayout(
  { layout }: Checkpoint,
  file: string,
  { format, encoding }: Pick<ReadInputOptions, "format" | "encoding">,
): void {
  if (!layout) return;
  const was = layout.encoding ?? "utf-8";
  const [option, then, now] =
    format !== undefined && format !== layout.format
      ? ["--format", layout.format, format]
      : encoding !== undefined && encoding !== was
        ? ["--encoding", was, encoding]
        : [];
  if (option === undefined) return;
  throw new Error(
    `${file} is of a file in ${then}, and ${option} says ${now}. Leave ${option} out, or begin anew with --restart.`,
  );
}

function parsed(text: string): Checkpoint | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** All of it or nothing: there is the old checkpoint or the new one, whatever happens. */
export async function saveCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const temporary = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(`${JSON.stringify(checkpoint)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Error(`cannot save the checkpoint ${file}: ${(cause as Error).message}`, { cause });
  }
}
