/** A user record on its way: checked as it is taken in, and what has come of it so far. */
import { magic } from "../kpl/draft.ts";
import type { Attempt } from "./attempt.ts";
import { bytesOf, type DataEncoderObject } from "./encode.ts";
import type { PutError } from "./errors.ts";
import type { ProducerRecord, PutResult } from "./options.ts";
import type { Settings } from "./settings.ts";
import { hashKeyIn, type Key, partitionKeys } from "./shard-map.ts";

export interface Pending {
  /** Its place among all that were put. */
  readonly ordinal: number;
  readonly partitionKey: string;
  readonly explicitHashKey: string | undefined;
  readonly data: Uint8Array;
  readonly key: Key;
  /** What decides its shard. */
  readonly hashKey: string;
  /** Of data and key. */
  readonly bytes: number;
  /** Its buffer time and its TTL begin when it has room. */
  putAt: number;
  readonly result: Promise<PutResult>;
  readonly resolve: (result: PutResult) => void;
  readonly reject: (error: PutError) => void;
  attempts: readonly Attempt[];
  /** What its last request failed with. */
  lastError: unknown;
  /** One of its requests had no answer. */
  mayHaveBeenPut: boolean;
  /** A request that it was in was refused as a whole: it goes in one of its own, which says whether it was this record. */
  isSuspect: boolean;
}

export const noAttempts: readonly Attempt[] = [];

/** Makes a pending record, or throws what is wrong with it. */
export function pendings(
  { maxRecordBytes }: Settings,
  encode: DataEncoderObject<unknown>["encode"],
): (record: ProducerRecord<unknown>, ordinal: number, putAt: number) => Pending {
  const keyOf = partitionKeys();
  let resolve: Pending["resolve"];
  let reject: Pending["reject"];
  // One for all of them: a function for each costs as much as the promise.
  const settlers = (...both: [typeof resolve, typeof reject]) => {
    [resolve, reject] = both;
  };
  return (record, ordinal, putAt) => {
    const { partitionKey, explicitHashKey } = record;
    const key = keyOf(partitionKey);
    const hashKey = explicitHashKey === undefined ? key.hashKey : hashKeyIn(explicitHashKey);
    const data = encoded(record.data, encode);
    const bytes = data.length + key.bytes;
    if (bytes > maxRecordBytes) {
      throw new RangeError(
        `${bytes} bytes with its partition key, and maxRecordBytes is ${maxRecordBytes}. Raise it if the stream's MaxRecordSizeInKiB is higher.`,
      );
    }
    const result = new Promise<PutResult>(settlers);
    // Without spreads, which cost as much as all the rest of it.
    return {
      ordinal,
      partitionKey,
      explicitHashKey,
      data,
      key,
      hashKey,
      bytes,
      putAt,
      result,
      resolve,
      reject,
      attempts: noAttempts,
      lastError: undefined,
      mayHaveBeenPut: false,
      isSuspect: false,
    };
  };
}

function encoded(value: unknown, encode: DataEncoderObject<unknown>["encode"]): Uint8Array {
  try {
    return bytesOf(encode(value));
  } catch (cause) {
    throw new TypeError(`its data could not be encoded: ${(cause as Error).message}`, { cause });
  }
}

/** Whether its data is an aggregate that somebody else has made: it goes as it is, and alone. */
export const isAggregate = ({ data }: Pending): boolean =>
  data[0] === magic[0] && data.length > 20 && magic.every((byte, at) => data[at] === byte);
