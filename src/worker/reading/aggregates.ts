/**
 * Where a checkpoint stands in an aggregate. The lease table counts an aggregate's user records; Lambda's events, and so this worker's
 * batches, have it as one record. What is done is done as a whole here, and a worker of the KCL may have stopped in the middle.
 */
import { aggregate } from "../../kpl/aggregate.ts";
import { deaggregate } from "../../kpl/deaggregate.ts";
import type { DeliveredRecord } from "../../record/lambda-event.ts";
import { at, type Checkpoint } from "../leases/lease.ts";

/** The last user record in a record, counted from 0. */
export const lastSubSequence = (data: Uint8Array) => (deaggregate(data)?.length ?? 1) - 1;

/** What is left of a record behind a checkpoint in it; undefined: nothing. */
export function restOf(
  record: DeliveredRecord,
  { subSequenceNumber }: Checkpoint,
): DeliveredRecord | undefined {
  const rest = deaggregate(record.data)?.slice(subSequenceNumber + 1);
  if (!rest || rest.length === 0) return undefined;
  const { partitionKey, data } = aggregate(rest);
  return { ...record, partitionKey, data, subSequenceNumber: subSequenceNumber + 1 };
}

/** Remembers the aggregates that are under way, as they are in the stream, so that a checkpoint can say how many user records the last one had. */
export interface Aggregates {
  add(record: DeliveredRecord): void;
  /** The checkpoint of a record that is done; what is before it is forgotten. */
  doneUpTo(sequenceNumber: string): Checkpoint;
}

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2]);

export function aggregates(): Aggregates {
  /** In the order in which they were read. */
  const waiting: DeliveredRecord[] = [];
  let last = at("", 0);
  return {
    add(record) {
      if (magic.compare(record.data.subarray(0, magic.length)) === 0) waiting.push(record);
    },
    doneUpTo(sequenceNumber) {
      if (last.sequenceNumber === sequenceNumber) return last;
      const mark = BigInt(sequenceNumber);
      last = at(sequenceNumber);
      let count = 0;
      for (const record of waiting) {
        if (BigInt(record.sequenceNumber) > mark) break;
        count++;
        if (record.sequenceNumber === sequenceNumber) {
          last = at(sequenceNumber, lastSubSequence(record.data));
        }
      }
      waiting.splice(0, count);
      return last;
    },
  };
}
