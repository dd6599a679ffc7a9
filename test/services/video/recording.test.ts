/** A file of Matroska is cut into fragments, and refused with what is wrong where it is none. */
import { readFragments } from "shardmill/video";
import { describe, expect, it } from "vitest";
import { fragmentDocument } from "../../../packages/services/src/video/document.ts";
import { openVideo, type VideoRecording } from "../../../packages/services/src/video/index.ts";
import { fileOf, film, filmed, picture, sound } from "./film.ts";

async function opened(bytes: Uint8Array, use: (recording: VideoRecording) => unknown) {
  const recording = await openVideo(fileOf(bytes));
  try {
    return await use(recording);
  } finally {
    await recording.close();
  }
}

const tags = (n: number) => ({
  before: { FRAGMENT_NUMBER: n, PRODUCER_TIMESTAMP: n },
  behind: { CONTINUATION_TOKEN: n },
});

describe("a recording", () => {
  it("has a fragment for each keyframe of its pictures, with all frames in their order", async () => {
    const frames = filmed(3);
    await opened(film(frames), async (recording) => {
      expect(recording.fragments.map(({ startMs, endMs }) => [startMs, endMs])).toEqual([
        ...[
          [0, 1000],
          [1000, 2000],
          [2000, 3000],
        ],
      ]);
      const documents = await Promise.all(
        recording.fragments.map((one, n) => fragmentDocument(recording, one, 0, tags(n))),
      );
      const read = [];
      for await (const fragment of readFragments(documents)) read.push(fragment);
      expect(read.map((one) => one.tracks.map(({ codecId }) => codecId))).toEqual(
        Array(3).fill(["V_MPEG4/ISO/AVC", "A_AAC"]),
      );
      // A frame's time is its fragment's, here its number, and that within it.
      const seen = read.flatMap((one, n) =>
        one.frames.map((frame) => ({
          ...{ trackNumber: frame.trackNumber, isKeyframe: frame.isKeyframe },
          timeMs: Math.round((frame.at - n) * 1000) + n * 1000,
          data: Buffer.concat(frame.parts).toString(),
        })),
      );
      expect(seen).toEqual(frames.map(({ inGroup, ...frame }) => frame));
    });
  });

  it("leaves out what comes before the first keyframe, and begins its time there", async () => {
    const frames = filmed(3).filter(({ timeMs }) => timeMs >= 500);
    await opened(film(frames), ({ fragments, durationMs }) => {
      expect(fragments.map(({ startMs }) => startMs)).toEqual([0, 1000]);
      expect(durationMs).toBe(2000);
    });
  });

  it("has at most five fragments a second, if every picture is a keyframe", async () => {
    const frames = filmed(2).map((frame) => ({ ...frame, isKeyframe: true }));
    await opened(film(frames), ({ fragments }) => expect(fragments).toHaveLength(10));
  });

  it("that was cut is played as far as it is whole", async () => {
    const frames = filmed(3);
    const bytes = film(frames);
    await opened(bytes, ({ isCut }) => expect(isCut).toBe(false));
    await opened(bytes.subarray(0, bytes.length - 3), ({ isCut, fragments }) => {
      expect(isCut).toBe(true);
      const blocks = fragments.flatMap((fragment) => fragment.blocks);
      expect(blocks).toHaveLength(frames.length - 1);
    });
  });
});

describe("a file is refused", () => {
  const still = { trackNumber: picture, timeMs: 0, isKeyframe: true, data: "" };
  it.each<[string, Uint8Array, string]>([
    ["that is empty", new Uint8Array(0), "is empty"],
    ["of another kind", Buffer.from('{"a":1}'), "at byte 0, 0x7B22 is no beginning of a document"],
    ["that is two", Buffer.concat([film([still]), film([still])]), "another document begins"],
    ["without pictures", film([still], { description: new Uint8Array(0) }), "no video track"],
    ["without a keyframe", film([{ ...still, isKeyframe: false }]), "has no keyframe."],
    [
      "whose keyframes are too far apart for a fragment",
      film([still, { ...still, timeMs: 40_000, isKeyframe: false }], { perCluster: 1 }),
      "no keyframe between 0 and 40 s",
    ],
    ["with sound alone", film([{ ...still, trackNumber: sound }]), "has no keyframe."],
  ])("%s", async (_, bytes, message) => {
    await expect(openVideo(fileOf(bytes))).rejects.toThrow(message);
  });

  it("that is not there", async () => {
    await expect(openVideo("/nowhere.mkv")).rejects.toThrow(
      "/nowhere.mkv cannot be read: there is",
    );
  });
});
