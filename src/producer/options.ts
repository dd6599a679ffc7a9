/** What a producer is given, and what it says: its options, records, answers and events. */
import type { Writable } from "node:stream";
import type { CommandSender } from "../aws/command-sender.ts";
import type { Clock } from "../time/clock.ts";
import type { Random } from "../time/random.ts";
import type { Attempt } from "./attempt.ts";
import type { DataEncoder } from "./encode.ts";
import type { PutError } from "./errors.ts";
import type { ProducerEvent } from "./events.ts";
import type { ProducerMetrics } from "./metrics.ts";

/** What `kinesisProducer` takes. The names are the KPL's where they mean the same. */
export interface KinesisProducerOptions<V = Uint8Array | string> {
  /** The stream's name or its ARN. */
  readonly stream: string;
  /** A Kinesis client of your own. One that tries again by itself hides attempts: give it `maxAttempts: 1`. @default one from the environment */
  readonly client?: CommandSender;
  /** How `data` is written: `toJson()`, `toGzip(toJson())`, or a function of yours that returns bytes or text. @default bytes and text as they are, all else as JSON */
  readonly encode?: DataEncoder<V>;
  /**
   * `"partitionKey"`: the records of a key arrive in the order of `put`, whatever is refused meanwhile; of each shard one
   * batch is under way at a time. `"none"`: several are, and what was refused arrives later. @default "partitionKey"
   */
  readonly order?: "partitionKey" | "none";
  /**
   * What becomes of the records of a key that wait behind one that was given up: `"continue"`, they are put;
   * `"failKey"`, they fail too. Either way it is said before the next one is sent. @default "continue"
   */
  readonly afterGivenUp?: "continue" | "failKey";
  /** Whether user records are packed into KPL aggregates, up to which size and count, and never beyond a record's or a request's size; false: each is a record of the stream. @default { maxSize: 51200, maxCount: 4294967295 } */
  readonly aggregation?: false | { readonly maxSize?: number; readonly maxCount?: number };
  /** Records of the stream in a request, and their bytes with keys. At most 500 and 10 MiB. @default { maxCount: 500, maxSize: 10485760 } */
  readonly collection?: { readonly maxCount?: number; readonly maxSize?: number };
  /** How long a record waits for others to go with it, in milliseconds. @default 100 */
  readonly maxBufferedMs?: number;
  /** How long a record is tried, in milliseconds, counted while the process runs. Infinity: without end. @default 30000 */
  readonly ttlMs?: number;
  /** Fails a record with `RecordThrottled` when its shard is full, rather than trying until its TTL. @default false */
  readonly failIfThrottled?: boolean;
  /** How long a request may take, in milliseconds, until it counts as lost. @default 6000 */
  readonly requestTimeoutMs?: number;
  /** Requests under way at once. 1 to 256. @default 24 */
  readonly maxRequests?: number;
  /** What may be outstanding: `put` waits beyond that, and `tryPut` says no. Bytes are those of data and keys. @default { records: 50000, bytes: 33554432 } */
  readonly maxOutstanding?: { readonly records?: number; readonly bytes?: number };
  /** How much of a shard's limits (1,000 records and 1 MiB a second) is used, in percent. Give less where others put too. 1 to 1,000. @default 100 */
  readonly rateLimitPercent?: number;
  /** The largest record, data and key, in bytes: what the stream's MaxRecordSizeInKiB says. At most 10 MiB. @default 1048576 */
  readonly maxRecordBytes?: number;
  /** `producerMetrics()`: CloudWatch's embedded metric format on stdout, or Powertools' Metrics, say. @default none */
  readonly metrics?: ProducerMetrics | undefined;
  /** Told of everything that happens on the way. What it throws changes nothing. @default none */
  readonly on?: (event: ProducerEvent) => void;
  /** Clock, chance and output from outside: for tests. @default the machine's */
  readonly runtime?: Partial<ProducerRuntime>;
}

/** The world as a producer sees it. */
export interface ProducerRuntime {
  readonly clock: Clock;
  readonly random: Random;
  /** Where metrics are written. */
  readonly write: (line: string) => void;
}

/** A user record to be put. */
export interface ProducerRecord<V = Uint8Array | string> {
  /** 1 to 256 characters. */
  readonly partitionKey: string;
  /** Not copied: leave bytes as they are until the record is put. */
  readonly data: V;
  /** A decimal integer, 0 to 2^128 - 1, that decides the shard in the place of the key's hash. */
  readonly explicitHashKey?: string;
}

/** Where a user record is in the stream. */
export interface PutResult {
  readonly shardId: string;
  readonly sequenceNumber: string;
  /** Its place in its aggregate; undefined: it is a record of its own. */
  readonly subSequenceNumber: number | undefined;
  /** Each request that it was in; the last one took it. */
  readonly attempts: readonly Attempt[];
}

/** What `flush` and `close` say of the records that were given up since the last time. */
export interface FlushResult {
  readonly failed: number;
  /** The first ten of them. */
  readonly errors: readonly PutError[];
}

/** Puts user records into a stream; `kinesisProducer` makes one. */
export interface KinesisProducer<V = Uint8Array | string> {
  /**
   * Resolves when the record is in the stream. Waits for room where `maxOutstanding` is reached; its TTL begins when it has some.
   * Rejects with `RecordExpired`, `RecordThrottled` or `RecordRejected`. Nobody has to wait for it: `flush` tells what failed.
   */
  put(record: ProducerRecord<V>): Promise<PutResult>;
  /** As `put`; undefined, and nothing done, when there is no room. */
  tryPut(record: ProducerRecord<V>): Promise<PutResult> | undefined;
  /** Resolves as soon as there is room for a record. */
  room(): Promise<void>;
  /**
   * A stream of Node's in object mode that takes records, with backpressure: it is read as far as the producer has room. It ends when all
   * are in; a record that is given up destroys it.
   *
   * @example
   * await pipeline(ordersFrom(file), producer.writable());
   */
  writable(): Writable;
  /**
   * Sends at once what was put before, and resolves when all of it is in or given up. Where batches run at the same time, it may tell one
   * of them what another has put: wait for the promises of `put` there, or leave it to `flushProducer`.
   */
  flush(): Promise<FlushResult>;
  /**
   * Takes no more records, and flushes. After `withinMs` milliseconds nothing more is sent: what waits is given up, what is
   * under way comes to its end. Destroys the client, unless you gave it. @default withinMs: Infinity
   */
  close(options?: { readonly withinMs?: number }): Promise<FlushResult>;
  /** User records that are neither in nor given up, and the bytes of their data and keys. */
  readonly outstanding: { readonly records: number; readonly bytes: number };
}
