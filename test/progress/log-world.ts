/** Entries and questions made by hand, for what is said of the log itself. */

import { memoryProgress } from "../../src/consumer/progress/progress-store.ts";
import { toItem } from "../../src/progress/dynamodb-store.ts";
import {
  type Entry,
  type EntryDraft,
  entryVersion,
  packArrivals,
} from "../../src/progress/entry.ts";
import type { Evidence } from "../../src/progress/evidence.ts";
import { packNames, wordsPerName, writeName } from "../../src/progress/fingerprint.ts";
import type { LogAccess } from "../../src/progress/log-access.ts";
import { ShardLog } from "../../src/progress/shard-log.ts";
import type { ProgressStore } from "../../src/progress/store.ts";
import type { Position } from "../../src/record/position.ts";
import { seededRandom } from "../../src/time/random.ts";

/** When entry 1 is appended and what it names arrived, in epoch seconds. */
export const t0 = Date.UTC(2026, 0, 1) / 1000;

export const at = (place: number, subSequenceNumber = 0): Position => ({
  sequenceNumber: String(10 ** 15 + place),
  subSequenceNumber,
});

export interface Named {
  readonly name: string;
  /** Its position. */
  readonly place: number;
  /** When it arrived, in seconds after `t0`. */
  readonly second: number;
}

export function draftOf(named: readonly Named[]): EntryDraft {
  if (named.length === 0) return { kind: "done" };
  const words = new Uint32Array(named.length * wordsPerName);
  named.forEach(({ name }, place) => {
    writeName(words, place, name);
  });
  const places = named.map(({ place }) => place);
  return {
    kind: "done",
    first: at(Math.min(...places)),
    last: at(Math.max(...places)),
    names: packNames(words, [...named.keys()]),
    arrivals: packArrivals(named.map(({ second }) => t0 + second)),
  };
}

export const entryOf = (n: number, draft: EntryDraft, appendedAt: number): Entry => ({
  ...draft,
  n,
  at: (t0 + appendedAt) * 1000,
  writer: "local",
  token: `t${n}`,
  v: entryVersion,
});

export function ask(
  log: ShardLog,
  { name, place, second }: Named,
  windowInSeconds = 900,
  mayBeRest = false,
): Evidence {
  const names = new Uint32Array(wordsPerName);
  writeName(names, 0, name);
  return log.evidence({
    names,
    place: 0,
    position: at(place),
    second: t0 + second,
    windowInSeconds,
    mayBeRest,
  });
}

export function ledgerOf(
  store: ProgressStore = memoryProgress(),
  more: Partial<LogAccess> = {},
): LogAccess {
  let slept = 0;
  return {
    store,
    parentsOf: store.parentsOf,
    lineage: new Map(),
    windowInSeconds: 900,
    keepInSeconds: 9 * 86_400,
    writer: "local",
    maxBytes: 32 * 1024 * 1024,
    clock: {
      now: () => t0 * 1000,
      sleep: async (ms) => {
        slept += ms;
      },
      after: () => () => {},
    },
    random: seededRandom(3),
    remainingMs: () => 60_000 - slept,
    ...more,
  };
}

export const source = {
  consumer: "c",
  streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  shardId: "shardId-000000000000",
  createdAt: 0,
  hasIds: false,
  isFanOut: false,
};

export const emptyLog = () => new ShardLog("c#orders#0");

/** A store that keeps what was sent to it, refused entries included. */
export function recorded(store: ProgressStore = memoryProgress()) {
  const entries: Entry[] = [];
  const progress: ProgressStore = {
    ...store,
    append(...args) {
      entries.push(args[1]);
      return store.append(...args);
    },
  };
  return { progress, entries, store };
}

/** The size of an entry as DynamoDB counts it, nearly: names and values as UTF-8 or bytes. */
export function bytesOf(entry: Entry): number {
  const size = (value: unknown): number => {
    if (value === undefined || value === null) return 1;
    if (value instanceof Uint8Array) return value.byteLength;
    if (typeof value === "string") return Buffer.byteLength(value);
    if (typeof value !== "object") return 12;
    if (Array.isArray(value)) return value.reduce((sum, each) => sum + size(each) + 1, 3);
    return Object.entries(value).reduce((sum, [key, each]) => sum + key.length + size(each) + 1, 3);
  };
  return size(toItem("c#us-east-1:123456789012:orders#1735689600#shardId-000000000000", entry, 1));
}

/** All that it yields. */
export async function listed<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}
