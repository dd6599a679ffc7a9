/** A table's items, sorted within their partitions, with enough of the past for stale reads, and TTL. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { invalid } from "./errors.ts";
import { compare, contentOf, type Item, identity, valueSize } from "./value.ts";

export interface TableSchema {
  /** @default "pk" */
  readonly partitionKey?: string;
  /** Without it the partition key is the whole key. */
  readonly sortKey?: string;
}

export interface Table {
  readonly name: string;
  /** Names of the key's attributes. */
  readonly key: readonly string[];
  /** The key's attributes, cut out of an item. Refuses what lacks one. */
  keyOf(item: Item): Item;
  /** One text for equal keys. Refuses what is not exactly a key. */
  identify(key: Item): string;
  /** One text for the keys of one partition. */
  partitionOf(key: Item): string;
  get(key: Item, asOf?: number): Item | undefined;
  /** Stores an item under its key; undefined removes it. */
  set(key: Item, item: Item | undefined): void;
  /**
   * The items of a partition in ascending order, as they were at a time; with `from`, those whose
   * sort key is not less.
   */
  partition(key: Item, asOf?: number, from?: AttributeValue): Item[];
  all(asOf?: number): Item[];
  /** How often items were changed so far; TTL is not counted. */
  readonly changes: number;
}

/** What a table is told from outside. */
export interface TableOptions {
  readonly now: () => number;
  /** How far back reads may see. */
  readonly rememberMs: () => number;
  /** Whether TTL has deleted an item by now. @default never */
  readonly isExpired?: (item: Item) => boolean;
}

/** In bytes: of a partition key, and of a sort key. */
const longestKey = [2048, 1024] as const;

interface Entry {
  readonly key: Item;
  /** What the item was and since when, oldest first. */
  versions: { readonly since: number; readonly item: Item | undefined }[];
}

export function createTable(
  name: string,
  { partitionKey = "pk", sortKey }: TableSchema,
  { now, rememberMs, isExpired = () => false }: TableOptions,
): Table {
  const key = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  const partitions = new Map<string, Entry[]>();
  let changes = 0;

  const entriesOf = (item: Item) => partitions.get(identity(item[partitionKey]!)) ?? [];

  /** The first entry that is not before the key. */
  function position(entries: readonly Entry[], wanted: Item): number {
    if (sortKey === undefined || wanted[sortKey] === undefined) return 0;
    // Most writers append.
    const last = entries.at(-1);
    if (last && compare(last.key[sortKey]!, wanted[sortKey]!)! < 0) return entries.length;
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(entries[middle]!.key[sortKey]!, wanted[sortKey]!)! < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function find(entries: readonly Entry[], wanted: Item): Entry | undefined {
    const entry = entries[position(entries, wanted)];
    if (!entry || sortKey === undefined) return entry;
    return compare(entry.key[sortKey]!, wanted[sortKey]!) === 0 ? entry : undefined;
  }

  function keyOf(item: Item): Item {
    const missing = key.find((attribute) => item[attribute] === undefined);
    if (missing !== undefined) {
      throw invalid(
        `One or more parameter values were invalid: Missing the key ${missing} in the item`,
      );
    }
    return Object.fromEntries(key.map((attribute) => [attribute, item[attribute]!]));
  }

  return {
    name,
    key,
    keyOf,
    identify(wanted) {
      if (
        Object.keys(wanted).length !== key.length ||
        key.some((attribute) => wanted[attribute] === undefined)
      ) {
        throw invalid("The provided key element does not match the schema");
      }
      const empty = key.find((attribute) => contentOf(wanted[attribute]!).length === 0);
      if (empty !== undefined) {
        throw invalid(
          `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${empty}`,
        );
      }
      key.forEach((attribute, place) => {
        const size = valueSize(wanted[attribute]!);
        if (size > longestKey[place]!) throw invalid(tooLong[place]!);
      });
      return JSON.stringify([name, ...key.map((attribute) => identity(wanted[attribute]!))]);
    },
    partitionOf: (wanted) => identity(wanted[partitionKey]!),
    get(wanted, asOf) {
      const entry = find(entriesOf(wanted), wanted);
      const item = entry && versionAt(entry, asOf);
      return item && !isExpired(item) ? item : undefined;
    },
    get changes() {
      return changes;
    },
    set(wanted, item) {
      changes++;
      const entries = entriesOf(wanted);
      partitions.set(identity(wanted[partitionKey]!), entries);
      let entry = find(entries, wanted);
      if (!entry) {
        entry = { key: wanted, versions: [] };
        entries.splice(position(entries, wanted), 0, entry);
      }
      entry.versions.push({ since: now(), item });
      forget(entry, now() - rememberMs());
      if (entry.versions.length === 1 && item === undefined) {
        entries.splice(entries.indexOf(entry), 1);
      }
    },
    partition(wanted, asOf, from) {
      const entries = entriesOf(wanted);
      const start = position(entries, from && sortKey !== undefined ? { [sortKey]: from } : {});
      return present(entries.slice(start), asOf);
    },
    all: (asOf) => [...partitions.values()].flatMap((entries) => present(entries, asOf)),
  };

  function present(entries: readonly Entry[], asOf?: number): Item[] {
    const items: Item[] = [];
    for (const entry of entries) {
      const item = versionAt(entry, asOf);
      if (item && !isExpired(item)) items.push(item);
    }
    return items;
  }
}

const tooLong = [
  "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes",
  "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes",
] as const;

function versionAt({ versions }: Entry, asOf = Infinity): Item | undefined {
  for (let at = versions.length - 1; at >= 0; at--) {
    if (versions[at]!.since <= asOf) return versions[at]!.item;
  }
  return undefined;
}

/** Drops the versions that were replaced before `horizon`, except the newest one. */
function forget(entry: Entry, horizon: number) {
  const current = entry.versions.findLastIndex(({ since }) => since <= horizon);
  if (current > 0) entry.versions = entry.versions.slice(current);
}
