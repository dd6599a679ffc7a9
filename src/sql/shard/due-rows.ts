/** Rows that came out of an application and are due, in their order, with the numbers that they have for good. */
import type { ByteReader, ByteWriter } from "../../windows/bytes.ts";
import type { Row } from "../run/evaluate.ts";
import { readTime, readValues, writeTime, writeValues } from "../run/values.ts";

/** A row that is due. */
export interface DueSqlRow {
  /** Its number in this log, never given twice. */
  readonly slot: number;
  readonly stream: string;
  /** Its number among the rows of its stream in the shard that made it, and which shard that was, if another. */
  readonly ordinal: number;
  readonly origin: string | undefined;
  readonly row: Row;
  /** ROWTIME, in epoch milliseconds. */
  readonly time: number;
}

export class DueRows {
  /** All that rows may come out of, in an order that does not change. */
  readonly #streams: readonly string[];
  readonly #bySlot = new Map<number, DueSqlRow>();
  readonly #ordinals = new Map<string, number>();
  #nextSlot = 0;

  constructor(streams: readonly string[]) {
    this.#streams = streams;
  }

  get size(): number {
    return this.#bySlot.size;
  }

  get all(): readonly DueSqlRow[] {
    return [...this.#bySlot.values()];
  }

  has(slot: number): boolean {
    return this.#bySlot.has(slot);
  }

  forget(slots: readonly number[]): void {
    for (const slot of slots) this.#bySlot.delete(slot);
  }

  /** It has its numbers, also where it goes nowhere: then it is not due. */
  add(stream: string, row: Row, time: number, goesOut: boolean): void {
    const slot = this.#nextSlot++;
    const ordinal = this.#ordinals.get(stream) ?? 0;
    this.#ordinals.set(stream, ordinal + 1);
    if (goesOut) this.#bySlot.set(slot, { slot, stream, ordinal, origin: undefined, row, time });
  }

  /** One that was due in a shard that has ended. */
  takeOver(row: DueSqlRow, shardId: string): void {
    const slot = this.#nextSlot++;
    this.#bySlot.set(slot, { ...row, slot, origin: row.origin ?? shardId });
  }

  /** All of them were that shard's, and this one counts its own anew. */
  follow(shardId: string): void {
    for (const [slot, row] of this.#bySlot)
      this.#bySlot.set(slot, { ...row, origin: row.origin ?? shardId });
    this.#ordinals.clear();
  }

  write(to: ByteWriter): void {
    to.varint(this.#nextSlot);
    for (const stream of this.#streams) to.varint(this.#ordinals.get(stream) ?? 0);
    to.varint(this.#bySlot.size);
    for (const { ordinal, origin, row, slot, stream, time } of this.#bySlot.values()) {
      to.varint(slot);
      to.varint(this.#streams.indexOf(stream));
      to.varint(ordinal);
      to.text(origin ?? "");
      writeTime(time, to);
      writeValues(row, to);
    }
  }

  read(from: ByteReader): void {
    this.#nextSlot = from.varint();
    for (const stream of this.#streams) this.#ordinals.set(stream, from.varint());
    this.#bySlot.clear();
    for (let left = from.varint(); left > 0; left--) {
      const [slot, at, ordinal] = [from.varint(), from.varint(), from.varint()];
      const stream = this.#streams[at]!;
      const origin = from.text() || undefined;
      const time = readTime(from);
      this.#bySlot.set(slot, { slot, stream, ordinal, origin, time, row: readValues(from) });
    }
  }
}
