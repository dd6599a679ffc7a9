/** What windows wait for, in words. */
import type { WindowsTold } from "../src/events/dev-event.ts";
import { milliseconds } from "./clock.ts";
import { count } from "./store.ts";

const clockUtc = (at: number) => `${new Date(at).toISOString().slice(11, 23)} (UTC)`;

/** What the next row waits for. */
export function waitText({ due, of, open = 0, watermark, windows }: WindowsTold): string {
  if (due > 0) {
    return `${count(due, "row")} due and not done: tried again with the next batch, or the next flush.`;
  }
  if (of === "application") return "An application of SQL: its rows come as its time goes on.";
  const next = windows.find(({ isDue }) => !isDue);
  if (!next || open === 0) return "No window is open: waits for records.";
  if (watermark === undefined) return "Waits for the first record that says what time it is.";
  const left = Math.max(0, next.closesAt - watermark);
  return `The shard's time stands at ${clockUtc(watermark)}. The next window closes when a record, or a flush, takes it to ${clockUtc(next.closesAt)}: ${milliseconds(left)} more.`;
}
