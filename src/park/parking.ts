import type { DescribedError } from "../observe/log.ts";

/**
 * Where records go that cannot be processed, so that their shard can move on. Parking comes
 * first, then the log says so, then the item is confirmed: an item that was never confirmed may be
 * of a record that was processed after all, and is not taken for redrive.
 */
export interface ParkingStore {
  /**
   * Stores the record under `parked.id`. Doing it twice leaves one item: a confirmed one stays confirmed, and one that a
   * redrive has taken stays taken, for who parks late may be an invocation that has been overtaken; one that was redriven is
   * parked anew, for after a `progress reset` the record may fail once more. Rejects: the record is not skipped, and is
   * delivered again, so that a record that is refused for its size or content holds its shard for ever. A string is a warning
   * that belongs into the log.
   */
  park(parked: ParkedRecord): Promise<string | undefined | void>;
  /** Says that the log names the record among the parked. Nothing is to be done with an item that is not just parked. */
  confirm(parked: ParkedRecord): Promise<void>;
  /**
   * Where that is, for tools such as `shardmill lint`: the name of a table, `s3://<bucket>/<prefix>`
   * or a queue's URL. @default unknown
   */
  readonly location?: string;
}

/** What the option `park` takes: a store, and what the consumer does with it. */
export interface Parking extends ParkingStore {
  /** Of the shardmill that it comes from, and known to that alone. */
  readonly rules: { readonly version: string };
}

/** A record as it is parked: all that it takes to bring it back, and why it was given up. */
export interface ParkedRecord {
  /**
   * Consumer, stream, shard and position, and behind a fan-out consumer a fingerprint in the place of the subsequence
   * number, and of a row one of its id: the same record has the same id, however often it is parked.
   */
  readonly id: string;
  readonly consumer: string;
  readonly streamArn: string;
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly explicitHashKey?: string | undefined;
  /** Epoch milliseconds. */
  readonly approximateArrivalTimestamp: number;
  readonly data: Uint8Array;
  readonly uniqueId?: string | undefined;
  /** What the log calls it: the fingerprint of its unique id, or of its position, in hexadecimal. */
  readonly name?: string | undefined;
  /** The newest entry of the log when it was parked: equal parkings after the same entry are one. */
  readonly logEntry?: number | undefined;
  readonly error: DescribedError;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly firstFailedAt: number;
  /** Epoch milliseconds. */
  readonly parkedAt: number;
  /** It is a row of windows or of SQL, and no record of the stream: `data` is its JSON. @default undefined */
  readonly row?: ParkedRow | undefined;
}

/** What a parked row is. */
export interface ParkedRow {
  /** Its id, by which sinks know it again. */
  readonly id: string;
  /** The stream of the SQL whose row it is; "" where it is one of windows. */
  readonly output: string;
  /** Where it stands among the rows of its key, and the shard that made it. */
  readonly sequenceNumber: string;
  readonly shardId: string;
}

/** Behind a fan-out consumer: what an id says of a record within its aggregate, in hexadecimal. */
export const innerNameIn = (id: string): string | undefined => /#([0-9a-f]{32})$/.exec(id)?.[1];

/** What of its id stands for the record within its stream: `<shard>#<position>`, and what tells inner records apart. */
export const placeInStream = ({ id, shardId }: ParkedRecord): string =>
  id.slice(id.lastIndexOf(`#${shardId}#`) + 1);
