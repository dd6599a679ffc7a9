/** Where a delivery stream of the type KinesisStreamAsSource has its records from. */
import type { Clock } from "../../../../src/time/clock.ts";
import type { DeliveryRecord } from "./record.ts";

/** A Kinesis whose streams can be read. */
export interface SourceKinesis {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** The stream of that ARN or name. Throws a FirehoseError where there is none. */
  sourceStream(stream: string, deliveryStream: string): SourceStream;
}

export interface SourceStream {
  readonly arn: string;
  readonly retentionHours: number;
  /** Begins to read every shard, and goes on until it is closed. */
  read(options: ReadOptions): RunningSource;
}

export interface ReadOptions {
  readonly startingPosition: "LATEST" | "TRIM_HORIZON";
  /** A user record: an aggregate of the KPL is taken apart. */
  onRecord(record: DeliveryRecord): void;
  /** A read has come to its end, whether it found anything or not. */
  onRead(): void;
  onFault(error: unknown): void;
}

export interface RunningSource {
  /** Every shard is read to its tip. */
  readonly isQuiet: boolean;
  /** Reads what is there, without waiting. */
  read(): void;
  close(): void;
}
