/** A Matroska file as a camera's recording: cut into fragments, each of which begins with a keyframe. */
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { MatroskaError } from "../../../../src/video/errors.ts";
import { blockFinder, type PlacedBlock, type PlacedBlocks } from "./blocks.ts";

/** PutMedia takes five fragments a second: keyframes that come sooner do not begin one. */
const leastMs = 200;
/** A block's time within its cluster has 16 bits with a sign. */
const mostUnits = 2 ** 15 - 1;
const video = 1;
const chunkBytes = 256 * 1024;

/** A fragment of the file. Times are milliseconds from its beginning on. */
export interface RecordedFragment {
  readonly startMs: number;
  readonly endMs: number;
  readonly blocks: readonly PlacedBlock[];
}

/** A file that can be played. Its name is kept, and it is read when it is played: it must not change. */
export interface VideoRecording {
  readonly fragments: readonly RecordedFragment[];
  readonly durationMs: number;
  readonly millisecondsPerUnit: number;
  /** Whether the file ends in the middle of something. What is whole is played. */
  readonly isCut: boolean;
  /** The file's bytes, of the tracks and of blocks. */
  read(from: number, to: number): Promise<Buffer>;
  /** The element that describes the tracks. */
  readonly tracks: Uint8Array;
  close(): Promise<void>;
}

/**
 * Opens a Matroska or WebM file, such as ffmpeg makes. Rejects for a file that cannot be read, that is none, or that has no video to be cut at keyframes.
 *
 * @example
 * const recording = await openVideo("door.mkv");
 * const server = await serveVideo({ recording, stream: "door" });
 */
export async function openVideo(file: string): Promise<VideoRecording> {
  const handle = await open(file).catch((cause) => {
    throw new Error(`${file} cannot be read: ${why(cause)}.`, { cause });
  });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error(`${file} is no file, but a folder or a device.`);
    const found = await find(file, stat.size);
    const fragments = cut(file, found);
    const read = reading(file, handle);
    return {
      fragments,
      durationMs: fragments.at(-1)!.endMs,
      millisecondsPerUnit: found.scale / 1e6,
      isCut: found.isCut,
      tracks: await read(found.tracksPlace.from, found.tracksPlace.to),
      read,
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

const why = ({ code, message }: NodeJS.ErrnoException) =>
  ({ ENOENT: "there is no such file", EACCES: "this user may not" })[code ?? ""] ?? message;

async function find(file: string, size: number): Promise<PlacedBlocks> {
  if (size === 0) throw new Error(`${file} is empty.`);
  const finder = blockFinder(size);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes }))
      finder.push(chunk);
  } catch (cause) {
    if (!(cause instanceof MatroskaError)) throw cause;
    throw new Error(
      `${file} is no Matroska that can be played: at byte ${cause.byteOffset}, ${cause.what}. ffmpeg -i ${file} -c copy door.mkv makes one of other files.`,
      { cause },
    );
  }
  return finder.found();
}

function cut(file: string, found: PlacedBlocks): readonly RecordedFragment[] {
  const { scale, tracks, blocks, isCut } = found;
  // What a file that is cut says of its length is not true any more.
  const duration = isCut ? 0 : found.duration;
  const track = tracks.find(({ trackType }) => trackType === video)?.trackNumber;
  if (track === undefined) {
    throw new Error(
      `${file} has no video track of Matroska or WebM. ffmpeg -i ${file} -c copy door.mkv makes a file of them from others.`,
    );
  }
  const inMs = (units: number) => (units * scale) / 1e6;
  const cuts: PlacedBlock[][] = [];
  for (const block of blocks) {
    const current = cuts.at(-1);
    const isCut =
      block.isKeyframe &&
      block.trackNumber === track &&
      (!current || inMs(block.time - current[0]!.time) >= leastMs);
    if (isCut) cuts.push([block]);
    // What comes before the first keyframe nobody can decode.
    else current?.push(block);
  }
  if (cuts.length === 0) throw new Error(`${file} has no keyframe.`);
  const first = cuts[0]![0]!.time;
  return cuts.map((fragment, index) => {
    const start = fragment[0]!.time;
    const last = fragment.reduce((latest, { time }) => Math.max(latest, time), start);
    if (fragment.some(({ time }) => Math.abs(time - start) > mostUnits)) {
      throw new Error(
        `${file} has no keyframe between ${inMs(start) / 1000} and ${inMs(last) / 1000} s: a fragment cannot be so long. ffmpeg -i ${file} -g 50 door.mkv gives it more.`,
      );
    }
    const [next] = cuts[index + 1] ?? [];
    const end = next?.time ?? Math.max(duration, last + spacing(fragment, track));
    return { startMs: inMs(start - first), endMs: inMs(end - first), blocks: fragment };
  });
}

/** How far video frames are apart, in units. */
function spacing(blocks: readonly PlacedBlock[], track: number): number {
  const times = blocks.filter(({ trackNumber }) => trackNumber === track).map(({ time }) => time);
  const span = Math.max(...times) - Math.min(...times);
  return Math.max(1, span / Math.max(1, times.length - 1));
}

const reading = (file: string, handle: FileHandle) => async (from: number, to: number) => {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  if (bytesRead < bytes.length) throw new Error(`${file} has changed while it is played.`);
  return bytes;
};
