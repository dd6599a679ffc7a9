/** What an entry of a log says of single records. */
import { type Entry, unpackArrivals } from "../progress/entry.ts";
import { nameOf, packNames, wordsPerName, writeName } from "../progress/fingerprint.ts";
import { compareSequenceNumbers, type Position } from "../record/position.ts";
import type { UserRecord } from "../record/user-record.ts";

/** One record that an entry names. */
export interface EntryName {
  /** In hexadecimal. */
  readonly name: string;
  /** When it arrived, in epoch seconds. */
  readonly second: number;
  /** It was parked, and not done. */
  readonly isParked: boolean;
}

/** Those of parked records stand last. */
export function* namesIn({ names, arrivals, parked = [] }: Entry): Generator<EntryName> {
  if (!names || !arrivals) return;
  const packed = Buffer.from(names);
  const seconds = unpackArrivals(arrivals);
  for (const [place, second] of seconds.entries()) {
    const name = packed.toString("hex", 16 * place, 16 * (place + 1));
    yield { name, second, isParked: place >= seconds.length - parked.length };
  }
}

/**
 * Whether a name in the entry, with the second of its arrival, is this record's: others may have its unique id. Sequence numbers
 * alone tell: inner records that Lambda took apart are counted anew in each batch.
 */
export const isNameOf = (
  { first, last }: Entry,
  named: number,
  position: Position,
  second: number,
): boolean =>
  first !== undefined &&
  last !== undefined &&
  named === second &&
  compareSequenceNumbers(first.sequenceNumber, position.sequenceNumber) <= 0 &&
  compareSequenceNumbers(position.sequenceNumber, last.sequenceNumber) <= 0;

/** What the log calls a record, in hexadecimal: see `nameOf`. */
export function hexNameOf(record: UserRecord, uniqueId?: string, ordinal?: number): string {
  const names = new Uint32Array(wordsPerName);
  writeName(names, 0, nameOf(record, uniqueId, ordinal));
  return hexName(names, 0);
}

/** A name of several, in hexadecimal. */
export const hexName = (names: Uint32Array, place: number): string =>
  Buffer.from(packNames(names, [place])).toString("hex");
