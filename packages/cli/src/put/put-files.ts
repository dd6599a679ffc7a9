/** Puts what stands in the files, one after the other. */
import { basename, dirname, join } from "node:path";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { type Random, randomHex, systemRandom } from "../../../../src/time/random.ts";
import { explicitHashKeyOf } from "../aws/aggregate-hash-key.ts";
import { interrupted } from "../command-line/interrupted.ts";
import {
  type CommandSurroundings,
  type Output,
  untilAborted,
} from "../command-line/run-command.ts";
import { InputError, type InputRecord, type Layout, openInput, readInput } from "../input/index.ts";
import { type KeyOf, partitionKeys } from "../input/partition-key.ts";
import { type ProgressBar, progressBar } from "../terminal/progress-bar.ts";
import { oneLine } from "../terminal/terminal.ts";
import { checkLayout, loadCheckpoint } from "./checkpoint.ts";
import { followFile, resumeFile } from "./follow.ts";
import { keepPlace, type Place } from "./place.ts";
import { type Pending, type Producer, startProducer } from "./producer.ts";
import type { Summary } from "./report.ts";
import type { PutSettings } from "./settings.ts";
import { openTarget, type Target } from "./target.ts";
import { type Watermark, watermark } from "./watermark.ts";

interface Run {
  readonly settings: PutSettings;
  readonly target: Target;
  readonly producer: Producer;
  readonly place: Watermark<Place>;
  readonly keyOf: KeyOf;
  readonly signal: AbortSignal;
  readonly err: Output;
  skipped: number;
}

export async function put(
  settings: PutSettings,
  {
    err,
    signal = interrupted(),
    env = process.env,
    input = process.stdin,
    clock = systemClock,
    random = systemRandom,
    following = { pollMs: 250, quietMs: 2000 },
  }: PutSurroundings & { err: Output },
): Promise<{ summary: Summary; failure?: Error }> {
  const keyOf = partitionKeys(settings.key, () => randomHex(random, 32));
  const opened = settings.follow ? [] : await openAll(settings.files, input);
  const target = await openTarget(settings.stream, settings, env);
  const began = clock.now();
  const { largestRecord, client } = target;
  const { aggregate, unordered, rate, concurrency, giveUpAfterMs, stream } = settings;
  const producer = startProducer({
    ...{ stream, client, largestRecord, aggregate, unordered },
    ...{ rate, concurrency, giveUpAfterMs, clock, random },
  });
  const place = watermark<Place>();
  const run: Run = { settings, target, producer, place, keyOf, signal, err, skipped: 0 };
  const stop = () => producer.stop();
  signal.addEventListener("abort", stop, { once: true });
  const checkpoint = checkpointFile(settings, target.name);
  let failure: unknown;
  const keeper =
    checkpoint === undefined
      ? undefined
      : keepPlace(
          checkpoint,
          target.name,
          () => place.place,
          clock,
          (error) => {
            failure ??= error;
            producer.stop();
          },
        );
  try {
    if (checkpoint === undefined) await putAll(run, opened);
    else await putResumed(run, checkpoint, { ...following, clock, signal });
  } catch (error) {
    // What stands before a bad line is put; what cannot be put is not tried any longer.
    if (!(error instanceof InputError)) producer.stop();
    // Half a line is no bad line, where Ctrl-C cut it off.
    if (!(error instanceof InputError && signal.aborted)) failure ??= error;
  }
  await producer.end().catch((error) => (failure ??= error));
  await keeper?.end().catch((error) => (failure ??= error));
  signal.removeEventListener("abort", stop);
  const isStopped = signal.aborted || failure !== undefined;
  const stoppedAt = isStopped ? (place.place ?? { name: settings.files[0]!, line: 1 }) : undefined;
  const explained = failure === undefined ? undefined : await explain(failure, target);
  target.close();
  return {
    summary: {
      stream: target.name,
      ...producer.counts,
      skipped: run.skipped,
      seconds: (clock.now() - began) / 1000,
      shards: producer.byShard,
      ...(stoppedAt ? { stoppedAt: { file: stoppedAt.name, line: stoppedAt.line } } : {}),
      ...(checkpoint === undefined ? {} : { checkpoint }),
    },
    ...(explained ? { failure: explained } : {}),
  };
}

async function explain(failure: unknown, target: Target): Promise<Error> {
  const isOurs = failure instanceof Error && !("$metadata" in failure);
  return isOurs ? failure : target.explain(failure);
}

