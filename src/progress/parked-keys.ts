/**
 * Partition keys of which a record is parked, so that later records follow it (`afterPark: "parkKey"`). They stand in a set of their
 * own, one for each consumer and stream: no entry restates them, a child shard finds those of its parents, and they last
 * until they are freed, however long their shard is quiet.
 */

import { digestOf, fitsKey } from "../aws/store-limits.ts";

/** A partition key of which a record is parked, so that with `afterPark: "parkKey"` its later records are parked, too. */
export interface ParkedKey {
  /** Its name. */
  readonly key: string;
  /** The log whose entry has parked the latest record of it. */
  readonly log: string;
  /** That entry's token. */
  readonly token: string;
}

/** What Kinesis takes of a partition key: 256 characters, of four bytes each at most. */
const longestKey = 1024;

/**
 * What a partition key is called in a set and in the log: itself, or its digest where it is longer than Kinesis takes, as keys in the
 * KPL's aggregates may be. An entry of ninety and an item of one have room for that, whatever the producer has written.
 */
export const nameOfKey = (key: string): string =>
  fitsKey(key, longestKey) ? key : `SHA-256 ${digestOf(key)}`;

/** The sets in a store. All reads are consistent: a key whose entry was appended is in every later read. */
export interface ParkedKeyStore {
  /** The keys in a set, a page at a time, each from where the one before said. */
  page(
    set: string,
    from?: string,
  ): Promise<{ readonly keys: readonly ParkedKey[]; readonly next?: string | undefined }>;
  /** Those of the keys that are in the set. */
  find(set: string, keys: readonly string[]): Promise<readonly ParkedKey[]>;
  /** Takes a key out of the set. False: another record of it was parked since it was found. */
  free(set: string, key: ParkedKey): Promise<boolean>;
}

/** The set that a log's parked keys go to, by the log's name. */
export function keySetOf(log: string): string {
  const [consumer, stream] = log.split("#");
  return `${consumer}#${stream}#keys`;
}

/** All keys in a set. */
export async function* allKeys(store: ParkedKeyStore, set: string): AsyncGenerator<ParkedKey> {
  let from: string | undefined;
  do {
    const { keys, next } = await store.page(set, from);
    yield* keys;
    from = next;
  } while (from !== undefined);
}

/**
 * What an environment knows of a set. It may hold keys that were freed in the meantime, and none is missing: a log that was loaded
 * has read them all, and each entry that is merged adds its own.
 */
export class KnownKeys {
  readonly #addedAt = new Map<string, number>();
  #now = 0;

  /** Counts what was added. */
  get now(): number {
    return this.#now;
  }

  has(key: string): boolean {
    return this.#addedAt.has(key);
  }

  isAddedAfter(key: string, moment: number): boolean {
    return (this.#addedAt.get(key) ?? 0) > moment;
  }

  add(keys: Iterable<string>): void {
    for (const key of keys) this.#addedAt.set(key, ++this.#now);
  }

  /** The key was not in the set at that moment. */
  remove(key: string, moment: number): void {
    if (!this.isAddedAfter(key, moment)) this.#addedAt.delete(key);
  }
}

/** The keys whose records one batch has to park. */
export interface FollowedKeys {
  has(key: string): boolean;
  add(key: string): void;
}

/** Asks which of the batch's keys are in the set; what is parked while the batch runs counts as well. */
export async function keysToFollow(
  known: KnownKeys,
  store: ParkedKeyStore,
  set: string,
  keysOfBatch: Iterable<string>,
): Promise<FollowedKeys> {
  const moment = known.now;
  const asked = [...new Set(keysOfBatch)].filter((key) => known.has(key));
  const found = asked.length > 0 ? await store.find(set, asked) : [];
  const followed = new Set(found.map(({ key }) => key));
  for (const key of asked) if (!followed.has(key)) known.remove(key, moment);
  return {
    has: (key) => followed.has(key) || known.isAddedAfter(key, moment),
    add: (key) => void followed.add(key),
  };
}
