/** What reads a shard for a worker: the mapping's port, and what the worker asks besides. */
import type { ShardReader } from "../../mapping/shard.ts";
import type { Clock } from "../../time/clock.ts";
import type { Checkpoint } from "../leases/lease.ts";
import type { Budget } from "./budget.ts";
import type { ChildShard, ReadFrom, Stream } from "./stream.ts";

export interface WorkerReader extends ShardReader {
  /** Of a shard that has ended; empty where the shard is gone with its retention. */
  readonly children: readonly ChildShard[];
  /** Of data, in all. */
  readonly bytesRead: number;
  /** How far what is done is behind the newest record of the shard; undefined before the first answer. */
  readonly millisBehindLatest: number | undefined;
  /** Everything up to this record is done: its checkpoint, and its bytes are free again. */
  doneUpTo(sequenceNumber: string): Checkpoint;
  /** Reads no more, and lets go of what was read. */
  stop(): void;
}

export interface ReaderOptions {
  readonly stream: Stream;
  readonly shardId: string;
  /** What is done of the shard. */
  readonly checkpoint: Checkpoint;
  /** What AT_TIMESTAMP means, in epoch milliseconds. */
  readonly timestamp: number | undefined;
  readonly clock: Clock;
  readonly budget: Budget;
  /** A page has come, or the shard has ended. */
  readonly onNews: () => void;
  /** A call has failed; it is made again. */
  readonly onTrouble: (error: unknown) => void;
  /** The reader itself has ended, by what must not happen. */
  readonly onFault: (error: unknown) => void;
  /** A read was refused because there were too many. */
  readonly onThrottled: () => void;
}

/** Begins to read a shard. */
export type OpenReader = (options: ReaderOptions) => WorkerReader;

/** What there is before anything of a stream is read. */
export interface PrepareOptions {
  readonly stream: Stream;
  readonly application: string;
  readonly clock: Clock;
}

/** How a worker gets the records of its shards. */
export interface Retrieval {
  readonly kind: "polling" | "fanOut";
  /** Once for each stream: makes what reading needs. Rejects where the stream cannot be read so. */
  prepare(options: PrepareOptions): Promise<OpenReader>;
}

/** Where reading begins. At a checkpoint its record is read again: an aggregate may not be done as a whole. */
export function readFrom({ sequenceNumber }: Checkpoint, timestamp: number | undefined): ReadFrom {
  switch (sequenceNumber) {
    case "TRIM_HORIZON":
    case "LATEST":
      return { type: sequenceNumber };
    case "AT_TIMESTAMP":
      return { type: sequenceNumber, timestamp: timestamp ?? 0 };
    default:
      return { type: "AT_SEQUENCE_NUMBER", sequenceNumber };
  }
}
