/** A record as it is taken in: checked, and with the moments by which it is sent, and given up. */

import { isAggregate } from "./entries.ts";
import type { Pending } from "./lane.ts";
import type { ProducerRecord } from "./options.ts";
import type { Settings } from "./settings.ts";
import { hashKeys } from "./shard-map.ts";

/** Makes a pending record, or says what is wrong with it. */
export function pendingOf(settings: Settings) {
  const hashKeyOf = hashKeys();
  const { maxBufferedMs, maxRecordBytes, ttlMs } = settings;
  return (
    { partitionKey, explicitHashKey }: ProducerRecord<unknown>,
    data: Uint8Array,
    ordinal: number,
    now: number,
    settle: Pick<Pending, "resolve" | "reject">,
  ): Pending | string => {
    const wrong = wrongKey(partitionKey);
    if (wrong) return wrong;
    const bytes = data.length + Buffer.byteLength(partitionKey);
    if (bytes > maxRecordBytes) {
      return `${bytes} bytes with its partition key, and maxRecordBytes is ${maxRecordBytes}. Raise it if the stream's MaxRecordSizeInKiB is higher.`;
    }
    const hashKey = hashKeyOf(partitionKey, explicitHashKey);
    if (hashKey === undefined) {
      return `the explicit hash key ${JSON.stringify(explicitHashKey)} is no decimal integer from 0 to 2^128 - 1 without leading zeros.`;
    }
    const record =
      explicitHashKey === undefined
        ? { partitionKey, data }
        : { partitionKey, explicitHashKey, data };
    // Without spreads, which cost as much as all the rest of it.
    return {
      ordinal,
      record,
      hashKey,
      bytes,
      isAggregate: isAggregate(data),
      putAt: now,
      sendBy: now + maxBufferedMs,
      expiresAt: now + ttlMs,
      resolve: settle.resolve,
      reject: settle.reject,
      attempts: [],
      mayHaveBeenPut: false,
      isSuspect: false,
    };
  };
}

/** When a record that has room now is sent at the latest, and when it is given up. */
export const momentsOf = (now: number, { maxBufferedMs, ttlMs }: Settings) => ({
  putAt: now,
  sendBy: now + maxBufferedMs,
  expiresAt: now + ttlMs,
});

/** Characters are code points; only a key of many UTF-16 units needs them counted. */
function wrongKey(partitionKey: unknown): string | undefined {
  if (typeof partitionKey !== "string" || partitionKey.length === 0) {
    return "a partition key is text of 1 to 256 characters.";
  }
  if (partitionKey.length > 256 && [...partitionKey].length > 256) {
    return `a partition key has at most 256 characters, and this one ${[...partitionKey].length}.`;
  }
  // Half a surrogate pair has no UTF-8: it would become another key.
  return partitionKey.isWellFormed() ? undefined : "the partition key is no well-formed Unicode.";
}
