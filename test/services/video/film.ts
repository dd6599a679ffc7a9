/** Files of Matroska as ffmpeg writes them: clusters that do not begin at keyframes, sound between pictures. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../../local/kinesis/durable/directory.ts";
import { concat, element, header } from "../../video/matroska.ts";

export interface FilmedFrame {
  readonly trackNumber: number;
  readonly timeMs: number;
  readonly isKeyframe: boolean;
  readonly data: string;
  /** In a group of its own, rather than as a simple block. */
  readonly inGroup?: boolean;
}

const number = (value: number) =>
  Buffer.from(value.toString(16).padStart(value > 255 ? 8 : 2, "0"), "hex");

const track = (trackNumber: number, type: number, codec: string) =>
  element(
    0xae,
    concat(
      ...[element(0xd7, number(trackNumber)), element(0x83, number(type))],
      element(0x86, Buffer.from(codec)),
    ),
  );

export const picture = 1;
export const sound = 2;

const tracks = element(
  0x1654ae6b,
  concat(track(picture, 1, "V_MPEG4/ISO/AVC"), track(sound, 2, "A_AAC")),
);

function block({ trackNumber, timeMs, isKeyframe, data, inGroup }: FilmedFrame, cluster: number) {
  const head = Buffer.from([0x80 | trackNumber, 0, 0, isKeyframe && !inGroup ? 0x80 : 0]);
  head.writeInt16BE(timeMs - cluster, 1);
  const content = concat(head, Buffer.from(data));
  if (!inGroup) return element(0xa3, content);
  return element(
    0xa0,
    concat(element(0xa1, content), ...(isKeyframe ? [] : [element(0xfb, number(255))])),
  );
}

/** A file with these frames, `perCluster` of them in each cluster. */
export function film(
  frames: readonly FilmedFrame[],
  { perCluster = 7, description = tracks }: { perCluster?: number; description?: Uint8Array } = {},
): Uint8Array {
  const clusters: Uint8Array[] = [];
  for (let at = 0; at < frames.length; at += perCluster) {
    const { timeMs } = frames[at]!;
    const blocks = frames.slice(at, at + perCluster).map((one) => block(one, timeMs));
    clusters.push(element(0x1f43b675, concat(element(0xe7, number(timeMs)), ...blocks)));
  }
  const scale = element(0x1549a966, element(0x2ad7b1, Buffer.from([0x0f, 0x42, 0x40])));
  return concat(header(), element(0x18538067, concat(scale, description, ...clusters)));
}

/** Pictures every 100 ms, a keyframe each second, sound every 250 ms. */
export function filmed(seconds: number): FilmedFrame[] {
  const pictures = Array.from({ length: seconds * 10 }, (_, n) => ({
    ...{ trackNumber: picture, timeMs: n * 100, isKeyframe: n % 10 === 0, inGroup: n % 4 === 3 },
    data: `picture ${n}`,
  }));
  const sounds = Array.from({ length: seconds * 4 }, (_, n) => ({
    ...{ trackNumber: sound, timeMs: n * 250, isKeyframe: true, data: `sound ${n}` },
  }));
  return [...pictures, ...sounds].sort((a, b) => a.timeMs - b.timeMs);
}

export function fileOf(bytes: Uint8Array): string {
  const file = join(temporaryDirectory(), "door.mkv");
  writeFileSync(file, bytes);
  return file;
}
