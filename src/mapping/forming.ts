/** Forming the next batch of a lane, once it is time for one. */
import { envelopeBytes } from "../record/lambda-event.ts";
import { cutBatch, windowDeadline } from "./batching.ts";
import { formBatch, type Lane } from "./lane.ts";
import type { BatchSettings } from "./settings.ts";
import type { WindowKeeper } from "./window-keeper.ts";

const bareEnvelope = envelopeBytes();

/** Adds a batch to the lane, or returns when to look again; undefined when nothing is to be waited for. */
export function formNext(
  lane: Lane,
  settings: Required<BatchSettings>,
  window: WindowKeeper,
  { ended, now }: { readonly ended: boolean; readonly now: number },
): number | undefined {
  const first = lane.waiting.at(0);
  const closing = window.closing(first?.approximateArrivalTimestamp, ended, now);
  if (typeof closing === "number") return closing;
  if (closing) {
    lane.batches.push(closing);
    return undefined;
  }
  if (!first) return undefined;
  const bounds = window.boundsOf(first.approximateArrivalTimestamp);
  const cut = cutBatch(lane.waiting, {
    batchSize: settings.batchSize,
    envelope: bounds ? window.envelope(bounds) : bareEnvelope,
    ...(bounds && { windowEnd: bounds.end }),
  });
  const batchingWindow = settings.maximumBatchingWindowInSeconds * 1000;
  const deadline = windowDeadline(batchingWindow, lane.completed, lane.available);
  const maximumAge = settings.maximumRecordAgeInSeconds * 1000;
  const expiry = maximumAge < 0 ? deadline : first.approximateArrivalTimestamp + maximumAge + 1;
  const waits = !cut.full && now < deadline;
  if (waits && now < expiry) return Math.min(deadline, expiry);
  // Too old while it waited: such a batch goes to the failure destination, and the rest waits on.
  const size = waits ? tooOld(lane, cut.size, now - maximumAge) : cut.size;
  if (!bounds) {
    formBatch(lane, size);
    return undefined;
  }
  window.enter(bounds);
  const last = cut.closesWindow || (ended && size === lane.waiting.length);
  formBatch(lane, size, { ...bounds, final: last && !waits, terminatedEarly: false });
  return undefined;
}

/** How many of the first `size` waiting records arrived before `horizon`. */
function tooOld({ waiting }: Lane, size: number, horizon: number): number {
  let count = 0;
  while (count < size && waiting.at(count)!.approximateArrivalTimestamp < horizon) count++;
  return count;
}
