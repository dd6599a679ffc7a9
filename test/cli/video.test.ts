/** `shardmill video play`: what it says, what it serves, how it ends. */
import { createServer } from "node:net";
import { readFragments } from "shardmill/video";
import { expect, it, onTestFinished } from "vitest";
import { videoCommand } from "../../packages/cli/src/video/command.ts";
import { fileOf, film, filmed, picture } from "../services/video/film.ts";

/** Runs the command; `listening` is called with what it says first, and then it is ended. */
async function run(args: string[], listening: (said: string) => Promise<void> = async () => {}) {
  const ended = new AbortController();
  let [out, err] = ["", ""];
  let served: Promise<void> | undefined;
  const status = await videoCommand(args, {
    signal: ended.signal,
    err: { write: (text) => (err += text) },
    out: {
      write(text) {
        out += text;
        served ??= listening(text).finally(() => ended.abort());
        return true;
      },
    },
  });
  await served;
  return { status, out, err };
}

const door = () => fileOf(film(filmed(3)));
const playing = (file: string, ...more: string[]) => [
  "play",
  file,
  "--stream",
  "door",
  "--port",
  "0",
  ...more,
];

it("plays a file, and says where", async () => {
  const read: string[] = [];
  const { status, err } = await run(playing(door(), "--fast", "--json"), async (said) => {
    const { endpoint, stream, fragments, seconds } = JSON.parse(said);
    expect({ stream, fragments, seconds }).toEqual({ stream: "door", fragments: 3, seconds: 3 });
    const { body } = await fetch(`${endpoint}/getMedia`, {
      method: "POST",
      headers: { authorization: "any" },
      body: JSON.stringify({
        StreamName: "door",
        StartSelector: { StartSelectorType: "EARLIEST" },
      }),
    });
    for await (const { fragmentNumber } of readFragments(body!)) read.push(fragmentNumber);
  });
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(read).toHaveLength(3);
  const { out } = await run(playing(door(), "--loop"));
  expect(out).toContain("3.0 s in 3 fragments, again and again, in real time.");
  expect(out).toContain("AWS_ENDPOINT_URL_KINESIS_VIDEO=http://127.0.0.1:");
});

it("warns of a file that is cut, and of fragments that AWS would not take", async () => {
  const bytes = film(filmed(3));
  const cut = await run(playing(fileOf(bytes.subarray(0, bytes.length - 3))));
  expect(cut.err).toContain("ends in the middle. It is played as far as it goes.");
  const still = { trackNumber: picture, timeMs: 0, isKeyframe: true, data: "" };
  const long = [still, { ...still, timeMs: 12_000, isKeyframe: false }];
  const { err } = await run(playing(fileOf(film(long, { perCluster: 1 }))));
  expect(err).toContain("the fragment at 0 s lasts 24.0 s, and Kinesis Video Streams takes none");
});

it("says that a port is in use, with status 1", async () => {
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const { status, err } = await run(["play", door(), "--stream", "door", "--port", String(port)]);
  expect({ status, err }).toEqual({
    status: 1,
    err: `shardmill video: Cannot listen on 127.0.0.1 port ${port}: it is in use. Stop what listens there, or choose another with --port.\n`,
  });
});

it.each<[string, string[], number, string]>([
  ["nothing to do", [], 2, "say play."],
  ["another action", ["plya"], 2, '"plya" is not play.'],
  ["no file", ["play", "--stream", "door"], 2, "which file?"],
  ["two files", ["play", "a", "b", "--stream", "door"], 2, "b is another"],
  ["no stream", ["play", "a"], 2, "Give --stream."],
  ["a wrong name", ["play", "a", "--stream", "a/b"], 2, "not a/b."],
  ["a wrong port", ["play", "a", "--stream", "a", "--port", "x"], 2, "--port takes"],
  ["what excludes each other", ["play", "a", "--stream", "a", "--fast", "--loop"], 2, "exclude"],
  ["a file that is not there", ["play", "/a.mkv", "--stream", "a"], 1, "there is no such file"],
])("refuses %s", async (_, args, status, message) => {
  const refused = await run(args);
  expect(refused.status).toBe(status);
  expect(refused.err).toContain(message);
});
