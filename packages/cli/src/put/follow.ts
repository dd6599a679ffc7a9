/**
 * A file that grows and is rotated, as a sequence of files. Rotated by renaming (`access.log` becomes
 * `access.log.1`) the old file is read to its end before the new one; rotated by copying and truncating,
 * the rest is read from the copy.
 */
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../../../src/time/clock.ts";
import { beginning, type StartAt } from "../input/lines.ts";
import { type Checkpoint, type FileHead, fileHead, type Head, hasHead } from "./checkpoint.ts";

export interface FollowOptions {
  /** Ends it, at the next opportunity. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** How often it looks for more. */
  readonly pollMs: number;
  /** So long a rotated file must not have grown, until it is left: its writer may still have it open. */
  readonly quietMs: number;
  /** Says what happened to the file. */
  readonly note: (text: string) => void;
}

/** A file that is read from its beginning, or from where a checkpoint was. */
export interface ResumedFile {
  readonly inode: string;
  /** Where its chunks begin. */
  readonly start: StartAt;
  /** What the checkpoint knows of it. */
  readonly checkpoint: Checkpoint | undefined;
  /** Of a followed file they end when it is rotated and read to its end, or at the signal. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly head: FileHead;
}

/** From the checkpoint on, or from the beginning of the file as it is now. */
export async function* followFile(
  path: string,
  checkpoint: Checkpoint | undefined,
  options: FollowOptions,
): AsyncGenerator<ResumedFile> {
  let file = checkpoint ? await reopen(path, checkpoint) : await openLive(path, options);
  if (checkpoint && !file) {
    if (checkpoint.offset > 0) throw new Error(gone(path, checkpoint));
    file = await openLive(path, options);
  }
  for (let known = checkpoint; file; known = undefined) {
    const grown: Grown = { file, isTruncated: false };
    try {
      const { ino } = await file.stat({ bigint: true });
      const start: StartAt = known ?? beginning;
      const head = await fileHead(file, start.offset);
      yield {
        inode: String(ino),
        ...{ start, head, checkpoint: known },
        chunks: readGrowing(path, grown, start.offset, head, options),
      };
      if (options.signal.aborted) return;
      file = await successor(path, grown, options);
      if (file) options.note(`${path} was rotated.`);
    } finally {
      await grown.file.close();
    }
  }
}

/** What is being read, which may become a copy of what it was. */
interface Grown {
  file: FileHandle;
  /** Its name belongs to a new file now, and there is no copy. */
  isTruncated: boolean;
}

const chunkBytes = 64 * 1024;

async function* readGrowing(
  path: string,
  grown: Grown,
  start: number,
  head: FileHead,
  { signal, clock, pollMs, quietMs, note }: FollowOptions,
): AsyncGenerator<Uint8Array> {
  let offset = start;
  let quietSince: number | undefined;
  while (!signal.aborted) {
    const chunk = Buffer.alloc(chunkBytes);
    const { bytesRead } = await grown.file.read(chunk, 0, chunkBytes, offset);
    if (bytesRead > 0) {
      const bytes = chunk.subarray(0, bytesRead);
      head.add(bytes, offset);
      offset += bytesRead;
      quietSince = undefined;
      yield bytes;
      continue;
    }
    const now = clock.now();
    if (await isLive(path, grown.file)) quietSince = undefined;
    // What was written between the read and the look is read first.
    else if (quietSince === undefined) quietSince = now;
    else if (now - quietSince >= quietMs) return;
    await clock.sleep(pollMs, signal).catch(() => {});
    const { size } = await grown.file.stat();
    const before = head.upTo(offset);
    if (size >= offset && (await hasHead(grown.file, before))) continue;
    const copy = await siblingWith(path, before, offset);
    if (!copy) {
      note(`${path} was truncated, and there is no copy: what was not read yet is gone.`);
      grown.isTruncated = true;
      return;
    }
    note(`${path} was truncated; its copy is read to the end.`);
    await grown.file.close();
    grown.file = copy;
  }
}

/** Whether the path still leads to the file. */
async function isLive(path: string, file: FileHandle): Promise<boolean> {
  const [now, then] = await Promise.all([
    stat(path, { bigint: true }).catch(() => undefined),
    file.stat({ bigint: true }),
  ]);
  return now?.ino === then.ino && now.dev === then.dev;
}

/** The file that took the name, or took it first of several. Undefined: the signal came first. */
async function successor(
  path: string,
  { file, isTruncated }: Grown,
  options: FollowOptions,
): Promise<FileHandle | undefined> {
  if (isTruncated) return openLive(path, options);
  const { signal, clock, pollMs } = options;
  const { mtimeNs, ino } = await file.stat({ bigint: true });
  while (!signal.aborted) {
    // Held before the others are looked for: one that is rotated meanwhile would be passed over.
    const live = await openIfThere(path);
    const liveIno = (await live?.stat({ bigint: true }))?.ino;
    const [next] = (await siblings(path)).filter(
      (one) => one.mtimeNs > mtimeNs && one.ino !== ino && one.ino !== liveIno,
    );
    if (!next && live) return live;
    await live?.close();
    if (next?.isPacked) throw new Error(`${next.path} was packed before it was read: unpack it.`);
    const rotated = next && (await openIfThere(next.path));
    if (rotated && (await rotated.stat({ bigint: true })).ino === next.ino) return rotated;
    // The name is another's by now.
    await rotated?.close();
    if (!next) await clock.sleep(pollMs, signal).catch(() => {});
  }
  return undefined;
}

/** Waits until there is one. Undefined: the signal came first. */
async function openLive(
  path: string,
  { signal, clock, pollMs }: FollowOptions,
): Promise<FileHandle | undefined> {
  while (!signal.aborted) {
    const file = await openIfThere(path);
    if (file) return file;
    await clock.sleep(pollMs, signal).catch(() => {});
  }
  return undefined;
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new Error(`cannot read ${path}: ${message}`, { cause });
  }
}

