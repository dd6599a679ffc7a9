/**
 * `npm run example:video`: a camera's film, a program that watches it, a data stream, a function that notifies. The program is killed in
 * the middle, and one environment of the function too. Then it is checked that each visit was notified once.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { createDynamoDb } from "../packages/local/src/dynamodb/index.ts";
import { createKinesis } from "../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../packages/local/src/kinesis/server/index.ts";
import { bundleHandler } from "../packages/local/src/lambda/bundle.ts";
import { childProcessFunction } from "../packages/local/src/lambda/hosts/index.ts";
import { createEventSourceMapping } from "../packages/local/src/lambda/mapping/index.ts";
import { openVideo, serveVideo } from "../packages/services/src/video/index.ts";
import { film, missingFfmpeg, visits } from "./video-film.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const outdir = `${root}.shardmill/video`;
const say = (line: string) => process.stdout.write(`${line}\n`);

const credentials = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
};

/** What has to be undone, last first. */
const undo: (() => unknown)[] = [];
const close = async () => {
  for (const step of undo.splice(0).reverse()) await step();
};

async function main(): Promise<number> {
  await mkdir(outdir, { recursive: true });
  undo.push(() => rm(outdir, { recursive: true, force: true }));
  const file = `${outdir}/door.mkv`;
  await film(file);
  const recording = await openVideo(file);
  undo.push(() => recording.close());
  const startedAt = Date.now() - recording.durationMs;
  const video = await serveVideo({ recording, stream: "door", play: "fast" });
  undo.push(() => video.close());
  const count = recording.fragments.length;
  say(
    `A film of ${recording.durationMs / 1000} s in ${count} fragments, with ${visits.length} visits.`,
  );

  const kinesis = createKinesis();
  kinesis.createStream({ name: "sightings", shards: 1 });
  const stream = await createKinesisServer({ kinesis });
  undo.push(() => stream.close());
  const dynamodb = await createDynamoDb();
  undo.push(() => dynamodb.close());
  await dynamodb.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });

  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.endpoint,
    AWS_ENDPOINT_URL_KINESIS: stream.endpoint,
    AWS_ENDPOINT_URL_KINESIS_VIDEO: video.endpoint,
    PROGRESS_TABLE: "progress",
    SIGHTINGS_STREAM: "sightings",
  };
  const notified: number[] = [];
  const bundle = await bundleHandler({ entry: `${root}handlers/doorbell.ts`, outdir });
  const fn = childProcessFunction({
    ...{ functionName: "doorbell", file: bundle.file, timeout: 60, memorySize: 512, environment },
    onLog({ line }) {
      const at = /(\S+Z): somebody is at the door\./.exec(line)?.[1];
      if (at === undefined) return;
      const seconds = (Date.parse(at) - startedAt) / 1000;
      notified.push(seconds);
      say(`Ding dong: somebody is at the door, at ${seconds.toFixed(1)} s of the film.`);
    },
  });
  undo.push(() => fn.close());
  let invocations = 0;
  const mapping = createEventSourceMapping({
    kinesis,
    stream: "sightings",
    settings: { batchSize: 25, functionResponseTypes: ["ReportBatchItemFailures"] },
    async invoke(event, context) {
      if (++invocations === 4) await fn.kill();
      return fn.invoke(event, context);
    },
  });

  const seen = await watch(count, environment);
  await mapping.drain();
  await mapping.close();
  return report(count, seen, notified);
}

interface Seen {
  readonly fragments: readonly string[];
  readonly sightings: number;
}

/** Runs the watcher to the film's end, and kills it once on the way there. */
async function watch(count: number, environment: Record<string, string>): Promise<Seen> {
  const fragments: string[] = [];
  let sightings = 0;
  let isKilled = false;
  while (new Set(fragments).size < count) {
    const watcher = watcherProcess(environment);
    for await (const line of createInterface({ input: watcher.stdout! })) {
      const told = JSON.parse(line);
      if (told.behind) {
        const done = new Set(fragments.filter((one) => one <= told.behind)).size;
        say(`The watcher goes on behind fragment ${done} of ${count}, as its checkpoint says.`);
      }
      if (!told.fragment) continue;
      fragments.push(told.fragment);
      sightings += told.sightings;
      if (!isKilled && told.sightings > 0 && fragments.length >= count / 3) {
        isKilled = true;
        watcher.kill("SIGKILL");
        say(`The watcher is killed: it has put what it saw in fragment ${fragments.length}.`);
        break;
      }
      if (new Set(fragments).size === count) watcher.kill("SIGTERM");
    }
    const status = await ended(watcher);
    if (status !== 0 && status !== null) throw new Error(`The watcher has ended with ${status}.`);
  }
  return { fragments, sightings };
}

function watcherProcess(environment: Record<string, string>): ChildProcess {
  const watcher = spawn(process.execPath, [`${root}start/video-watcher.ts`], {
    env: { ...process.env, ...credentials, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  undo.push(() => watcher.kill("SIGKILL"));
  return watcher;
}

const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", resolve));

/** A visit is notified within a second of its beginning, and once. */
function report(
  count: number,
  { fragments, sightings }: Seen,
  notified: readonly number[],
): number {
  const of = ([from, to]: readonly [number, number]) =>
    notified.filter((at) => at >= from - 0.5 && at <= to + 0.5).length;
  const times = visits.map(of);
  const missed = times.filter((often) => often === 0).length;
  const again = times.reduce((sum, often) => sum + Math.max(0, often - 1), 0);
  const wrong = notified.length - times.reduce((sum, often) => sum + often, 0);
  say(
    `\nfragments ${new Set(fragments).size} of ${count}, done again ${fragments.length - new Set(fragments).size}, sightings ${sightings}, visits ${visits.length}, notified ${notified.length}, missed ${missed}, notified again ${again}, notified of nobody ${wrong}`,
  );
  return missed + again + wrong > 0 || new Set(fragments).size < count ? 1 : 0;
}

const [argument] = process.argv.slice(2);
if (argument !== undefined) {
  process.stderr.write(`npm run example:video takes no arguments, and was given ${argument}.\n`);
  process.exit(2);
}
const missing = missingFfmpeg();
if (missing !== undefined) {
  say(missing);
  process.exit(1);
}
process.once("SIGINT", () => {
  close().finally(() => process.exit(130));
});
try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`\nnpm run example:video failed: ${(error as Error).stack}\n`);
  process.exitCode = 1;
} finally {
  await close();
}
