/**
 * What would run on Fargate: reads the camera's video, fragment by fragment, looks whether something moves, and puts what it sees into
 * the data stream. In the place of a model stands the difference of two pictures. It may be killed at any time.
 */
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { dynamodbCheckpoints } from "../src/dynamodb.ts";
import { bytesOf, consumeVideo, type VideoFragment } from "../src/video.ts";
import { picturesOf } from "./video-film.ts";

const camera = "door";
/** Of all pixels, how many differ when somebody moves. */
const leastChange = 0.02;
/** By how much a pixel differs: more than what encoding does to it. */
const leastDifference = 40;

const kinesis = new KinesisClient({});
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());

const tell = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);

await consumeVideo({
  stream: camera,
  consumer: "watcher",
  checkpoint: dynamodbCheckpoints({ tableName: process.env.PROGRESS_TABLE }),
  signal: stop.signal,
  on(event) {
    if (event.kind === "connected") tell({ behind: event.behind ?? null });
    if (event.kind === "fragment failed") process.stderr.write(`${event.error}\n`);
  },
  async onFragment(fragment) {
    const seen = await look(fragment);
    if (seen.length > 0) await put(seen);
    tell({ fragment: fragment.fragmentNumber, sightings: seen.length });
  },
});

async function look(fragment: VideoFragment) {
  const pictures = await picturesOf(bytesOf(fragment));
  return pictures.slice(1).flatMap((picture, n) => {
    const before = pictures[n]!;
    const changed = picture.filter((pixel, at) => Math.abs(pixel - before[at]!) > leastDifference);
    if (changed.length < leastChange * picture.length) return [];
    const { at } = fragment.frames[n + 1]!;
    return [{ camera, at, label: "somebody", confidence: 90 }];
  });
}

async function put(sightings: readonly object[]): Promise<void> {
  const Records = sightings.map((sighting) => ({
    PartitionKey: camera,
    Data: Buffer.from(JSON.stringify(sighting)),
  }));
  const { FailedRecordCount } = await kinesis.send(
    new PutRecordsCommand({ StreamName: process.env.SIGHTINGS_STREAM, Records }),
  );
  // The fragment is tried again: what comes twice notifies once.
  if (FailedRecordCount) throw new Error(`${FailedRecordCount} sightings were refused.`);
}
