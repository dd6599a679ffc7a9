import type { Position } from "../record/position.ts";

/**
 * One entry of a shard's log. Entries are only ever appended, each under the next number.
 *
 * - `done`: what one slice of a batch did.
 * - `began`: that a batch is about to run which may not live to say what it did.
 * - `lease`: the same, and nobody else may run these records meanwhile.
 * - `took`: that a worker has taken the shard over, and that whoever had it before begins nothing more.
 * - `fold`: the names of many small entries once more, so that a cold start reads less.
 * - `reset`: everything before it is forgotten, on purpose.
 */
export interface Entry extends EntryDraft {
  /** 1, 2, 3… without a gap. */
  readonly n: number;
  /** When it was appended, in epoch milliseconds, by the writer's clock. */
  readonly at: number;
  /** The function that appended it, as `<region>:<account>:<name>`. */
  readonly writer: string;
  /** Random, new for each logical append: it tells our own lost reply from another's entry. */
  readonly token: string;
  readonly v: number;
}

/** What an entry says, before it has a number. */
export interface EntryDraft {
  readonly kind: "done" | "began" | "lease" | "took" | "fold" | "reset";
  /** The lowest and the highest position that it speaks of. */
  readonly first?: Position | undefined;
  readonly last?: Position | undefined;
  /** A 16-byte fingerprint of each record that is done, in stream order; those that were parked last. */
  readonly names?: Uint8Array | undefined;
  /** When each of them arrived: see `packArrivals`. */
  readonly arrivals?: Uint8Array | undefined;
  /** Records delivered and not done. Absent positions keep what earlier entries say of them. */
  readonly open?: readonly OpenRecord[] | undefined;
  /** Positions that an earlier entry calls open, and that are done now. */
  readonly closed?: readonly Position[] | undefined;
  /** Positions that were parked: they count as done. */
  readonly parked?: readonly Position[] | undefined;
  /** Partition keys of which it parks a record, where later ones follow it: see `ParkedKeyStore`. */
  readonly parkedKeys?: readonly string[] | undefined;
  /** Positions that were given back and never came again. */
  readonly abandoned?: readonly Position[] | undefined;
  /**
   * Everything delivered up to here is done or parked: for lag, for people, and for the time of a shard that is quiet; nothing is skipped because
   * of it. Each entry of a log says it.
   */
  readonly through?: Position | undefined;
  /** Of a `began` or a `lease`: when the invocation is over at the latest, in epoch milliseconds. */
  readonly until?: number | undefined;
  /** The numbers of the `began` and `lease` entries that this one ends. */
  readonly ends?: readonly number[] | undefined;
  /** Of a `fold`: the oldest entry that it restates. */
  readonly since?: number | undefined;
  /** Of a `fold`: the folds before it, each beginning where the one before ended, oldest first. */
  readonly folds?: readonly FoldMark[] | undefined;
  /** The logs of the parent shards. Absent: not asked yet. */
  readonly parents?: readonly string[] | undefined;
  /** Where records are counted in windows: what these have come to by the records that it names. */
  readonly windows?: WindowState | undefined;
}

/** What an entry says of a shard's windows. */
export interface WindowState {
  /** What has changed: see `writeChanges`. In `windowLog` of the log, a part of all of it. */
  readonly changes?: Uint8Array;
  /** All of it, so that a cold start reads no further: see `writeWhole`. */
  readonly whole?: Uint8Array;
  /** Where that was too large for an entry: the numbers of its parts in `windowLog` of the log. */
  readonly chunks?: readonly number[];
  /** The windows have gone to the shard's children, of which this one has said so first: here nothing is added to them. */
  readonly handed?: true | string;
  /** Rows that have failed; beside all of the state, those that are still due. */
  readonly failed?: readonly RowFailure[];
}

/** A row that is due, and has failed. */
export interface RowFailure {
  /** Its number in the log. */
  readonly slot: number;
  /** How often. */
  readonly attempts: number;
  /** When it first failed, in epoch milliseconds. */
  readonly since: number;
  /** It went on until the end of its invocation. */
  readonly hung?: true;
}

/** Where a fold stands, and when it was appended. */
export interface FoldMark {
  readonly n: number;
  readonly since: number;
  readonly at: number;
}

/** A record that was delivered and is not done. */
export interface OpenRecord {
  readonly position: Position;
  /** How often it has failed. 0: it was only given back. */
  readonly attempts: number;
  /** When it first failed; where it has not, when it was given back. In epoch milliseconds. */
  readonly since: number;
  /** Whether its last run ended with its environment: it hung until the end. */
  readonly hung?: boolean | undefined;
  /** Its partition key; "" if it came in an aggregate. */
  readonly key: string;
}

export const entryVersion = 1;

/** A log's name: consumer, stream, the second in which the shard was created, shard. */
export function logName(
  consumer: string,
  streamArn: string,
  createdAt: number,
  shardId: string,
): string {
  return `${consumer}#${streamPlace(streamArn)}#${createdAt}#${shardId}`;
}

/** `<region>:<account>:<stream>` */
export function streamPlace(streamArn: string): string {
  const [, , , region, account] = streamArn.split(":");
  return `${region}:${account}:${streamArn.slice(streamArn.indexOf("/") + 1)}`;
}

/** The log beside a log in which the parts of its windows stand. */
export const windowLog = (log: string): string => `${log}#windows`;

/**
 * Packs arrival times, or other numbers that mostly grow by little: runs of equal seconds, each as two varints: how many, and how many
 * seconds later (zigzag) than the run before; the first counts from the epoch. A batch that
 * arrived within a few seconds costs a few bytes.
 */
export function packArrivals(seconds: readonly number[]): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (let start = 0; start < seconds.length; ) {
    const second = seconds[start]!;
    let end = start + 1;
    while (seconds[end] === second) end++;
    const step = second - before;
    pushVarint(bytes, end - start);
    pushVarint(bytes, step >= 0 ? 2 * step : -2 * step - 1);
    before = second;
    start = end;
  }
  return Uint8Array.from(bytes);
}

/** The inverse of `packArrivals`. */
export function unpackArrivals(packed: Uint8Array): number[] {
  const seconds: number[] = [];
  let offset = 0;
  const readVarint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = packed[offset++];
      if (byte === undefined) throw new RangeError("The arrival times of an entry are cut off.");
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  for (let second = 0; offset < packed.length; ) {
    const count = readVarint();
    const step = readVarint();
    second += step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    for (let left = count; left > 0; left--) seconds.push(second);
  }
  return seconds;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
}
