/** A Kinesis that keeps its streams and records in a directory. */

import { mkdir } from "node:fs/promises";
import { systemClock } from "../../../../../src/time/clock.ts";
import { checkNumber } from "../../../../../src/values/number-option.ts";
import { recordedKinesis } from "../kinesis.ts";
import type { Recorder } from "../recorder.ts";
import { trim } from "../retention.ts";
import type { StreamState } from "../state.ts";
import type { CreateStream, Kinesis, KinesisOptions } from "../types.ts";
import { openJournal } from "./journal.ts";
import { lockDirectory } from "./lock.ts";
import { type Replayed, replay, type StateEntry } from "./replay.ts";
import { streamEntry } from "./stream-entry.ts";

const pruneEvery = 60_000;

export interface DurableOptions extends KinesisOptions {
  /** The directory. */
  readonly data: string;
  /**
   * How long a file of the log gets, in bytes. A file is deleted when all that it holds has passed
   * retention. @default 64 MiB
   */
  readonly segmentBytes?: number;
}

/** A Kinesis on disk: what was answered survives a restart and a `kill -9`. */
export interface DurableKinesis extends Kinesis {
  saved(): Promise<void> | undefined;
  /** Writes what is left and gives the directory back. */
  close(): Promise<void>;
}

/**
 * Opens a Kinesis over a directory, which is made where there is none. What `saved()` has waited
 * for survives the end of the process, however it comes. Rejects when another process has the
 * directory open, or when what is in it is damaged or belongs to another account.
 *
 * @example
 * const kinesis = await openKinesis({ data: ".kinesis" });
 * kinesis.createStream({ name: "orders" });
 * await kinesis.saved(); // now it is there after a crash, too
 */
export async function openKinesis({
  data: directory,
  ...options
}: DurableOptions): Promise<DurableKinesis> {
  await mkdir(directory, { recursive: true });
  const unlock = await lockDirectory(directory);
  try {
    return await openLocked(directory, options, unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function openLocked(
  directory: string,
  { segmentBytes = 64 * 1024 * 1024, ...options }: Omit<DurableOptions, "data">,
  unlock: () => Promise<void>,
): Promise<DurableKinesis> {
  checkNumber("openKinesis: segmentBytes", segmentBytes, { least: 1 });
  const { clock = systemClock } = options;
  const replayed = await replay(directory);
  const cutShort = settle(replayed);
  /** What the log would begin with now; kept up to date by the recorder. */
  const streams = new Set(replayed.streams.values());
  const entry = (): StateEntry => ({
    streams: [...streams].map(streamEntry),
    billingCommitment: kinesis.billingCommitment,
  });
  const recorder: Recorder = {
    stream(stream) {
      streams.add(stream);
      journal.write("stream", streamEntry(stream));
    },
    removed(stream) {
      streams.delete(stream);
      journal.write("removed", { incarnation: stream.incarnation });
    },
    record: ({ incarnation }, { index: shardIndex }, record) =>
      journal.record({ incarnation, shardIndex, ...record }),
    account: () => journal.write("account", kinesis.billingCommitment),
  };
  const kinesis = recordedKinesis({ ...options, clock }, recorder, {
    streams: replayed.streams.values(),
    billingCommitment: replayed.billingCommitment,
  });
  checkAccount(directory, kinesis, streams);
  const prune = async () => {
    for (const stream of streams) trim(stream, clock.now());
    await journal.prune(streams);
  };
  // A file that cannot be deleted now can be deleted next time.
  const begun = () => void prune().catch(() => {});
  const journal = await openJournal({
    ...replayed,
    directory,
    segmentBytes,
    state: entry,
    begun,
  });
  for (const stream of cutShort) resume(kinesis, stream);

  let stopPruning = () => {};
  const keepPruning = () => {
    stopPruning = clock.after(pruneEvery, () => {
      begun();
      keepPruning();
    });
  };
  await prune();
  keepPruning();

  return Object.assign(kinesis, {
    saved: journal.saved,
    async close() {
      stopPruning();
      await journal.close().finally(unlock);
    },
  });
}

/**
 * Brings what was underway to where it can go on: deletions are done; streams that were coming or
 * changing are returned, to be changed once more.
 */
function settle({ streams }: Replayed): StreamState[] {
  const cutShort: StreamState[] = [];
  for (const stream of streams.values()) {
    for (const consumer of stream.consumers.values()) {
      if (consumer.status === "DELETING") stream.consumers.delete(consumer.name);
      consumer.status = "ACTIVE";
    }
    const { status } = stream;
    if (status === "DELETING" || status === "CREATING") streams.delete(stream.incarnation);
    if (status === "CREATING" || status === "UPDATING") cutShort.push(stream);
    stream.status = "ACTIVE";
  }
  return cutShort;
}

function resume(kinesis: Kinesis, { name, underway, kept }: StreamState): void {
  if (!underway) return;
  const { operation, input } = underway;
  switch (operation) {
    case "createStream":
      kinesis.createStream(input as CreateStream);
      kinesis.keep(name, kept);
      return;
    case "splitShard":
    case "mergeShards":
    case "updateShardCount":
    case "updateStreamMode":
    case "updateMaxRecordSize":
      kinesis[operation](input as never);
  }
}

function checkAccount(directory: string, kinesis: Kinesis, streams: Iterable<StreamState>): void {
  const prefix = `arn:aws:kinesis:${kinesis.region}:${kinesis.accountId}:`;
  for (const { arn } of streams) {
    if (arn.startsWith(prefix)) continue;
    throw new Error(
      `${directory} holds ${arn}, which is not of region ${kinesis.region} and account ${kinesis.accountId}. Open it as what it is, or choose another directory.`,
    );
  }
}
