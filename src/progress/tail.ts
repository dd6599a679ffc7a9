import { comparePositions, type Position } from "../record/position.ts";
import { type Entry, unpackArrivals } from "./entry.ts";

/** A fold restates so many entries or names at most: 64 KB an entry. */
const foldedEntries = 256;
const foldedNames = 3400;

/** Where nobody could write a fold for so long, the next begins anew: one of everything would not fit into an item. */
const longestTail = 2;

/** A cold start reads entries of more names than this as fast as it would read a fold of them. */
const smallEntry = 24;

/** The entries since the last fold, or since the last that was too large to be worth one. */
export class Tail {
  since = 0;
  entries = 0;
  names: Uint8Array[] = [];
  seconds: number[] = [];
  first: Position | undefined;
  last: Position | undefined;
  /** The claims that the entries end. */
  ends: number[] = [];
  /** Reading backwards, what lies before entries that are not worth folding has no place here. */
  #isClosed = false;

  get bytes(): number {
    return 32 * this.seconds.length;
  }

  add({ n, names, arrivals, first, last, ends = [] }: Entry, isNewest: boolean): void {
    if (this.#isClosed && !isNewest) return;
    this.since = this.entries === 0 ? n : Math.min(n, this.since);
    this.entries++;
    for (const claim of ends) this.ends.push(claim);
    if (!names?.length || !arrivals) return;
    this.names.push(names);
    for (const second of unpackArrivals(arrivals)) this.seconds.push(second);
    if (!this.first || comparePositions(first!, this.first) < 0) this.first = first;
    if (!this.last || comparePositions(last!, this.last) > 0) this.last = last;
    const isTooMuch =
      this.entries > longestTail * foldedEntries || this.seconds.length > longestTail * foldedNames;
    if (isTooMuch || (this.#isFull() && !this.isWorthFolding())) {
      this.clear();
      this.#isClosed = !isNewest;
    }
  }

  clear(): void {
    this.entries = 0;
    this.ends = [];
    this.names = [];
    this.seconds = [];
    this.first = undefined;
    this.last = undefined;
  }

  isWorthFolding(): boolean {
    const names = this.seconds.length;
    return this.#isFull() && names > 0 && names <= smallEntry * this.entries;
  }

  #isFull(): boolean {
    return this.entries >= foldedEntries || this.seconds.length >= foldedNames;
  }
}
