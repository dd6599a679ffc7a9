/** A block of Matroska: four bytes or more that say what it is, then the frame. https://www.rfc-editor.org/rfc/rfc9559#section-10 */
import { numberAt, numberLength } from "./ebml.ts";
import { MatroskaError } from "./errors.ts";
import type { VideoFrame } from "./fragment.ts";

/** Time in units of the timestamp scale, and flags. */
const behindTrack = 3;
/** A track number of 8 bytes, and those. */
const longestHead = 8 + behindTrack;

/** A block whose bytes come one after the other. */
export interface BlockDraft {
  add(chunk: Uint8Array, from: number, to: number): void;
  /** The frame. `toTime` makes of the block's time, relative to its cluster, seconds since the epoch. */
  frame(isKeyframe: boolean | undefined, toTime: (relative: number) => number): VideoFrame;
}

/** `at`: where the block begins, for what is said of a broken one. */
export function blockDraft(at: number): BlockDraft {
  const head = new Uint8Array(longestHead);
  let headLength = 0;
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  const wanted = () => (headLength === 0 ? 1 : numberLength(head[0]!) + behindTrack);
  return {
    add(chunk, from, to) {
      let next = from;
      while (next < to && headLength < Math.min(wanted(), longestHead)) {
        head[headLength++] = chunk[next++]!;
      }
      if (next === to) return;
      parts.push(chunk.subarray(next, to));
      byteLength += to - next;
    },
    frame(isKeyframe, toTime) {
      const trackLength = numberLength(head[0]!);
      if (headLength === 0 || trackLength > 8 || headLength < wanted()) {
        throw new MatroskaError(at, "a block has no head: its track, its time and its flags");
      }
      const relative = ((head[trackLength]! << 24) | (head[trackLength + 1]! << 16)) >> 16;
      const flags = head[trackLength + 2]!;
      return {
        trackNumber: numberAt(head, 0),
        at: toTime(relative),
        isKeyframe: isKeyframe ?? (flags & 0x80) !== 0,
        isLaced: (flags & 0x06) !== 0,
        parts,
        byteLength,
      };
    },
  };
}
