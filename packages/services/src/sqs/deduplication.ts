/** What a FIFO queue or topic remembers for five minutes: under which ids something was sent. */
import { createHash } from "node:crypto";

const interval = 5 * 60_000;

export interface Deduplication<Sent> {
  /** What was sent under the id within the last five minutes. */
  sent(id: string, now: number): Sent | undefined;
  remember(id: string, sent: Sent, now: number): void;
}

export function deduplication<Sent>(): Deduplication<Sent> {
  /** The oldest first. */
  const memory = new Map<string, { readonly sent: Sent; readonly at: number }>();
  return {
    sent(id, now) {
      for (const [old, { at }] of memory) {
        if (at + interval > now) break;
        memory.delete(old);
      }
      return memory.get(id)?.sent;
    },
    remember(id, sent, now) {
      memory.set(id, { sent, at: now });
    },
  };
}

export const contentId = (body: string) => createHash("sha256").update(body).digest("hex");