/** All are opened first: a mistyped name is said before anything is put. */
const openAll = (files: readonly string[], input: AsyncIterable<Uint8Array | string>) =>
  Promise.all(files.map((file) => openInput(file, input)));

async function putAll(run: Run, inputs: Awaited<ReturnType<typeof openAll>>): Promise<void> {
  const { settings, signal, err } = run;
  for (const { file, chunks, size } of inputs) {
    const bar = size === undefined || settings.json ? undefined : progressBar(file, size, err);
    await putFile(run, { name: file, offset: 0, line: 1 }, untilAborted(chunks, signal), bar);
    bar?.end();
    if (run.producer.isOver) return;
  }
}

/** A file with a checkpoint, which may grow and be rotated. */
async function putResumed(
  run: Run,
  checkpoint: string,
  how: { pollMs: number; quietMs: number; clock: Clock; signal: AbortSignal },
): Promise<void> {
  const { settings, target, err } = run;
  const [file = ""] = settings.files;
  const saved = settings.restart ? undefined : await loadCheckpoint(checkpoint, target.name);
  const note = (text: string) => err.write(`${text}\n`);
  if (saved) checkLayout(saved, checkpoint, settings);
  if (saved) note(`${file}: going on at line ${saved.line}, after ${checkpoint}.`);
  const files = settings.follow
    ? followFile(file, saved, { ...how, note })
    : resumeFile(file, saved);
  for await (const one of files) {
    const layout = one.checkpoint?.layout;
    const start = { name: file, ...one.start, file: one, layout };
    // Which file it is has to be known should it be rotated before its first line is there.
    run.place.startAt(start);
    await putFile(run, start, one.chunks);
    if (run.producer.isOver) return;
  }
}

/** From its place on: each record to the producer. */
async function putFile(
  run: Run,
  start: Place,
  chunks: AsyncIterable<Uint8Array>,
  bar?: ProgressBar,
): Promise<void> {
  const { settings, producer, place, signal } = run;
  const { name } = start;
  let layout: Layout | undefined = start.layout;
  let [here, next] = [start, start];
  const records = readInput(
    { file: name, chunks },
    {
      ...{ format: settings.format, encoding: settings.encoding, each: settings.each },
      ...{ start, layout },
      onLayout: (found) => {
        layout = found;
      },
      onBadLine: settings.skipBadLines ? (error) => skip(run, error) : undefined,
    },
  );
  for await (const record of records) {
    if (producer.isOver || signal.aborted) return;
    const { line, end } = record.source;
    if (end > next.offset || next === start) {
      here = { ...next, line, layout };
      next = { ...start, offset: end, line: line + 1, layout };
    }
    try {
      const pending = { ...toPending(run, record), ticket: place.read(here, next) };
      await producer.put(pending);
    } catch (error) {
      if (!settings.skipBadLines || !(error instanceof InputError)) throw error;
      skip(run, error);
    }
    bar?.update(end);
  }
}

function skip(run: Run, error: InputError): void {
  if (run.signal.aborted) return;
  run.skipped++;
  run.err.write(`left out: ${oneLine(error.message)}\n`);
}

function toPending({ keyOf, target }: Run, record: InputRecord): Omit<Pending, "ticket"> {
  const partitionKey = keyOf(record);
  const explicitHashKey = explicitHashKeyOf(record);
  const bytes = record.data.byteLength + Buffer.byteLength(partitionKey);
  if (bytes > target.largestRecord) {
    const what = `${bytes} bytes with its partition key: the stream takes ${target.largestRecord}.`;
    throw new InputError(what, record.source);
  }
  return {
    record: explicitHashKey === undefined ? record : { ...record, explicitHashKey },
    partitionKey,
  };
}

function checkpointFile(settings: PutSettings, stream: string): string | undefined {
  const { checkpoint, follow, files } = settings;
  if (checkpoint !== undefined || !follow) return checkpoint;
  const [file = ""] = files;
  return join(dirname(file), `${basename(file)}.${stream}.checkpoint`);
}

export interface PutSurroundings extends CommandSurroundings {
  readonly input?: AsyncIterable<Uint8Array | string>;
  readonly clock?: Clock;
  readonly random?: Random;
  /** How a file is followed, in milliseconds. @default a look every 250, left when quiet for 2000 */
  readonly following?: { readonly pollMs: number; readonly quietMs: number };
}
