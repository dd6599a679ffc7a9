/** What is due, the earliest end first. A group's end may have moved since, where it is a session. */
import type { Group } from "./group.ts";

/** A binary heap of ends. Many groups end together, and stand in one list. */
export class DueHeap {
  readonly #ends: number[] = [];
  readonly #groups = new Map<number, Group[]>();

  /** The earliest end. */
  get top(): number | undefined {
    return this.#ends[0];
  }

  push(group: Group): void {
    const { end } = group;
    const others = this.#groups.get(end);
    if (others) {
      others.push(group);
      return;
    }
    this.#groups.set(end, [group]);
    const ends = this.#ends;
    let at = ends.push(end) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (end >= ends[parent]!) break;
      ends[at] = ends[parent]!;
      at = parent;
    }
    ends[at] = end;
  }

  /** Takes out the groups of the earliest end. */
  pop(): readonly Group[] {
    const ends = this.#ends;
    const top = ends[0];
    const last = ends.pop();
    if (top === undefined || last === undefined) return [];
    const groups = this.#groups.get(top)!;
    this.#groups.delete(top);
    if (ends.length === 0) return groups;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= ends.length) break;
      if (child + 1 < ends.length && ends[child + 1]! < ends[child]!) child++;
      if (ends[child]! >= last) break;
      ends[at] = ends[child]!;
      at = child;
    }
    ends[at] = last;
    return groups;
  }
}
