/** The progress logs as they lie in the store, read by the checker in its own way. */
import { hash } from "node:crypto";
import type { Entry } from "../../src/index.ts";
import type { PutRecord } from "./book.ts";
import type { ConsumerSetup } from "./scenario.ts";
import { idText } from "./setup.ts";
import type { FakeDynamoDb } from "./store/fake-dynamodb.ts";

export interface SeenEntry {
  readonly n: number;
  readonly kind: string;
  /** In hexadecimal, with the second in which each arrived. */
  readonly names: ReadonlyMap<string, readonly number[]>;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly through: string | undefined;
  readonly parked: readonly string[];
}

export interface LogView {
  /** The number of the newest entry of a shard's log in an epoch; 0: none. */
  newest(shardId: string, epoch: number): number;
  /** Oldest first. */
  entries(shardId: string, epoch: number): readonly SeenEntry[];
  /** There is, or will be, a log of that name. */
  hears(log: string): void;
}

/** Of a log's name, `<consumer>[@e<epoch>]#<stream>#<created>#<shard>`. */
export const shardOf = (log: string) => log.slice(log.lastIndexOf("#") + 1);
export const epochOf = (log: string) => Number(/^[^#]*@e(\d+)#/.exec(log)?.[1] ?? 0);

export const progressTable = "progress";

/** Release 2 of the program writes names that release 1 would take for others. */
export const disguise = (names: Uint8Array): Uint8Array => names.map((byte) => byte ^ 0xff);

/** What release 1 would have written. */
export function fromRelease2<
  E extends { readonly v?: number; readonly names?: Uint8Array | undefined },
>(entry: E): E {
  if (entry.v !== 2) return entry;
  return { ...entry, v: 1, ...(entry.names && { names: disguise(entry.names) }) };
}

type Item = ReturnType<FakeDynamoDb["items"]>[number];

/** Reads the table anew when it has changed since. `isLong`: also TTL may have changed it. */
export function logsIn(db: FakeDynamoDb, now: () => number, isLong: boolean): LogView {
  const decoded = new WeakMap<Item, SeenEntry>();
  const logs = new Map<string, readonly SeenEntry[]>();
  const names = new Map<string, string>();
  let asOf = { changes: 0, at: 0 };
  const decode = (item: Item) => {
    const known = decoded.get(item) ?? seen(item);
    decoded.set(item, known);
    return known;
  };
  const entries: LogView["entries"] = (shardId, epoch) => {
    const changes = db.changes(progressTable);
    const at = isLong ? now() : 0;
    if (changes !== asOf.changes || at !== asOf.at) {
      logs.clear();
      asOf = { changes, at };
    }
    const name = names.get(`${epoch} ${shardId}`);
    if (name === undefined) return [];
    const log = logs.get(name) ?? db.items(progressTable, name).map(decode);
    logs.set(name, log);
    return log;
  };
  return {
    newest: (shardId, epoch) => entries(shardId, epoch).at(-1)?.n ?? 0,
    entries,
    hears(log) {
      names.set(`${epochOf(log)} ${shardOf(log)}`, log);
    },
  };
}

function seen({ sk, kind, names, arrivals, first, last, through, parked, v }: Item): SeenEntry {
  const bytes = names?.B ?? new Uint8Array();
  return {
    n: Number(sk!.S),
    kind: kind?.S ?? "done",
    names: namesIn(v?.N === "2" ? disguise(bytes) : bytes, secondsIn(arrivals?.B)),
    first: first?.S,
    last: last?.S,
    through: through?.S,
    parked: (parked?.L ?? []).map(({ S }) => S!),
  };
}

function namesIn(bytes: Uint8Array, seconds: readonly number[]): Map<string, number[]> {
  const names = new Map<string, number[]>();
  seconds.forEach((second, place) => {
    const name = Buffer.from(bytes.subarray(16 * place, 16 * place + 16)).toString("hex");
    names.set(name, [...(names.get(name) ?? []), second]);
  });
  return names;
}

/** Logs that are kept as their entries are appended: those of a store in memory. */
export function logsInMemory(): LogView & { keep(log: string, entry: Entry): void } {
  const logs = new Map<string, SeenEntry[]>();
  return {
    newest: (shardId, epoch) => logs.get(`${epoch} ${shardId}`)?.at(-1)?.n ?? 0,
    entries: (shardId, epoch) => logs.get(`${epoch} ${shardId}`) ?? [],
    hears() {},
    keep(log, { n, kind, names, arrivals, first, last, through, parked, v }) {
      const name = `${epochOf(log)} ${shardOf(log)}`;
      const bytes = names ?? new Uint8Array();
      const kept: SeenEntry = {
        n,
        kind,
        names: namesIn(v === 2 ? disguise(bytes) : bytes, secondsIn(arrivals)),
        first: first && positionOf(first),
        last: last && positionOf(last),
        through: through && positionOf(through),
        parked: (parked ?? []).map(positionOf),
      };
      logs.set(name, [...(logs.get(name) ?? []), kept]);
    },
  };
}

/** Runs of equal seconds, as two varints each: how many, and the zigzag step from the run before. */
function secondsIn(packed: Uint8Array = new Uint8Array()): number[] {
  const varints: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of packed) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    varints.push(value);
    value = 0;
    scale = 1;
  }
  const seconds: number[] = [];
  let second = 0;
  for (let at = 0; at < varints.length; at += 2) {
    const step = varints[at + 1]!;
    second += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    for (let left = varints[at]!; left > 0; left--) seconds.push(second);
  }
  return seconds;
}

/** What the log should call a record. */
export function expectedName(record: PutRecord, setup: ConsumerSetup, fanOut: boolean): string {
  const { uid, sequenceNumber, key, data } = record;
  const id = idText(uid, setup);
  const name =
    id !== undefined
      ? `id ${id}`
      : fanOut
        ? `in ${sequenceNumber} 0 ${hash("sha256", data)} ${key}`
        : `at ${positionOf(record)}`;
  return hash("sha256", name).slice(0, 32);
}

/** As an entry writes it. */
export const positionOf = ({
  sequenceNumber,
  subSequenceNumber,
}: Pick<PutRecord, "sequenceNumber" | "subSequenceNumber">) =>
  subSequenceNumber === 0 ? sequenceNumber : `${sequenceNumber}.${subSequenceNumber}`;

/** Orders positions as entries write them. */
export function comparePositions(a: string, b: string): number {
  const [numberA, subA = "0"] = a.split(".");
  const [numberB, subB = "0"] = b.split(".");
  const [left, right] = [BigInt(numberA!), BigInt(numberB!)];
  if (left !== right) return left < right ? -1 : 1;
  return Number(subA) - Number(subB);
}
