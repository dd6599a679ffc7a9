/** What would be sent, where there is no server to send it to. */
import type { Clock } from "../../../../../src/time/clock.ts";
import type { Trace } from "../trace.ts";
import type { DeliveryBucket } from "./bucket.ts";

/** Puts one file of the next number: `orders/000001.ndjson`. */
export type PutIntoOutbox = (
  files: Readonly<Record<string, string | Uint8Array>>,
  records: number,
) => Promise<void>;

export interface OutboxOptions {
  /** The name of the delivery stream. */
  readonly name: string;
  readonly outbox: DeliveryBucket;
  readonly clock: Clock;
  readonly trace: Trace;
}

/** The files of one call, by their extensions, have one number, and are told as one. */
export function outboxOf({ clock, name, outbox, trace }: OutboxOptions): PutIntoOutbox {
  let last = 0;
  return async (files, records) => {
    const number = String(++last).padStart(6, "0");
    const put = Object.entries(files).map(async ([extension, content]) => {
      const file = `${name}/${number}${extension}`;
      const bytes = Buffer.from(content);
      await outbox.put(file, bytes, { contentType: "application/octet-stream" });
      return { file, bytes: bytes.length };
    });
    const written = await Promise.all(put);
    const bytes = written.reduce((sum, { bytes }) => sum + bytes, 0);
    const names = written.map(({ file }) => file);
    trace.add({ type: "outbox", at: clock.now(), files: names, records, bytes });
  };
}
