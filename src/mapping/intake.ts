/** From records as they are read to records as they are delivered: taken apart, filtered, measured. */
import { deaggregate } from "../kpl/deaggregate.ts";
import { effectiveHashKey } from "../kpl/hash-key.ts";
import { type DeliveredRecord, type RecordOrigin, recordMeasure } from "../record/lambda-event.ts";
import type { PendingRecord } from "./batch.ts";
import type { MappingMetrics } from "./metrics.ts";
import type { ShardToRead } from "./shard.ts";

export type RecordFilter = (record: DeliveredRecord, origin: RecordOrigin) => boolean;

export interface IntakeOptions {
  readonly shard: ShardToRead;
  readonly origin: RecordOrigin;
  /** Of a fan-out consumer: KPL aggregates are taken apart before anything else. */
  readonly splitAggregates: boolean;
  readonly filter: RecordFilter | undefined;
  readonly metrics: MappingMetrics;
  /** The last sequence number before the first record. */
  readonly after: string | undefined;
}

/** Takes pages in the order in which they were read; `add` gets each record that is to be delivered. */
export function createIntake({
  shard,
  origin,
  splitAggregates,
  filter,
  metrics,
  after,
}: IntakeOptions): (
  page: readonly DeliveredRecord[],
  add: (record: PendingRecord) => void,
) => void {
  const measure = recordMeasure(origin);
  const range = {
    start: BigInt(shard.hashKeyRange.startingHashKey),
    end: BigInt(shard.hashKeyRange.endingHashKey),
  };
  let ordinal = 0;
  let before = after;

  /** The records that AWS makes of one: itself, its user records, or none. */
  function userRecords(record: DeliveredRecord): readonly DeliveredRecord[] {
    const inner = splitAggregates ? deaggregate(record.data) : undefined;
    if (!inner) return [record];
    const strays = inner.some((one) => {
      const hashKey = effectiveHashKey(one);
      return hashKey < range.start || hashKey > range.end;
    });
    // One stray user record and AWS drops the whole aggregate.
    if (strays) return [];
    return inner.map(({ partitionKey, data }) => ({ ...record, partitionKey, data }));
  }

  return (page, add) => {
    for (const read of page) {
      for (const record of userRecords(read)) {
        metrics.PolledEventCount++;
        if (filter && !filter(record, origin)) {
          metrics.FilteredOutEventCount++;
          continue;
        }
        add({
          sequenceNumber: record.sequenceNumber,
          partitionKey: record.partitionKey,
          data: record.data,
          approximateArrivalTimestamp: record.approximateArrivalTimestamp,
          ...(record.subSequenceNumber !== undefined && {
            subSequenceNumber: record.subSequenceNumber,
          }),
          bytes: measure(record),
          ordinal: ordinal++,
          before,
        });
      }
      before = read.sequenceNumber;
    }
  };
}
