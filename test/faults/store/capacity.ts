/** What requests cost, as on-demand tables are billed. */
import { type Item, sizeOf } from "./value.ts";

/** The larger of the item before and after, in started KB; at least one. */
export function writeUnits(before: Item | undefined, after: Item | undefined): number {
  const bytes = Math.max(before ? sizeOf(before) : 0, after ? sizeOf(after) : 0);
  return Math.max(1, Math.ceil(bytes / 1024));
}

/** Started 4 KB, half of it if the read need not be consistent; at least one (or a half). */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / 4096)) / (consistent ? 1 : 2);
}
