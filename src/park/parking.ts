import { type ParkingRules, parkingRules } from "../consumer/parking-rules.ts";
import type { DescribedError } from "../observe/log.ts";

/**
 * Where records go that cannot be processed, so that their shard can move on. Parking comes
 * first, then the log says so, then the item is confirmed: an item that was never confirmed may be
 * of a record that was processed after all, and is not taken for redrive.
 */
export interface ParkingStore {
  /**
   * Stores the record under `parked.id`. Doing it twice leaves one item. Rejects: the record is not
   * skipped. A string is a warning that belongs into the log.
   */
  park(parked: ParkedRecord): Promise<string | undefined | void>;
  /** Says that the log names the record among the parked. */
  confirm(parked: ParkedRecord): Promise<void>;
  /**
   * Where that is, for tools such as `shardmill lint`: the name of a table, `s3://<bucket>/<prefix>`
   * or a queue's URL. @default unknown
   */
  readonly location?: string;
}

/** What the option `park` takes: a store, and what is done with it. */
export interface Parking extends ParkingStore {
  readonly rules: ParkingRules;
}

/**
 * Parking in a store of your own.
 *
 * @example
 * const park = parking({
 *   async park(record) {
 *     await saveToBucket(record.id, record);
 *   },
 *   async confirm(record) {
 *     await tagInBucket(record.id, "confirmed");
 *   },
 * });
 */
export function parking(store: ParkingStore): Parking {
  const { location } = store;
  return {
    park: (parked) => store.park(parked),
    confirm: (parked) => store.confirm(parked),
    ...(location && { location }),
    rules: parkingRules,
  };
}

export interface ParkedRecord {
  /**
   * Consumer, stream, shard and position, and behind a fan-out consumer the record's name: the same
   * record has the same id, however often it is parked.
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
  readonly error: DescribedError;
  readonly attempts: number;
  /** Epoch milliseconds. */
  readonly firstFailedAt: number;
  /** Epoch milliseconds. */
  readonly parkedAt: number;
}

/** What of its id stands for the record within its stream: `<shard>#<position>`, and what tells inner records apart. */
export const placeInStream = ({ id, shardId }: ParkedRecord): string =>
  id.slice(id.lastIndexOf(`#${shardId}#`) + 1);

/** Parking in this process's memory: for tests. `parked` holds what is there, by id. */
export function memoryParking(): Parking & {
  readonly parked: ReadonlyMap<string, ParkedRecord & { readonly confirmed: boolean }>;
} {
  const parked = new Map<string, ParkedRecord & { confirmed: boolean }>();
  const store: ParkingStore = {
    async park(record) {
      parked.set(record.id, { ...record, confirmed: parked.get(record.id)?.confirmed ?? false });
    },
    async confirm(record) {
      parked.set(record.id, { ...record, confirmed: true });
    },
  };
  return { parked, ...parking(store) };
}
