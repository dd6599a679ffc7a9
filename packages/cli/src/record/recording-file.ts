/** The file that a recording is written to: whole lines, and where each shard was. */
import { randomUUID } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm } from "node:fs/promises";
import { compareSequenceNumbers } from "../../../../src/record/position.ts";
import type { Output } from "../command-line/run-command.ts";
import { readLines } from "../input/lines.ts";
import { isRecorded } from "../input/recorded.ts";

/** Where a shard was. */
export interface ShardPlace {
  /** The last record that is in the recording. */
  readonly after?: string;
  /** Everything up to its end, or to that of the recording. */
  readonly isDone?: boolean;
}

/** What a recording knows of itself. */
export interface RecordingState {
  /** When it began, in epoch milliseconds. */
  readonly startedAt: number;
  readonly shards: ReadonlyMap<string, ShardPlace>;
}

export interface RecordingFile {
  /** What was recorded before. Undefined: nothing. */
  readonly before: RecordingState | undefined;
  /** When it was written last, in epoch milliseconds. Undefined: nothing was before. */
  readonly leftAt: number | undefined;
  /** Appends whole lines, or none. */
  write(lines: string): Promise<void>;
  /** Keeps `state`, after everything that was written. */
  keep(state: RecordingState): Promise<void>;
  close(): Promise<void>;
}

/** Standard output: nothing was before, and nothing is kept. */
export function recordingOutput(out: Output): RecordingFile {
  return {
    before: undefined,
    leftAt: undefined,
    async write(lines) {
      if (out.write(lines) !== false || !out.once) return;
      // Whoever read it may be gone: then it never drains.
      await new Promise<void>((resolve) => {
        out.once?.("drain", resolve);
        out.once?.("close", resolve);
      });
    },
    keep: async () => {},
    close: async () => {},
  };
}

interface Checkpoint {
  readonly stream: string;
  readonly startedAt: number;
  /** Of the file: what is said of the shards is true of its first bytes. */
  readonly bytes: number;
  readonly shards: Readonly<Record<string, ShardPlace>>;
}

/** Opens it to go on, without the half of a line. Rejects when it is no recording of the stream. */
export async function openRecording(
  path: string,
  stream: string,
  overwrite: boolean,
): Promise<RecordingFile> {
  const checkpointPath = `${path}.checkpoint`;
  if (overwrite) await rm(checkpointPath, { force: true });
  const file = await open(path, overwrite ? "w+" : "a+").catch((cause: Error) => {
    throw new Error(`cannot write ${path}: ${cause.message}`, { cause });
  });
  try {
    const { mtimeMs } = await file.stat();
    const before = await recover(file, path, stream, await loadCheckpoint(checkpointPath));
    let { size } = await file.stat();
    return {
      before,
      leftAt: before && mtimeMs,
      async write(lines) {
        try {
          await file.appendFile(lines);
        } catch (cause) {
          await file.truncate(size).catch(() => {});
          throw new Error(`cannot write ${path}: ${(cause as Error).message}`, { cause });
        }
        size += Buffer.byteLength(lines);
      },
      async keep({ startedAt, shards }) {
        await file.sync();
        const checkpoint: Checkpoint = {
          ...{ stream, startedAt, bytes: size },
          shards: Object.fromEntries(shards),
        };
        await replaceFile(checkpointPath, `${JSON.stringify(checkpoint)}\n`);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function recover(
  file: FileHandle,
  path: string,
  stream: string,
  checkpoint: Checkpoint | undefined,
): Promise<RecordingState | undefined> {
  const { size } = await file.stat();
  if (checkpoint && checkpoint.stream !== stream) {
    throw new Error(
      `${path} is a recording of the stream ${checkpoint.stream}. Choose another --output, or --overwrite it.`,
    );
  }
  if (checkpoint && checkpoint.bytes > size) {
    throw new Error(
      `${path} is shorter than when it was left. Bring it back, choose another --output, or --overwrite it.`,
    );
  }
  if (size === 0 && !checkpoint) return undefined;
  const shards = new Map(Object.entries(checkpoint?.shards ?? {}));
  const whole = await readPlaces(file, path, checkpoint?.bytes ?? 0, shards);
  if (whole < size) await file.truncate(whole);
  return { startedAt: checkpoint?.startedAt ?? 0, shards };
}

/** Takes what the lines from `offset` on say. Resolves to the end of the last whole line. */
async function readPlaces(
  file: FileHandle,
  path: string,
  offset: number,
  shards: Map<string, ShardPlace>,
): Promise<number> {
  let whole = offset;
  const chunks = file.createReadStream({ start: offset, autoClose: false });
  for await (const { bytes, number, end, finished } of readLines(chunks, { offset, line: 1 })) {
    if (!finished) break;
    const line = parsed(bytes.toString());
    if (!isRecorded(line)) {
      const where = offset === 0 ? `:${number}` : "";
      throw new Error(
        `${path}${where}: this is no line of a recording. Choose another --output, or --overwrite it.`,
      );
    }
    const { shardId, sequenceNumber } = line as { shardId: string; sequenceNumber: string };
    const known = shards.get(shardId)?.after;
    if (known === undefined || compareSequenceNumbers(known, sequenceNumber) < 0) {
      shards.set(shardId, { ...shards.get(shardId), after: sequenceNumber });
    }
    whole = end;
  }
  return whole;
}

async function loadCheckpoint(path: string): Promise<Checkpoint | undefined> {
  try {
    const checkpoint = parsed(await readFile(path, "utf8")) as Checkpoint | undefined;
    if (typeof checkpoint?.bytes === "number" && checkpoint.shards) return checkpoint;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  throw new Error(`${path} is no checkpoint of a recording. Remove it: the recording tells, too.`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** All of it or nothing. */
async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
