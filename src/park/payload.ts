import type { ParkedRecord } from "./parking.ts";

/** Takes payloads that are too large for where their record is parked. */
export interface PayloadStore {
  /** Stores the payload and says where. Doing it twice leaves one. */
  put(parked: ParkedRecord): Promise<string>;
}

/** What is stored of a payload: itself, where it is, or nothing. */
export type StoredPayload =
  | { readonly data: Uint8Array }
  | { readonly payloadLocation: string }
  | { readonly pointer: true };

/**
 * The payload where it fits, else where it went. Without another store only its position is kept: it can
 * be read from the stream again as long as the stream keeps it, and the warning says so.
 */
export async function storedPayload(
  parked: ParkedRecord,
  largest: number,
  overflow: PayloadStore | undefined,
): Promise<{ readonly payload: StoredPayload; readonly warning?: string }> {
  const size = parked.data.byteLength;
  if (size <= largest) return { payload: { data: parked.data } };
  if (overflow) return { payload: { payloadLocation: await overflow.put(parked) } };
  return {
    payload: { pointer: true },
    warning: `Its payload of ${size} bytes is too large to be parked (${largest}), and no overflow is set: it must be read from the stream again before the stream's retention ends.`,
  };
}
