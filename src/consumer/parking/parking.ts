/** A place for parked records, and what parking adds to a batch. */
import { type MemoryParkedItems, memoryParkedItems } from "../../park/memory-parking.ts";
import type { Parking, ParkingStore } from "../../park/parking.ts";
import { parkingSteps } from "./steps.ts";

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
    rules: parkingSteps,
  };
}

/** What `memoryParking()` returns: a value for `park`, and its items to look at. */
export type MemoryParking = Parking & MemoryParkedItems;

/** Parking in this process's memory: for tests. Its items go through the states that those of every store go through. */
export function memoryParking(): MemoryParking {
  const items = memoryParkedItems();
  return { ...items, ...parking(items) };
}
