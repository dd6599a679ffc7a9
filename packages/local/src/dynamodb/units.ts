/** How DynamoDB turns an item's size into capacity units. */

/** A write is billed by the larger of the item before and after it; at least one unit. */
export function writeUnits(bytesBefore: number, bytesAfter: number): number {
  return Math.max(1, Math.ceil(Math.max(bytesBefore, bytesAfter) / 1024));
}

/** A strongly consistent read; at least one unit, also when there is no item. */
export function readUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 4096));
}
