/** `shardmill record`: a stream's records, into a file. */
import { KinesisClient, ListStreamsCommand, type Shard } from "@aws-sdk/client-kinesis";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { nearest } from "../../../../src/values/nearest.ts";
import { type Asked, clientConfig, explainAwsError } from "../aws/client.ts";
import { listShards, type StreamId, streamId, streamNameOf } from "../aws/list-shards.ts";
import { interrupted } from "../command-line/interrupted.ts";
import { type CommandSurroundings, runCommand } from "../command-line/run-command.ts";
import { UsageError } from "../command-line/usage-error.ts";
import { recordHelp } from "./help.ts";
import { Recording } from "./recording.ts";
import { openRecording, type RecordingFile, recordingOutput } from "./recording-file.ts";
import { describe, type Summary } from "./report.ts";
import { type RecordSettings, recordSettings } from "./settings.ts";

export interface RecordSurroundings extends CommandSurroundings {
  readonly clock?: Clock;
  /** How long it waits after a page without records, in milliseconds. @default 1000 at the end, 200 before it */
  readonly pauseMs?: { readonly atEnd: number; readonly before: number };
}

/**
 * Runs the command with what follows its name on the command line. Resolves to its exit status.
 *
 * @example
 * process.exitCode = await recordCommand(["orders", "--from", "2h", "--output", "orders.ndjson"]);
 */
export async function recordCommand(
  args: readonly string[],
  surroundings: RecordSurroundings = {},
): Promise<number> {
  const { clock = systemClock } = surroundings;
  return runCommand("record", surroundings, async ({ out, err }) => {
    const settings = recordSettings(args, clock.now());
    if (settings.help) {
      out.write(recordHelp);
      return 0;
    }
    const { summary, failure } = await record(settings, { ...surroundings, out, err, clock });
    const told = settings.json ? `${JSON.stringify(summary)}\n` : describe(summary);
    (settings.output === "-" ? err : out).write(told);
    if (failure) throw failure;
    return summary.interrupted && !settings.follow ? 1 : 0;
  });
}

type Surroundings = Required<Pick<RecordSurroundings, "out" | "err" | "clock">> &
  RecordSurroundings;

async function record(
  settings: RecordSettings,
  surroundings: Surroundings,
): Promise<{ summary: Summary; failure?: Error }> {
  const { out, err, clock, signal = interrupted(), env = process.env } = surroundings;
  const { pauseMs = { atEnd: 1000, before: 200 } } = surroundings;
  const config = clientConfig("kinesis", settings, env);
  // Whether anybody is there shows at once; later it has patience.
  const first = new KinesisClient({ ...config, maxAttempts: 1 });
  const client = new KinesisClient({ ...config, maxAttempts: 10 });
  const stream = { name: streamNameOf(settings.stream), id: streamId(settings.stream) };
  const asked: Asked = {
    what: `stream ${stream.name}`,
    name: stream.name,
    client: first,
    others: async () => (await first.send(new ListStreamsCommand({}))).StreamNames ?? [],
  };
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const began = clock.now();
  if (settings.output === "-") out.once?.("error", end);
  let file: RecordingFile | undefined;
  try {
    const shards = await firstShards(first, stream.id, settings).catch(async (error) => {
      throw error instanceof UsageError ? error : await explainAwsError(error, asked);
    });
    file =
      settings.output === "-"
        ? recordingOutput(out)
        : await openRecording(settings.output, stream.name, settings.overwrite);
    const recording = new Recording({
      ...{ settings, client, file, ended, began, clock, pauseMs },
      note: (text) => err.write(`${text}\n`),
      stream: stream.id,
    });
    await recording.checkRetention();
    const failure = await recording.run(shards);
    await file.close();
    const explained = failure === undefined ? undefined : await explain(failure, asked);
    return {
      summary: {
        ...{ stream: stream.name, ...recording.counts },
        seconds: (clock.now() - began) / 1000,
        ...{ output: settings.output, resumed: file.before !== undefined },
        interrupted: signal.aborted,
      },
      ...(explained ? { failure: explained } : {}),
    };
  } catch (error) {
    await file?.close().catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", end);
    first.destroy();
    client.destroy();
  }
}

async function explain(failure: unknown, asked: Asked): Promise<Error> {
  const isOurs = failure instanceof Error && !("$metadata" in failure);
  return isOurs ? failure : explainAwsError(failure, asked);
}

/** The shards to begin with, checked against those that were asked for. */
async function firstShards(
  client: KinesisClient,
  stream: StreamId,
  { shards: wanted }: RecordSettings,
): Promise<Shard[]> {
  const all = await listShards(client, stream);
  const names = all.map(({ ShardId = "" }) => ShardId);
  for (const shardId of wanted) {
    if (names.includes(shardId)) continue;
    const near = nearest(shardId, names);
    const hint = near ? `Did you mean ${near}?` : `It has ${names.length}.`;
    throw new UsageError(`the stream has no shard "${shardId}". ${hint}`);
  }
  return wanted.length === 0 ? all : all.filter(({ ShardId = "" }) => wanted.includes(ShardId));
}
