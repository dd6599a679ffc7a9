/**
 * What waits to be put. A lane is what has to stay in order: the records of a partition key, or, in
 * aggregates, of a shard. Of each lane one entry is under way at a time: PutRecords may refuse one entry
 * and take the next, and then the refused one would come after it.
 */
import type { InputRecord } from "../input/index.ts";
import type { Ticket } from "./watermark.ts";

/** A record on its way. */
export interface Pending {
  readonly record: InputRecord;
  readonly partitionKey: string;
  /** Its data is an aggregate already. */
  readonly isAggregate: boolean;
  readonly ticket: Ticket;
}

/** One entry of PutRecords. */
export interface Entry {
  readonly lane: Lane;
  readonly pending: readonly Pending[];
  readonly data: Uint8Array;
  readonly partitionKey: string;
  readonly explicitHashKey?: string | undefined;
  /** How often it was refused. */
  refusals: number;
}

export interface Lane {
  readonly name: unknown;
  readonly queue: Pending[];
  /** Where the queue begins. */
  head: number;
  /** Was refused, and goes first. */
  refused?: Entry | undefined;
}

/** Makes the next entry of a lane: of its first record, or of as many as an aggregate may hold. */
export type MakeEntry = (lane: Lane, recordsAtMost: number) => Entry;

/** The limits of a request. */
export interface RequestLimits {
  readonly entries: number;
  /** Of all entries together. */
  readonly records: number;
  readonly bytes: number;
}

export interface Lanes {
  push(name: unknown, pending: Pending): void;
  /** The next entries, one a lane, within the limits of a request. */
  take(limits: RequestLimits): Entry[];
  /** The entry was put: its lane goes on. */
  done(entry: Entry): void;
  /** The entry was refused: its lane goes on with it, once `again` is called. */
  refused(entry: Entry): void;
  again(lane: Lane): void;
  /** Records that wait or are under way. */
  readonly size: number;
  readonly bytes: number;
  /** Whether there is anything to take now. */
  readonly isReady: boolean;
}

export const entryBytes = ({ data, partitionKey }: Pick<Entry, "data" | "partitionKey">) =>
  data.byteLength + Buffer.byteLength(partitionKey);

export function lanes(makeEntry: MakeEntry): Lanes {
  const all = new Map<unknown, Lane>();
  const ready = new Set<Lane>();
  let [size, bytes] = [0, 0];
  return {
    push(name, pending) {
      size++;
      bytes += pending.record.data.byteLength;
      const known = all.get(name);
      if (known) {
        known.queue.push(pending);
        return;
      }
      const lane = { name, queue: [pending], head: 0 };
      all.set(name, lane);
      ready.add(lane);
    },
    take(limits) {
      const taken: Entry[] = [];
      let [records, bytes] = [0, 0];
      for (const lane of ready) {
        if (taken.length >= limits.entries || records >= limits.records) break;
        const entry = lane.refused ?? makeEntry(lane, limits.records - records);
        lane.refused = entry;
        records += entry.pending.length;
        bytes += entryBytes(entry);
        if ((records > limits.records || bytes > limits.bytes) && taken.length > 0) break;
        lane.refused = undefined;
        ready.delete(lane);
        taken.push(entry);
      }
      return taken;
    },
    done({ lane, pending }) {
      size -= pending.length;
      for (const { record, ticket } of pending) {
        bytes -= record.data.byteLength;
        ticket.isPut = true;
      }
      if (lane.head < lane.queue.length) ready.add(lane);
      else all.delete(lane.name);
    },
    refused(entry) {
      entry.lane.refused = entry;
    },
    again(lane) {
      ready.add(lane);
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    get isReady() {
      return ready.size > 0;
    },
  };
}

/** The first record that waits in a lane, taken out of it. */
export function shift(lane: Lane): Pending | undefined {
  const pending = lane.queue[lane.head];
  if (!pending) return undefined;
  lane.head++;
  if (lane.head > 1000 && 2 * lane.head > lane.queue.length) {
    lane.queue.splice(0, lane.head);
    lane.head = 0;
  }
  return pending;
}

/** An entry of one record. */
export function plainEntry(lane: Lane): Entry {
  const pending = shift(lane)!;
  const { record, partitionKey } = pending;
  const { data, explicitHashKey } = record;
  return { lane, pending: [pending], data, partitionKey, explicitHashKey, refusals: 0 };
}
