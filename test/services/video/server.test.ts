/** A recording on a port, as clients meet it that sign and send what AWS's do. */
import { readFragments } from "shardmill/video";
import { expect, it, onTestFinished } from "vitest";
import {
  openVideo,
  serveVideo,
  type VideoServerOptions,
} from "../../../packages/services/src/video/index.ts";
import { virtualClock } from "../../../src/time/virtual-clock.ts";
import { fileOf, film, filmed } from "./film.ts";

async function served(options: Partial<VideoServerOptions> = {}) {
  const recording = await openVideo(fileOf(film(filmed(3))));
  const server = await serveVideo({ recording, stream: "door", play: "fast", ...options });
  onTestFinished(async () => {
    await server.close();
    await recording.close();
  });
  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = { authorization: "x" },
  ) => fetch(server.endpoint + path, { method: "POST", headers, body: JSON.stringify(body) });
  const media = (StartSelector: object) => post("/getMedia", { StreamName: "door", StartSelector });
  return { ...server, post, media };
}

const numbers = async (response: Response) => {
  const read = [];
  for await (const { fragmentNumber } of readFragments(response.body!)) read.push(fragmentNumber);
  return read;
};

const earliest = { StartSelectorType: "EARLIEST" };

it("sends what there is from where it was asked to, and says what a fragment has not", async () => {
  const { media, post, endpoint } = await served();
  const StreamARN = "arn:aws:kinesisvideo:us-east-1:123456789012:stream/door/1767225600000";
  const found = await post("/getDataEndpoint", { StreamARN, APIName: "GET_MEDIA" });
  expect(await found.json()).toEqual({ DataEndpoint: endpoint });
  const response = await media(earliest);
  expect(response.headers.get("content-type")).toBe("video/webm");
  const all = await numbers(response);
  expect(all).toHaveLength(3);
  const AfterFragmentNumber = all[1]!;
  expect(
    await numbers(await media({ StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber })),
  ).toEqual([all[2]]);
  await expect(
    numbers(await media({ StartSelectorType: "FRAGMENT_NUMBER", AfterFragmentNumber: "12" })),
  ).rejects.toMatchObject({ name: "GetMediaError", errorId: 4000 });
});

it("sends a fragment once it has been recorded, and how far it is behind", async () => {
  const clock = virtualClock();
  const began = clock.now();
  const { media } = await served({ clock, play: "loop" });
  const behind: [number, number][] = [];
  let isOver = false;
  async function read() {
    const { body } = await media(earliest);
    for await (const { millisBehindNow, serverTimestamp } of readFragments(body!)) {
      behind.push([millisBehindNow!, Math.round(serverTimestamp * 1000 - began)]);
      if (behind.length === 5) break;
    }
    isOver = true;
  }
  const reading = read();
  while (!isOver) await clock.step();
  await reading;
  expect(behind).toEqual([1000, 2000, 3000, 4000, 5000].map((at) => [0, at]));
});

it.each<[string, string, unknown, number, string, string]>([
  [
    "another stream",
    "/getMedia",
    { StreamName: "yard", StartSelector: earliest },
    404,
    "ResourceNotFoundException",
    "yard",
  ],
  [
    "no stream",
    "/getMedia",
    { StartSelector: earliest },
    400,
    "InvalidArgumentException",
    "StreamName or StreamARN",
  ],
  [
    "no selector",
    "/getMedia",
    { StreamName: "door" },
    400,
    "InvalidArgumentException",
    "StartSelectorType",
  ],
  [
    "a selector without what it needs",
    "/getMedia",
    { StreamName: "door", StartSelector: { StartSelectorType: "FRAGMENT_NUMBER" } },
    400,
    "InvalidArgumentException",
    "AfterFragmentNumber",
  ],
  [
    "an ARN of another service",
    "/getMedia",
    { StreamARN: "arn:aws:kinesis:us-east-1:1:stream/door" },
    400,
    "InvalidArgumentException",
    "no ARN of a video stream",
  ],
  [
    "another API",
    "/getDataEndpoint",
    { StreamName: "door", APIName: "PUT_MEDIA" },
    400,
    "InvalidArgumentException",
    "GET_MEDIA",
  ],
  ["another action", "/putMedia", {}, 404, "UnknownOperationException", "/putMedia"],
  ["no object", "/getMedia", "door", 400, "SerializationException", "JSON"],
])("refuses %s as AWS does", async (_, path, body, status, type, message) => {
  const { post } = await served();
  const response = await post(path, body);
  expect(response.status).toBe(status);
  expect(response.headers.get("x-amzn-errortype")).toBe(type);
  expect(await response.text()).toContain(message);
});

it("refuses who is not signed, a web page, and a sixth call in a second", async () => {
  const { post, media } = await served({ clock: virtualClock() });
  const body = { StreamName: "door", StartSelector: earliest };
  expect((await post("/getMedia", body, {})).status).toBe(403);
  const page = { authorization: "x", origin: "http://evil.example" };
  expect((await post("/getMedia", body, page)).status).toBe(403);
  for (let n = 0; n < 5; n++) expect((await media(earliest)).status).toBe(200);
  const sixth = await media(earliest);
  expect([sixth.status, sixth.headers.get("x-amzn-errortype")]).toEqual([
    400,
    "ClientLimitExceededException",
  ]);
});
