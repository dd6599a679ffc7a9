import type { Activity } from "../activity.ts";
import { type BufferClock, type BufferingHints, recordBuffer } from "../buffer.ts";
import type { DeliveryRecord } from "../record.ts";

/** Takes what a destination gets, one by one. */
export interface Writer<Item> {
  add(item: Item): void;
  flush(): void;
  readonly isEmpty: boolean;
}

/** Gathers what a destination gets, and hands it on as one when the stream's hints say so; meanwhile the stream is not idle. */
export function deliveryBuffer(
  {
    activity,
    bufferClock,
    plan,
  }: {
    readonly activity: Activity;
    readonly bufferClock: BufferClock;
    readonly plan: { readonly hints: BufferingHints };
  },
  deliver: (records: readonly DeliveryRecord[]) => Promise<void>,
  sizeOf = ({ data }: DeliveryRecord) => data.length,
): Writer<DeliveryRecord> {
  const buffer = recordBuffer<DeliveryRecord>(bufferClock, plan.hints, (records) => {
    const ended = activity.begin();
    void deliver(records).finally(ended);
  });
  return {
    add: (record: DeliveryRecord) => buffer.add(record, sizeOf(record)),
    flush: buffer.flush,
    get isEmpty() {
      return buffer.isEmpty;
    },
  };
}
