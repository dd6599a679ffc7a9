/** What a camera at a door would have filmed: by ffmpeg, which is asked for nothing that it has not built in. */
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";

/** When somebody is at the door, in seconds from the film's beginning on. */
export const visits: readonly (readonly [from: number, to: number])[] = [
  [20, 32],
  [110, 141],
  [225, 236],
];
const seconds = 300;
const picturesPerSecond = 5;
const secondsPerFragment = 10;

/** Why there can be no film; undefined: there can. */
export function missingFfmpeg(): string | undefined {
  try {
    execFileSync("ffmpeg", ["-version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "This example needs ffmpeg, and there is none: apt install ffmpeg, or brew install ffmpeg.";
  }
}

/** A grey door; whoever is there moves. */
export async function film(file: string): Promise<void> {
  const rate = `r=${picturesPerSecond}:d=${seconds}`;
  const times = visits.map(([from, to]) => `between(t,${from},${to})`).join("+");
  await promisify(execFile)("ffmpeg", [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `color=c=0x404040:s=160x120:${rate}`],
    ...["-f", "lavfi", "-i", `color=c=white:s=30x60:${rate}`],
    ...["-filter_complex", `[0][1]overlay=x='40+10*mod(n,5)':y=40:enable='${times}'`],
    ...["-c:v", "mpeg4", "-g", String(picturesPerSecond * secondsPerFragment)],
    // A keyframe where it is due, and nowhere else.
    ...["-sc_threshold", "1000000000", file],
  ]);
}

export const width = 32;
export const height = 24;

/** The pictures of a fragment, small and grey, one byte a pixel. */
export async function picturesOf(fragment: Uint8Array): Promise<readonly Uint8Array[]> {
  const decoded = execFileSync(
    "ffmpeg",
    [
      ...["-v", "error", "-i", "pipe:0", "-vf", `scale=${width}:${height},format=gray`],
      ...["-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1"],
    ],
    { input: fragment, maxBuffer: 64 * 1024 * 1024 },
  );
  const size = width * height;
  return Array.from({ length: Math.floor(decoded.length / size) }, (_, n) =>
    decoded.subarray(n * size, (n + 1) * size),
  );
}
