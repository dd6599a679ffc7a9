import { hash } from "../kpl/hash.ts";
import { formatPosition } from "../record/position.ts";
import type { UserRecord } from "../record/user-record.ts";

/** Four 32-bit words: 16 bytes of a SHA-256. At a billion names a day two meet once in 10²⁰ years. */
export const wordsPerName = 4;

/**
 * What a record is remembered by: its unique id if it has one, else its position. The inner records of
 * an aggregate that Lambda took apart have no position of their own: they are told apart by key,
 * payload and `ordinal` among equals.
 */
export function nameOf(
  record: UserRecord,
  uniqueId: string | undefined,
  ordinal: number | undefined,
): string {
  // Half a surrogate pair has no UTF-8 of its own: two such ids must not look alike, nor like one that is written so.
  if (uniqueId)
    return uniqueId.isWellFormed() ? `id ${uniqueId}` : `half ${JSON.stringify(uniqueId)}`;
  if (ordinal === undefined) return `at ${formatPosition(record)}`;
  return `in ${record.sequenceNumber} ${ordinal} ${hash("sha256", record.data)} ${record.partitionKey}`;
}

/** What a parked record is remembered by once it was redriven: it has its own name since it was parked. */
export const redrivenName = (id: string): string => `redriven ${id}`;

/** Writes the fingerprint of a name into its place. */
export function writeName(into: Uint32Array, place: number, name: string): void {
  const digest = hash("sha256", name, "buffer");
  for (let word = 0; word < wordsPerName; word++) {
    into[place * wordsPerName + word] = digest.readUInt32LE(4 * word);
  }
}

/** The names at `places`, packed for an entry. */
export function packNames(names: Uint32Array, places: readonly number[]): Uint8Array {
  const packed = Buffer.alloc(places.length * 16);
  places.forEach((place, slot) => {
    for (let word = 0; word < wordsPerName; word++) {
      packed.writeUInt32LE(names[place * wordsPerName + word]!, slot * 16 + 4 * word);
    }
  });
  return packed;
}

/** The inverse of `packNames`. */
export function unpackNames(packed: Uint8Array): Uint32Array {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const names = new Uint32Array(packed.byteLength >> 2);
  for (let word = 0; word < names.length; word++) names[word] = view.getUint32(4 * word, true);
  return names;
}
