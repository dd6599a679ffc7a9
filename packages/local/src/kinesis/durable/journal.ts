/**
 * The log on disk. What happens in one turn of the event loop, and while the disk is busy, is
 * written together and made safe with one fsync: many writers wait for the same one.
 */
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { shardIdOf } from "../shard.ts";
import type { StreamState } from "../state.ts";
import { type FrameKind, frame } from "./frame.ts";
import { type RecordEntry, recordEntryLength, writeRecordEntry } from "./record-entry.ts";
import {
  type Holdings,
  holdAll,
  holdRecord,
  isSpent,
  type Segment,
  segmentName,
} from "./segment.ts";

const longestRun = 1024 * 1024;

export interface Journal {
  write(kind: Exclude<FrameKind, "records" | "state">, entry: object): void;
  record(record: RecordEntry): void;
  /** Resolves once all that was written is safe; undefined if it is. Rejects when the disk fails. */
  saved(): Promise<void> | undefined;
  /** Deletes the segments that hold nothing any more. */
  prune(streams: Iterable<StreamState>): Promise<void>;
  close(): Promise<void>;
}

export interface JournalOptions {
  readonly directory: string;
  readonly segments: readonly Segment[];
  readonly lastNumber: number;
  /** A segment that has grown beyond so many bytes is followed by another. */
  readonly segmentBytes: number;
  /** The whole state at this moment, for the beginning of a segment. */
  readonly state: () => object;
  /** Called when a segment was followed by another: some may be spent by now. */
  readonly begun: () => void;
}

export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { directory, segmentBytes, state } = options;
  let segments = [...options.segments];
  let number = options.lastNumber;
  let frames: Buffer[] = [];
  let records: RecordEntry[] = [];
  let held: Holdings = new Map();
  let recordBytes = 0;
  let length = 0;
  let flushing: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let file: FileHandle;
  let segment: Segment;
  /** The disk has failed: nothing is written any more, and nothing is said to be saved. */
  let broken = false;

  function closeRun(): void {
    if (records.length === 0) return;
    const payload = Buffer.allocUnsafe(recordBytes);
    let at = 0;
    for (const record of records) at = writeRecordEntry(payload, at, record);
    frames.push(frame("records", payload));
    records = [];
    recordBytes = 0;
  }

  /** Begins a segment with the state of this moment: nothing may wait to be written to the last. */
  async function begin(entry: object): Promise<void> {
    const path = join(directory, segmentName(++number));
    const first = frame("state", Buffer.from(JSON.stringify(entry)));
    file = await open(path, "w");
    await writeAll(file, first);
    await file.sync();
    await syncDirectory(directory);
    segment = { path, holds: new Map() };
    segments.push(segment);
    length = first.length;
  }

  async function flush(): Promise<void> {
    closeRun();
    const bytes = Buffer.concat(frames);
    frames = [];
    holdAll(segment.holds, held);
    held = new Map();
    const current = next;
    flushing = current;
    next = undefined;
    length += bytes.length;
    const following = length > segmentBytes ? state() : undefined;
    if (bytes.length > 0) {
      await writeAll(file, bytes);
      await file.datasync();
    }
    if (following) {
      await file.close();
      await begin(following);
      options.begun();
    }
    if (flushing === current) flushing = undefined;
  }

  /** One flush at a time; what comes meanwhile goes with the next. */
  function schedule(): void {
    next ??= (flushing ?? Promise.resolve()).then(flush);
    // Whoever waits for it is told; nobody may be waiting.
    next.catch(() => {
      broken = true;
      frames = [];
      records = [];
    });
  }

  await begin(state());
  return {
    write(kind, entry) {
      if (broken) return;
      closeRun();
      frames.push(frame(kind, Buffer.from(JSON.stringify(entry))));
      schedule();
    },
    record(record) {
      if (broken) return;
      records.push(record);
      recordBytes += recordEntryLength(record);
      holdRecord(held, record.incarnation, shardIdOf(record.shardIndex), record.index);
      if (recordBytes > longestRun) closeRun();
      schedule();
    },
    saved: () => next ?? flushing,
    async prune(streams) {
      const spent = segments.filter((one) => one !== segment && isSpent(one, streams));
      segments = segments.filter((one) => !spent.includes(one));
      // What made them spent, a deletion perhaps, has to be safe before they go.
      await (next ?? flushing);
      for (const { path } of spent) await unlink(path);
    },
    async close() {
      try {
        await (next ?? flushing);
      } finally {
        await file.close();
      }
    },
  };
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at)).bytesWritten;
  }
}

/** A new file is safe only when its directory is. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory);
  await handle.sync();
  await handle.close();
}
