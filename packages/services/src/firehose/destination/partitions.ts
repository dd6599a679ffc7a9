/** Dynamic partitioning: a buffer of its own for each combination of keys. */
import type { PartitionKeys } from "../prefix/expression.ts";
import type { DeliveryRecord } from "../record.ts";
import type { Writer } from "./delivery-buffer.ts";

export interface Partitions {
  /** False: there are as many active partitions as there may be. */
  add(record: DeliveryRecord, keys: PartitionKeys): boolean;
  flush(): void;
  readonly isEmpty: boolean;
}

/** A partition is active while its buffer holds records. */
export function partitions(
  most: number,
  writerFor: (keys: PartitionKeys) => Writer<DeliveryRecord>,
): Partitions {
  const writers = new Map<string, Writer<DeliveryRecord>>();

  function forgetIdle(): void {
    for (const [id, { isEmpty }] of writers) if (isEmpty) writers.delete(id);
  }

  return {
    add(record, keys) {
      const id = JSON.stringify([Object.entries(keys.query), Object.entries(keys.lambda)]);
      let writer = writers.get(id);
      if (!writer) {
        if (writers.size >= most) forgetIdle();
        if (writers.size >= most) return false;
        writer = writerFor(keys);
        writers.set(id, writer);
      }
      writer.add(record);
      return true;
    },
    flush() {
      for (const writer of writers.values()) writer.flush();
    },
    get isEmpty() {
      return [...writers.values()].every(({ isEmpty }) => isEmpty);
    },
  };
}
