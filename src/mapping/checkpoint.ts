/** How far a shard is settled without a gap, when several lanes settle it at once. */
import { type Lane, oldestPending } from "./lane.ts";

/** The sequence number before the oldest record that is pending in any lane, or the last one read. */
export function lowWaterMark(
  lanes: readonly Lane[],
  lastRead: string | undefined,
): string | undefined {
  let oldest: ReturnType<typeof oldestPending>;
  for (const lane of lanes) {
    const pending = oldestPending(lane);
    if (pending && (!oldest || pending.ordinal < oldest.ordinal)) oldest = pending;
  }
  return oldest ? oldest.before : lastRead;
}
