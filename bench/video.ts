/** Fragments out of what GetMedia sends: passed over, and with their frames, beside ebml-stream. */
import { once } from "node:events";
import { createRequire } from "node:module";
import type { Transform } from "node:stream";
import { readFragments } from "../src/video/read-fragments.ts";
import { concat, nth, written } from "../test/video/matroska.ts";
import { use } from "./compare.ts";
import { type Row, type RowSet, race, timesAsLong } from "./harness.ts";

/** What is used of it: its types are where it is installed, in this folder alone. */
interface Peer {
  readonly EbmlStreamDecoder: new () => Transform;
  readonly EbmlTagId: { readonly TagName: number };
}

const { EbmlStreamDecoder, EbmlTagId }: Peer = createRequire(import.meta.url)("ebml-stream");

export const video: RowSet = { name: "video", rows };

/** Two seconds each, as a camera of 2 Mbit/s sends them: a keyframe, and 49 pictures that say what is new. */
const fragments = 64;
const frames = Array.from({ length: 50 }, (_, at) => ({
  trackNumber: 1,
  relative: at * 40,
  isKeyframe: at === 0,
  data: new Uint8Array(at === 0 ? 60_000 : 8_000).fill(at + 1),
}));
const payload = concat(...Array.from({ length: fragments }, (_, n) => written(nth(n, { frames }))));

async function* rows(): AsyncGenerator<Row> {
  for (const size of [65_536, 777]) {
    const chunks = Array.from({ length: Math.ceil(payload.length / size) }, (_, at) =>
      Buffer.from(payload.subarray(at * size, (at + 1) * size)),
    );
    yield await beside(
      `frames passed over, chunks of ${size.toLocaleString("en")} B`,
      chunks,
      false,
    );
    yield await beside(`with frames, chunks of ${size.toLocaleString("en")} B`, chunks, true);
  }
}

async function beside(name: string, chunks: readonly Buffer[], wantsFrames: boolean): Promise<Row> {
  const contenders = {
    shardmill: () => ours(chunks, wantsFrames),
    "ebml-stream": () => theirs(chunks),
  };
  for (const [who, read] of Object.entries(contenders)) {
    const found = await read();
    if (found !== fragments)
      throw new Error(`${who} has found ${found} of ${fragments} fragments.`);
  }
  // The processor's time: all of it is work in this process, and nothing waits.
  const timed = (read: () => Promise<number>) => async () => {
    const before = process.cpuUsage();
    use(await read());
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  const { shardmill, "ebml-stream": peer } = await race(
    { shardmill: timed(contenders.shardmill), "ebml-stream": timed(contenders["ebml-stream"]) },
    { rounds: 9, warmUps: 5 },
  );
  const speed = (ms: number) => payload.length / ms / 1e6;
  return {
    name,
    peer: "ebml-stream",
    values: {
      "shardmill GB/s": speed(shardmill.medianMs),
      "(shardmill)": `${speed(shardmill.highestMs).toFixed(2)}–${speed(shardmill.lowestMs).toFixed(2)}`,
      "ebml-stream GB/s": speed(peer.medianMs),
      ratio: timesAsLong(peer, shardmill),
    },
    // What passes frames over is to be faster than a network.
    ...(!wantsFrames && { atLeast: { "shardmill GB/s": 1 } }),
  };
}

/** How many fragments it finds. */
async function ours(chunks: readonly Buffer[], wantsFrames: boolean): Promise<number> {
  let found = 0;
  for await (const fragment of readFragments(chunks, { frames: wantsFrames })) {
    use(fragment.frames.length);
    found++;
  }
  return found;
}

async function theirs(chunks: readonly Buffer[]): Promise<number> {
  const decoder = new EbmlStreamDecoder();
  let found = 0;
  decoder.on("data", ({ id, data }) => {
    if (id === EbmlTagId.TagName && data === "AWS_KINESISVIDEO_CONTINUATION_TOKEN") found++;
  });
  for (const chunk of chunks) if (!decoder.write(chunk)) await once(decoder, "drain");
  decoder.end();
  await once(decoder, "end");
  return found;
}
