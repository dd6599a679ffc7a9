import type { Position } from "./position.ts";

/** One record as its producer wrote it: a Kinesis record, or one of those that the KPL packed into it. */
export interface UserRecord extends Position {
  /** The payload. A view into memory that it shares with others: copy it if it must outlive the batch. */
  readonly data: Uint8Array;
  readonly partitionKey: string;
  /** Only of a record that came in an aggregate and was put with one. */
  readonly explicitHashKey?: string | undefined;
  /** Whether it came inside a KPL aggregate. */
  readonly aggregated: boolean;
  /** When Kinesis took the record in, in epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  readonly shardId: string;
  /** The stream's ARN, also when the mapping reads through a fan-out consumer. */
  readonly streamArn: string;
}

/** When it arrived, in the log's unit. */
export const arrivalSecond = (record: UserRecord) =>
  Math.floor(record.approximateArrivalTimestamp / 1000);
