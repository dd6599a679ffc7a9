/** Reads the log back: from the first segment to the last, whose end a crash may have torn. */
import { readdir, readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { shardIdOf } from "../shard.ts";
import type { StreamState } from "../state.ts";
import type { BillingCommitment } from "../types.ts";
import { type Frame, readFrame } from "./frame.ts";
import { readRecordEntries } from "./record-entry.ts";
import { holdRecord, type Segment, segmentName, segmentNumber } from "./segment.ts";
import { type StreamEntry, streamFrom } from "./stream-entry.ts";

export interface Replayed {
  /** By incarnation. */
  readonly streams: Map<string, StreamState>;
  billingCommitment: BillingCommitment;
  /** Oldest first. */
  readonly segments: readonly Segment[];
  readonly lastNumber: number;
}

/** What a segment begins with. */
export interface StateEntry {
  readonly streams: readonly StreamEntry[];
  readonly billingCommitment: BillingCommitment;
}

export async function replay(directory: string): Promise<Replayed> {
  const numbers = (await readdir(directory))
    .map(segmentNumber)
    .filter((number) => number !== undefined)
    .sort((a, b) => a - b);
  const segments = numbers.map((number): Segment => {
    return { path: join(directory, segmentName(number)), holds: new Map() };
  });
  const state: Replayed = {
    streams: new Map(),
    billingCommitment: { status: "DISABLED" },
    segments,
    lastNumber: numbers.at(-1) ?? 0,
  };
  for (const segment of segments) {
    const bytes = await readFile(segment.path);
    const end = replaySegment(segment, bytes, state);
    if (end === bytes.length) continue;
    if (segment !== segments.at(-1)) {
      throw new Error(
        `${segment.path} is damaged at byte ${end}: it was whole when the next one was begun. Restore it from a copy, or delete it and what it held.`,
      );
    }
    await truncate(segment.path, end);
  }
  return state;
}

/** Returns where the last whole frame ends. */
function replaySegment(segment: Segment, bytes: Buffer, state: Replayed): number {
  let at = 0;
  for (;;) {
    const frame = readFrame(bytes, at);
    if (!frame) return at;
    apply(frame, segment, state);
    at = frame.end;
  }
}

function apply({ kind, payload }: Frame, segment: Segment, state: Replayed): void {
  const { streams } = state;
  if (kind === "records") {
    applyRecords(payload, segment, streams);
    return;
  }
  const entry = JSON.parse(payload.toString());
  switch (kind) {
    case "stream":
      applyStream(entry, streams);
      break;
    case "removed":
      streams.delete(entry.incarnation);
      break;
    case "account":
      state.billingCommitment = entry;
      break;
    case "state":
      applyState(entry, state);
  }
}

function applyState(whole: StateEntry, state: Replayed): void {
  const { streams } = state;
  const present = new Set(whole.streams.map(({ incarnation }) => incarnation));
  for (const incarnation of streams.keys()) {
    if (!present.has(incarnation)) streams.delete(incarnation);
  }
  for (const one of whole.streams) applyStream(one, streams);
  state.billingCommitment = whole.billingCommitment;
}

function applyStream(entry: StreamEntry, streams: Map<string, StreamState>): void {
  streams.set(entry.incarnation, streamFrom(entry, streams.get(entry.incarnation)));
}

function applyRecords(
  payload: Buffer,
  segment: Segment,
  streams: ReadonlyMap<string, StreamState>,
): void {
  for (const record of readRecordEntries(payload)) {
    const { incarnation, shardIndex, index, arrival, partitionKey, keyLength, data } = record;
    const shardId = shardIdOf(shardIndex);
    const log = streams.get(incarnation)?.shards.get(shardId)?.log;
    if (!log) continue;
    if (index > log.next) log.skipTo(index);
    log.append(arrival, partitionKey, keyLength, data);
    holdRecord(segment.holds, incarnation, shardId, index);
  }
}
