/** What `shardmill video` says. */
import type { Listening, VideoRecording } from "@shardmill/local/rig";
import type { VideoSettings } from "./settings.ts";

/** PutMedia's. */
const longestMs = 10_000;

export function announcement(
  { endpoint, port }: Listening,
  { fragments, durationMs }: VideoRecording,
  { json, stream, file, play }: VideoSettings,
): string {
  const seconds = durationMs / 1000;
  if (json) {
    return `${JSON.stringify({ endpoint, port, stream, fragments: fragments.length, seconds })}\n`;
  }
  const pace = {
    once: "from now on, in real time",
    loop: "again and again, in real time",
    fast: "all at once",
  };
  return [
    `The video stream ${stream} is on ${endpoint}: ${file}, ${seconds.toFixed(1)} s in ${fragments.length} fragments, ${pace[play]}.`,
    `Point clients at it with AWS_ENDPOINT_URL_KINESIS_VIDEO=${endpoint}. Ctrl-C ends it.`,
    "",
  ].join("\n");
}

export const atEnd = ({ file, stream }: VideoSettings) =>
  `${file} is at its end. What there is of ${stream} can still be read.\n`;

/** What AWS would not have taken as it is. */
export function* warnings(file: string, recording: VideoRecording): Generator<string> {
  if (recording.isCut) yield `${file} ends in the middle. It is played as far as it goes.`;
  const long = recording.fragments.find(({ startMs, endMs }) => endMs - startMs > longestMs);
  if (!long) return;
  yield `the fragment at ${long.startMs / 1000} s lasts ${((long.endMs - long.startMs) / 1000).toFixed(1)} s, and Kinesis Video Streams takes none that is longer than ${longestMs / 1000} s: ffmpeg -g gives a file more keyframes.`;
}
