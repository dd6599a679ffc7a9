/** `shardmill record`: a stream's records, into a file. */
import {
  DescribeStreamSummaryCommand,
  KinesisClient,
  ListStreamsCommand,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { compareSequenceNumbers } from "../record/position.ts";
import { type Clock, systemClock } from "../time/clock.ts";
import { type Asked, clientConfig, explainAwsError } from "./aws-client.ts";
import { type CommandSurroundings, runCommand } from "./command.ts";
import { counted } from "./counted.ts";
import { recordedLine } from "./input/index.ts";
import { interrupted } from "./interrupted.ts";
import { listShards, type StreamId, streamId, streamNameOf } from "./list-shards.ts";
import { nearest } from "./nearest.ts";
import { readShard, type ShardPage, type ShardPosition, type ShardRecord } from "./read-shard.ts";
import { recordHelp } from "./record/help.ts";
import {
  openRecording,
  type RecordingFile,
  recordingOutput,
  type ShardPlace,
} from "./record/recording-file.ts";
import { type RecordSettings, recordSettings } from "./record/settings.ts";
import { UsageError } from "./usage-error.ts";

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
  const { out = process.stdout, err = process.stderr, clock = systemClock } = surroundings;
  return runCommand("record", err, async () => {
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

/** What `--json` prints. */
interface Summary {
  readonly stream: string;
  readonly records: number;
  /** Of their data. */
  readonly bytes: number;
  /** Records by shard. */
  readonly shards: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly output: string;
  /** It went on after what was recorded before. */
  readonly resumed: boolean;
  readonly interrupted: boolean;
}

type Surroundings = Required<Pick<RecordSurroundings, "out" | "err" | "clock">> &
  RecordSurroundings;

async function record(
  settings: RecordSettings,
  surroundings: Surroundings,
): Promise<{ summary: Summary; failure?: Error }> {
  const { out, clock, signal = interrupted(), env = process.env } = surroundings;
  const config = clientConfig("kinesis", settings, env);
  // Whether anybody is there shows at once; later it has patience.
  const first = new KinesisClient({ ...config, maxAttempts: 1 });
  const client = new KinesisClient({ ...config, maxAttempts: 10 });
  const stream = { name: streamNameOf(settings.stream), id: streamId(settings.stream) };
  const asked: Asked = {
    what: `stream ${stream.name}`,
    name: stream.name,
    others: async () => (await first.send(new ListStreamsCommand({}))).StreamNames ?? [],
  };
  const ended = new AbortController();
  const end = () => ended.abort();
  signal.addEventListener("abort", end, { once: true });
  if (signal.aborted) end();
  const began = clock.now();
  if (settings.output === "-" && out === process.stdout) process.stdout.once("error", end);
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
      ...{ settings, surroundings, client, file, ended, began },
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

const isOpenShard = ({ SequenceNumberRange }: Shard) =>
  SequenceNumberRange?.EndingSequenceNumber === undefined;

/** How often the place is kept while it records. */
const keepPeriodMs = 1000;

interface RecordingOptions {
  readonly settings: RecordSettings;
  readonly surroundings: Surroundings;
  readonly client: KinesisClient;
  readonly stream: StreamId;
  readonly file: RecordingFile;
  /** Ends the readers. */
  readonly ended: AbortController;
  readonly began: number;
}

/** One recording: its readers, one a shard, and what they have written. */
class Recording {
  readonly counts = { records: 0, bytes: 0, shards: {} as Record<string, number> };
  readonly #options: RecordingOptions;
  readonly #startedAt: number;
  readonly #places: Map<string, ShardPlace>;
  readonly #shards = new Map<string, Shard>();
  readonly #begun = new Map<string, Promise<void>>();
  #failure: unknown;
  #writing: Promise<void> = Promise.resolve();
  #keptAt = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
    const { before } = options.file;
    this.#startedAt = before?.startedAt ?? options.began;
    this.#places = new Map(before?.shards);
  }

  /** Says so when records may be gone that nobody has read. */
  async checkRetention(): Promise<void> {
    const { client, stream, file, surroundings } = this.#options;
    const left = file.leftAt;
    if (left === undefined) return;
    const described = await client
      .send(new DescribeStreamSummaryCommand(stream))
      .catch(() => undefined);
    const hours = described?.StreamDescriptionSummary?.RetentionPeriodHours;
    if (hours === undefined || this.#options.began - left < hours * 3_600_000) return;
    surroundings.err.write(
      `The recording was left at ${new Date(left).toISOString()}, and the stream keeps ${hours} hours: records in between may be gone.\n`,
    );
  }

  /** Reads them all. Resolves to what went wrong, once everything that was read is written. */
  async run(shards: readonly Shard[]): Promise<unknown> {
    const { file, settings } = this.#options;
    const isNew = settings.from.type === "LATEST" && !file.before;
    for (const shard of shards) {
      // Nothing comes into a closed shard any more.
      if (!isNew || isOpenShard(shard)) this.#shards.set(shard.ShardId!, shard);
    }
    await this.#keep();
    this.#beginReady();
    for (let size = 0; size < this.#begun.size; ) {
      size = this.#begun.size;
      await Promise.all(this.#begun.values());
    }
    await this.#keep().catch((error) => this.#fail(error));
    return this.#failure;
  }

  /** Those of which no parent is left to read. */
  #beginReady(): void {
    const { ended } = this.#options;
    for (const [shardId, shard] of this.#shards) {
      const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
      const waits = parents.some(
        (parent) =>
          parent !== undefined && this.#shards.has(parent) && !this.#places.get(parent)?.isDone,
      );
      const isOver = this.#places.get(shardId)?.isDone || ended.signal.aborted;
      if (waits || isOver || this.#begun.has(shardId)) continue;
      this.#begun.set(
        shardId,
        this.#read(shardId).catch((error) => this.#fail(error)),
      );
    }
  }

  async #read(shardId: string): Promise<void> {
    const { client, stream, settings, surroundings, ended } = this.#options;
    const { clock, pauseMs = { atEnd: 1000, before: 200 } } = surroundings;
    const { signal } = ended;
    const from = this.#positionOf(shardId);
    const pages = readShard({ client, stream, shardId, from, clock, signal, pauseMs });
    for await (const page of pages) {
      const { records, isLast } = this.#upToEnd(shardId, page);
      await this.#write(records);
      if (isLast) return;
    }
    if (signal.aborted) return;
    this.#places.set(shardId, { ...this.#places.get(shardId), isDone: true });
    if (settings.shards.length === 0) this.#addChildren(await listShards(client, stream));
    this.#beginReady();
  }

  #addChildren(shards: readonly Shard[]): void {
    for (const shard of shards) {
      const parents = [shard.ParentShardId, shard.AdjacentParentShardId];
      const isChild = parents.some((parent) => parent !== undefined && this.#shards.has(parent));
      if (isChild) this.#shards.set(shard.ShardId!, shard);
    }
  }

  #positionOf(shardId: string): ShardPosition {
    const { settings, file } = this.#options;
    const { from } = settings;
    const after = this.#places.get(shardId)?.after;
    if (after !== undefined) return { type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: after };
    if (from.type !== "LATEST") return from;
    if (file.before) return { type: "AT_TIMESTAMP", time: this.#startedAt };
    const { ParentShardId } = this.#shards.get(shardId)!;
    const isChild = ParentShardId !== undefined && this.#begun.has(ParentShardId);
    return { type: isChild ? "TRIM_HORIZON" : "LATEST" };
  }

  /** What of a page belongs into the recording, and whether it ends there. */
  #upToEnd(
    shardId: string,
    { records, millisBehindLatest }: ShardPage,
  ): { records: readonly ShardRecord[]; isLast: boolean } {
    const { settings, surroundings, began } = this.#options;
    const { until, follow } = settings;
    const end = until?.type === "time" ? until.time : follow ? Number.POSITIVE_INFINITY : began;
    const isBeyond = (record: ShardRecord) =>
      until?.type === "sequenceNumber"
        ? compareSequenceNumbers(record.sequenceNumber, until.sequenceNumber) > 0
        : record.arrival > end;
    const cut = records.findIndex(isBeyond);
    // A closed shard says itself where it ends, and then its children begin.
    const isOpen = isOpenShard(this.#shards.get(shardId)!);
    const isAtEnd = isOpen && millisBehindLatest === 0 && surroundings.clock.now() >= end;
    return { records: cut < 0 ? records : records.slice(0, cut), isLast: cut >= 0 || isAtEnd };
  }

  /** One after another: the file holds whole pages. */
  #write(records: readonly ShardRecord[]): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow(records));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #writeNow(records: readonly ShardRecord[]): Promise<void> {
    const { file, settings, surroundings, ended } = this.#options;
    const left = settings.limit - this.counts.records;
    const taken = records.length > left ? records.slice(0, left) : records;
    if (taken.length > 0) {
      await file.write(taken.map(recordedLine).join(""));
      const { shardId, sequenceNumber } = taken.at(-1)!;
      this.#places.set(shardId, { ...this.#places.get(shardId), after: sequenceNumber });
      this.counts.records += taken.length;
      this.counts.shards[shardId] = (this.counts.shards[shardId] ?? 0) + taken.length;
      for (const { data } of taken) this.counts.bytes += data.byteLength;
    }
    if (this.counts.records >= settings.limit) ended.abort();
    if (surroundings.clock.now() - this.#keptAt >= keepPeriodMs) await this.#keep();
  }

  async #keep(): Promise<void> {
    await this.#options.file.keep({ startedAt: this.#startedAt, shards: this.#places });
    this.#keptAt = this.#options.surroundings.clock.now();
  }

  #fail(error: unknown): void {
    // Whoever read standard output has enough, as head does.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") this.#failure ??= error;
    this.#options.ended.abort();
  }
}

function describe({ records, bytes, shards, seconds, output, stream, ...rest }: Summary): string {
  const where = output === "-" ? "" : ` into ${output}`;
  return [
    `${stream}: ${counted(records, "record")}${where}, ${counted(bytes, "byte")}, in ${seconds.toFixed(1)} s${rest.resumed ? ", after what was there" : ""}.`,
    ...Object.entries(shards)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([shardId, count]) => `  ${shardId}  ${count}`),
    ...(rest.interrupted && output !== "-" ? ["  The same command goes on from here."] : []),
    "",
  ].join("\n");
}