/** The file that the checkpoint is of, whatever it is called now. */
async function reopen(
  path: string,
  { inode, head, offset }: Checkpoint,
): Promise<FileHandle | undefined> {
  const live = await stat(path, { bigint: true }).catch(() => undefined);
  const rotated = await siblings(path);
  const paths = [
    ...(String(live?.ino) === inode ? [path] : []),
    ...rotated.filter((one) => String(one.ino) === inode).map((one) => one.path),
  ];
  for (const candidate of paths) {
    const file = await openIfThere(candidate);
    if (!file) continue;
    const { ino, size } = await file.stat({ bigint: true });
    // The name may be another's by now.
    if (String(ino) === inode && size >= offset && (await hasHead(file, head))) return file;
    await file.close();
  }
  return head.bytes === 0 ? undefined : siblingWith(path, head, offset);
}

/** A file that begins alike and is no shorter: a copy. The newest. */
async function siblingWith(
  path: string,
  head: Head,
  offset: number,
): Promise<FileHandle | undefined> {
  for (const sibling of (await siblings(path)).reverse()) {
    if (sibling.isPacked) continue;
    const file = await open(sibling.path, "r");
    if ((await file.stat()).size >= offset && (await hasHead(file, head))) return file;
    await file.close();
  }
  return undefined;
}

interface Sibling {
  readonly path: string;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly isPacked: boolean;
}

/** What the file was rotated to, such as `access.log.1` and `access.log-20260101`: the oldest first. */
async function siblings(path: string): Promise<Sibling[]> {
  const folder = dirname(path);
  const found: Sibling[] = [];
  for (const name of await readdir(folder)) {
    if (!name.startsWith(basename(path))) continue;
    const suffix = /^[.-][\dT:_.-]*\d(\.(?:gz|bz2|xz|zst))?$/.exec(
      name.slice(basename(path).length),
    );
    if (!suffix) continue;
    const place = join(folder, name);
    const stats = await stat(place, { bigint: true }).catch(() => undefined);
    if (!stats?.isFile()) continue;
    found.push({
      path: place,
      ino: stats.ino,
      mtimeNs: stats.mtimeNs,
      isPacked: suffix[1] !== undefined,
    });
  }
  return found.sort((a, b) => (a.mtimeNs < b.mtimeNs ? -1 : 1));
}

/**
 * A file that does not grow, once: from the checkpoint on, or from its beginning. Rejects when the
 * checkpoint is of another file.
 */
export async function* resumeFile(
  path: string,
  checkpoint: Checkpoint | undefined,
): AsyncGenerator<ResumedFile> {
  const file = await open(path, "r");
  try {
    const { ino } = await file.stat({ bigint: true });
    if (checkpoint && !(await hasHead(file, checkpoint.head))) {
      throw new Error(
        `${path} is not the file that the checkpoint is of: it begins otherwise. Name another checkpoint, or begin anew with --restart.`,
      );
    }
    const start = checkpoint ?? beginning;
    const head = await fileHead(file, start.offset);
    const chunks = readToEnd(file, start.offset, head);
    yield { inode: String(ino), start, checkpoint, chunks, head };
  } finally {
    await file.close();
  }
}

async function* readToEnd(
  file: FileHandle,
  start: number,
  head: FileHead,
): AsyncGenerator<Uint8Array> {
  for (let offset = start; ; ) {
    const chunk = Buffer.alloc(chunkBytes);
    const { bytesRead } = await file.read(chunk, 0, chunkBytes, offset);
    if (bytesRead === 0) return;
    const bytes = chunk.subarray(0, bytesRead);
    head.add(bytes, offset);
    offset += bytesRead;
    yield bytes;
  }
}

function gone(path: string, { offset, line }: Checkpoint): string {
  return `the file that ${path} was when the checkpoint was saved (read up to line ${line}, byte ${offset}) is gone or packed, and what it had more is not here. Unpack it beside ${path}, or begin with ${path} as it is now: --restart.`;
}
