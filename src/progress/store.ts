import type { ParentsOf } from "../record/lineage.ts";
import type { Entry } from "./entry.ts";
import { keySetOf, type ParkedKey, type ParkedKeyStore } from "./parked-keys.ts";
import type { TransactionWrite } from "./transaction.ts";

/**
 * Where logs are kept. A store only moves entries; what they mean is decided elsewhere. All its
 * reads are consistent: an entry whose `append` has answered is in every later read.
 */
export interface EntryStore {
  /** The entries after number `n`, oldest first; one page. `more`: there are others after these. */
  readAfter(log: string, n: number): Promise<Page>;
  /** The entries below number `before` (Infinity: the newest), newest first; one page. */
  readBefore(log: string, before: number): Promise<Page>;
  /** The entries with these numbers, in any order; those that are not there are left out. */
  readSome(log: string, numbers: readonly number[]): Promise<readonly Entry[]>;
  /**
   * Appends the entry on the sole condition that its number is free, together with `writes`, and with its `parkedKeys` in
   * their set (`keySetOf` the log), or not at all. Rejects when the outcome is unknown, or when the store refuses for good.
   */
  append(
    log: string,
    entry: Entry,
    expiresAt: number,
    writes?: readonly TransactionWrite[],
  ): Promise<Appended>;
  /** Whether the same call may succeed later: a throttle, a time-out, a lost connection. */
  isTransient(error: unknown): boolean | PromiseLike<boolean>;
  readonly parentsOf: ParentsOf;
  /** Sets of partition keys; `afterPark: "parkKey"` needs them. @default none */
  readonly parkedKeys?: ParkedKeyStore;
  /** Where that is, for tools such as `shardmill lint`: the name of a table. @default unknown */
  readonly location?: string;
}

/** What the option `progress` takes: a store, and what the consumer does with it. */
export interface ProgressStore extends EntryStore {
  /** Of the shardmill that it comes from, and known to that alone. */
  readonly rules: { readonly version: string };
}

export interface Page {
  readonly entries: readonly Entry[];
  readonly more: boolean;
}

/** What became of an append. */
export type Appended =
  | { readonly ok: true }
  /** Its number is taken, by the entry with this token; undefined: which was gone when it was asked for. */
  | { readonly ok: false; readonly holder: string | undefined }
  /** Nothing was written, because of these writes, by their index. */
  | { readonly ok: false; readonly refused: ReadonlyMap<number, unknown> };

/** What `memoryProgress` takes. */
export interface MemoryProgressOptions {
  /** The parents of a shard, where a test reshards. @default () => [] */
  readonly parentsOf?: EntryStore["parentsOf"];
}

/** Logs in this process's memory. */
export function memoryEntries({
  parentsOf = async () => [],
}: MemoryProgressOptions = {}): EntryStore {
  const logs = new Map<string, Entry[]>();
  const sets = new Map<string, Map<string, ParkedKey>>();
  const entriesOf = (log: string) => {
    const entries = logs.get(log) ?? [];
    logs.set(log, entries);
    return entries;
  };
  return {
    async readAfter(log, n) {
      return { entries: entriesOf(log).slice(n), more: false };
    },
    async readBefore(log, before) {
      const newestFirst = entriesOf(log)
        .slice(0, Math.max(0, before - 1))
        .reverse();
      return { entries: newestFirst, more: false };
    },
    async readSome(log, numbers) {
      return numbers.flatMap((n) => entriesOf(log)[n - 1] ?? []);
    },
    async append(log, entry, _expiresAt, writes = []) {
      if (writes.length > 0) {
        throw new TypeError("commitWith needs dynamodbProgress: memory has no transactions.");
      }
      const entries = entriesOf(log);
      const holder = entries[entry.n - 1];
      if (holder) return { ok: false, holder: holder.token };
      if (entry.n !== entries.length + 1) {
        throw new RangeError(
          `Entry ${entry.n} would leave a gap after ${entries.length} in ${log}.`,
        );
      }
      entries.push(entry);
      const set = keySetOf(log);
      const keys = sets.get(set) ?? new Map<string, ParkedKey>();
      sets.set(set, keys);
      for (const key of entry.parkedKeys ?? []) keys.set(key, { key, log, token: entry.token });
      return { ok: true };
    },
    parkedKeys: {
      page: async (set) => ({ keys: [...(sets.get(set)?.values() ?? [])] }),
      find: async (set, keys) => keys.flatMap((key) => sets.get(set)?.get(key) ?? []),
      async free(set, { key, token }) {
        if (sets.get(set)?.get(key)?.token !== token) return false;
        return sets.get(set)!.delete(key);
      },
    },
    isTransient: () => false,
    parentsOf,
  };
}
