// Fills Kinesis records with user records up to a size, as the KPL does for one shard.

import { encode } from "./aggregate.ts";
import { add, checkHashKey, newDraft } from "./draft.ts";
import type { KplUserRecord } from "./user-record.ts";

/** When an aggregate is full, under the names of the KPL. */
export interface KplAggregatorOptions {
  /**
   * Bytes of an aggregate at most: its magic bytes, key tables, records and digest. From 64 to
   * 10,485,760, as in the KPL. Kinesis counts the outer partition key, one byte, on top.
   * @default 51200
   */
  readonly aggregationMaxSize?: number;
  /** User records in an aggregate at most. From 1 to 4,294,967,295. @default 4294967295 */
  readonly aggregationMaxCount?: number;
}

/** Collects user records and gives them as KPL aggregates; `kplAggregator` makes one. */
export interface KplAggregator {
  /**
   * False: there is no room, the record was not added; `take` what there is and add it again.
   * An empty aggregator accepts every record: one that is larger than the limit goes alone.
   * The record's `data` is not copied before `take`: leave it as it is until then.
   * @throws RangeError for an explicit hash key that is no decimal integer from 0 to 2^128 - 1.
   */
  add(record: KplUserRecord): boolean;
  /**
   * What was added, as one Kinesis record, and starts anew: an aggregate, or a single user record
   * as it came, plain, as the KPL sends it. `undefined` where nothing was added.
   */
  take(): KplUserRecord | undefined;
  /** User records that `take` would take now. */
  readonly count: number;
  /** Bytes of `data` that `take` would give now. */
  readonly size: number;
}

/**
 * Use one for each shard, since all records of an aggregate go where the first of them belongs.
 *
 * @throws RangeError for a limit outside of its range.
 *
 * @example
 * const aggregator = kplAggregator({ aggregationMaxSize: 25_000 });
 * for (const record of records) {
 *   if (aggregator.add(record)) continue;
 *   await put(aggregator.take()!);
 *   aggregator.add(record);
 * }
 * const rest = aggregator.take();
 * if (rest) await put(rest);
 */
export function kplAggregator({
  aggregationMaxSize = 51_200,
  aggregationMaxCount = 4_294_967_295,
}: KplAggregatorOptions = {}): KplAggregator {
  checkRange("aggregationMaxSize", aggregationMaxSize, 64, 10_485_760);
  checkRange("aggregationMaxCount", aggregationMaxCount, 1, 4_294_967_295);
  let draft = newDraft<KplUserRecord>();
  return {
    add(record) {
      checkHashKey(draft, record);
      return draft.records.length < aggregationMaxCount && add(draft, record, aggregationMaxSize);
    },
    take() {
      const { records } = draft;
      const taken = records.length > 1 ? encode(draft) : records[0];
      draft = newDraft();
      return taken;
    },
    get count() {
      return draft.records.length;
    },
    get size() {
      const { records, size } = draft;
      return records.length > 1 ? size : (records[0]?.data.length ?? 0);
    },
  };
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${name} is ${value}: it must be an integer from ${least} to ${most}.`);
}
