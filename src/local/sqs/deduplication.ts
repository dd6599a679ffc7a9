/** What a FIFO queue remembers for five minutes: under which ids something was sent. */
import { createHash } from "node:crypto";
import type { NewMessage, SentMessage } from "./message.ts";

const interval = 5 * 60_000;

export interface Deduplication {
  /** What was sent under the id within the last five minutes. */
  sent(id: string, now: number): SentMessage | undefined;
  remember(id: string, sent: SentMessage, now: number): void;
}

export function deduplication(): Deduplication {
  /** The oldest first. */
  const memory = new Map<string, { readonly sent: SentMessage; readonly at: number }>();
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

export const contentId = ({ body }: NewMessage) => createHash("sha256").update(body).digest("hex");
