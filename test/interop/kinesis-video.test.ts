/** Video that ffmpeg has made (Debian: ffmpeg), read from our endpoint by AWS's clients, and looked at by ffprobe. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  bytesOf,
  consumeVideo,
  getMedia,
  memoryCheckpoints,
  readFragments,
  type Selector,
  type VideoFragment,
  type VideoSdk,
} from "shardmill/video";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  openVideo,
  serveVideo,
  type VideoServerOptions,
} from "../../packages/services/src/video/index.ts";
import { temporaryDirectory } from "../local/kinesis/durable/directory.ts";
import { fileOf, film, filmed } from "../services/video/film.ts";
import { missingFfmpeg, missingVideoClients } from "./missing.ts";

const noSdk = await missingVideoClients();
const clients = ["@aws-sdk/client-kinesis-video", "@aws-sdk/client-kinesis-video-media"];
const sdk: VideoSdk = noSdk
  ? undefined
  : Object.assign({}, ...(await Promise.all(clients.map((name) => import(name)))));

async function served(file: string, options: Partial<VideoServerOptions> = {}) {
  const recording = await openVideo(file);
  const server = await serveVideo({ recording, stream: "door", play: "fast", ...options });
  onTestFinished(async () => {
    await server.close();
    await recording.close();
  });
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const settings = { endpoint: server.endpoint, region: "us-east-1", credentials, maxAttempts: 1 };
  const source = getMedia({ sdk, settings });
  async function read(selector: Selector, stream = "door"): Promise<VideoFragment[]> {
    const stop = new AbortController();
    const fragments = [];
    for await (const one of readFragments(await source(stream, selector, stop.signal))) {
      fragments.push(one);
    }
    return fragments;
  }
  return { source, read };
}

const earliest = { StartSelectorType: "EARLIEST" } as const;

describe.skipIf(noSdk)("AWS's clients", () => {
  const door = () => fileOf(film(filmed(4)));

  it("read from the earliest, from now, behind a fragment and from a time", async () => {
    const { read } = await served(door());
    const all = await read(earliest);
    expect(all.map(({ millisBehindNow }) => millisBehindNow)).toEqual([3000, 2000, 1000, 0]);
    const from = async (selector: Selector) => all.length - (await read(selector)).length;
    expect(await from({ StartSelectorType: "NOW" })).toBe(3);
    const { fragmentNumber, producerTimestamp } = all[1]!;
    const behind = { StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber: fragmentNumber };
    expect(await from(behind as Selector)).toBe(2);
    const StartTimestamp = new Date(producerTimestamp * 1000 + 500);
    expect(await from({ StartSelectorType: "PRODUCER_TIMESTAMP", StartTimestamp })).toBe(1);
  });

  it("get AWS's errors: before the answer, and in it", async () => {
    const { read } = await served(door());
    await expect(read(earliest, "yard")).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
    await expect(
      read({ StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber: "12" }),
    ).rejects.toMatchObject({ name: "GetMediaError", errorId: 4000 });
  });

  it("carry consumeVideo behind its checkpoint, after it has died in the middle", async () => {
    const { source } = await served(door());
    const checkpoint = memoryCheckpoints();
    const seen: string[] = [];
    const live = async (until: number) => {
      const stop = new AbortController();
      await consumeVideo({
        ...{ stream: "door", consumer: "recorder", checkpoint, source, signal: stop.signal },
        onFragment({ fragmentNumber }) {
          if (seen.push(fragmentNumber) === until) stop.abort();
        },
      });
    };
    await live(2);
    await live(4);
    expect(new Set(seen).size).toBe(4);
    expect(seen).toEqual([...seen].sort());
  });
});

describe.skipIf(noSdk ?? missingFfmpeg())("what ffmpeg has made", () => {
  const frames = (file: string) =>
    execFileSync(
      "ffprobe",
      [
        "-v",
        "error",
        "-count_frames",
        "-show_entries",
        "stream=codec_name,nb_read_frames",
        "-of",
        "csv=p=0",
        file,
      ],
      { encoding: "utf8" },
    )
      .trim()
      .split("\n");

  it.each([
    ["door.mkv", "libx264", "aac"],
    ["door.webm", "libvpx", "libvorbis"],
  ])(
    "arrives whole, fragment by fragment, each of which ffmpeg reads: %s",
    async (name, ...codecs) => {
      const folder = temporaryDirectory();
      const file = join(folder, name);
      execFileSync("ffmpeg", [
        ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25:duration=5"],
        ...["-f", "lavfi", "-i", "sine=duration=5", "-pix_fmt", "yuv420p", "-g", "25"],
        ...["-c:v", codecs[0]!, "-c:a", codecs[1]!, file],
      ]);
      const { read } = await served(file);
      const fragments = await read(earliest);
      expect(fragments.length).toBeGreaterThanOrEqual(5);
      const whole = frames(file);
      const pictures = fragments.map((fragment, n) => {
        const part = join(folder, `${n}.mkv`);
        writeFileSync(part, bytesOf(fragment));
        const [video] = frames(part);
        expect(video).toMatch(/^(h264|vp8),/);
        return Number(video!.split(",")[1]);
      });
      expect(pictures.reduce((sum, count) => sum + count, 0)).toBe(Number(whole[0]!.split(",")[1]));
      expect(Number(whole[0]!.split(",")[1])).toBe(125);
    },
    60_000,
  );
});
