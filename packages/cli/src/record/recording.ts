/** A recording under way: its readers, one a shard, parents before children, and what they have written. */
import {
  DescribeStreamSummaryCommand,
  type KinesisClient,
  type Shard,
} from "@aws-sdk/client-kinesis";
import { compareSequenceNumbers } from "../../../../src/record/position.ts";
import type { Clock } from "../../../../src/time/clock.ts";
import { listShards, type StreamId } from "../aws/list-shards.ts";
import {
  readShard,
  type ShardPage,
  type ShardPosition,
  type ShardRecord,
} from "../aws/read-shard.ts";
import { recordedLine } from "../input/index.ts";
import type { RecordingFile, ShardPlace } from "./recording-file.ts";
import type { RecordSettings } from "./settings.ts";

const isOpenShard = ({ SequenceNumberRange }: Shard) =>
  SequenceNumberRange?.EndingSequenceNumber === undefined;

/** How often the place is kept while it records. */
const keepPeriodMs = 1000;

export interface RecordingOptions {
  readonly settings: RecordSettings;
  readonly clock: Clock;
  /** How long a reader waits after a page without records. */
  readonly pauseMs: { readonly atEnd: number; readonly before: number };
  /** What a person should know. */
  readonly note: (text: string) => void;
  readonly client: KinesisClient;
  readonly stream: StreamId;
  readonly file: RecordingFile;
  /** Ends the readers. */
  readonly ended: AbortController;
  readonly began: number;
}

export class Recording {
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
    const { client, stream, file, note } = this.#options;
    const left = file.leftAt;
    if (left === undefined) return;
    const described = await client
      .send(new DescribeStreamSummaryCommand(stream))
      .catch(() => undefined);
    const hours = described?.StreamDescriptionSummary?.RetentionPeriodHours;
    if (hours === undefined || this.#options.began - left < hours * 3_600_000) return;
    note(
      `The recording was left at ${new Date(left).toISOString()}, and the stream keeps ${hours} hours: records in between may be gone.`,
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
    const { client, stream, settings, clock, pauseMs, ended } = this.#options;
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
    const { settings, clock, began } = this.#options;
    const { until, follow } = settings;
    const end = until?.type === "time" ? until.time : follow ? Number.POSITIVE_INFINITY : began;
    const isBeyond = (record: ShardRecord) =>
      until?.type === "sequenceNumber"
        ? compareSequenceNumbers(record.sequenceNumber, until.sequenceNumber) > 0
        : record.arrival > end;
    const cut = records.findIndex(isBeyond);
    // A closed shard says itself where it ends, and then its children begin.
    const isOpen = isOpenShard(this.#shards.get(shardId)!);
    const isAtEnd = isOpen && millisBehindLatest === 0 && clock.now() >= end;
    return { records: cut < 0 ? records : records.slice(0, cut), isLast: cut >= 0 || isAtEnd };
  }

  /** One after another: the file holds whole pages. */
  #write(records: readonly ShardRecord[]): Promise<void> {
    const written = this.#writing.then(() => this.#writeNow(records));
    this.#writing = written.catch(() => {});
    return written;
  }

  async #writeNow(records: readonly ShardRecord[]): Promise<void> {
    const { file, settings, clock, ended } = this.#options;
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
    if (clock.now() - this.#keptAt >= keepPeriodMs) await this.#keep();
  }

  async #keep(): Promise<void> {
    await this.#options.file.keep({ startedAt: this.#startedAt, shards: this.#places });
    this.#keptAt = this.#options.clock.now();
  }

  #fail(error: unknown): void {
    // Whoever read standard output has enough, as head does.
    if ((error as NodeJS.ErrnoException).code !== "EPIPE") this.#failure ??= error;
    this.#options.ended.abort();
  }
}
