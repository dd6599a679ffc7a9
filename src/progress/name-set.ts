import { wordsPerName } from "./fingerprint.ts";

/** Words of a slot: the name, the second in which the record arrived, and its span plus one (0: empty). */
const slotWords = wordsPerName + 2;
const arrivalWord = wordsPerName;
const spanWord = wordsPerName + 1;

/** Behind the table nothing is: whoever looks for a name that is cut off comes to an end. */
const isTaken = (slots: Uint32Array, slot: number) => slots[slot + spanWord]! > 0;

/**
 * The names of records that are done, packed: an open-addressing table, 24 bytes a slot, at most
 * four fifths full. One name may stand in it several times, with different arrival times.
 */
export class NameSet {
  #slots = new Uint32Array(64 * slotWords);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#slots.byteLength;
  }

  /** Adds the name at `place` of `names`, which arrived in `second`; `span` is the caller's. */
  add(names: Uint32Array, place: number, second: number, span: number): void {
    if (5 * (this.#size + 1) > 4 * this.#capacity) this.#rebuild(2 * this.#capacity);
    this.#put(names, place * wordsPerName, second, span);
  }

  /** Calls `visit(second, span)` for each time the name stands in the set, until it returns true. */
  find(
    names: Uint32Array,
    place: number,
    visit: (second: number, span: number) => boolean,
  ): boolean {
    const slots = this.#slots;
    const at = place * wordsPerName;
    for (let slot = this.#start(names, at); isTaken(slots, slot); slot = this.#next(slot)) {
      if (
        this.#holds(slot, names, at) &&
        visit(slots[slot + arrivalWord]!, slots[slot + spanWord]! - 1)
      ) {
        return true;
      }
    }
    return false;
  }

  /** Forgets what arrived before `second`, and gives each name that stays its span anew. */
  prune(second: number, spanOf: (span: number) => number): void {
    let kept = 0;
    for (let slot = 0; slot < this.#slots.length; slot += slotWords) {
      if (isTaken(this.#slots, slot) && this.#slots[slot + arrivalWord]! >= second) kept++;
    }
    let capacity = 64;
    while (5 * kept > 4 * capacity) capacity *= 2;
    this.#rebuild(capacity, second, spanOf);
  }

  get #capacity(): number {
    return this.#slots.length / slotWords;
  }

  #start(names: Uint32Array, at: number): number {
    return (names[at]! % this.#capacity) * slotWords;
  }

  #next(slot: number): number {
    const next = slot + slotWords;
    return next === this.#slots.length ? 0 : next;
  }

  #holds(slot: number, names: Uint32Array, at: number): boolean {
    for (let word = 0; word < wordsPerName; word++) {
      if (this.#slots[slot + word] !== names[at + word]) return false;
    }
    return true;
  }

  /** The name's words begin at `at`. */
  #put(names: Uint32Array, at: number, second: number, span: number): void {
    const slots = this.#slots;
    let slot = this.#start(names, at);
    for (; isTaken(slots, slot); slot = this.#next(slot)) {
      if (slots[slot + arrivalWord] === second && this.#holds(slot, names, at)) return;
    }
    for (let word = 0; word < wordsPerName; word++) {
      slots[slot + word] = names[at + word]!;
    }
    slots[slot + arrivalWord] = second;
    slots[slot + spanWord] = span + 1;
    this.#size++;
  }

  #rebuild(capacity: number, fromSecond = 0, spanOf = (span: number) => span): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(capacity * slotWords);
    this.#size = 0;
    for (let slot = 0; slot < old.length; slot += slotWords) {
      const second = old[slot + arrivalWord]!;
      if (isTaken(old, slot) && second >= fromSecond)
        this.#put(old, slot, second, spanOf(old[slot + spanWord]! - 1));
    }
  }
}
