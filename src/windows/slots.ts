/** The numbers of rows that are due, as changes write them: in their order, each by its distance from the one before. */
import type { ByteReader, ByteWriter } from "./bytes.ts";

export function writeSlots(slots: readonly number[], to: ByteWriter): void {
  to.varint(slots.length);
  let before = 0;
  for (const slot of [...slots].sort((a, b) => a - b)) {
    to.varint(slot - before);
    before = slot;
  }
}

export function readSlots(from: ByteReader): readonly number[] {
  let slot = 0;
  return Array.from({ length: from.varint() }, () => {
    slot += from.varint();
    return slot;
  });
}
