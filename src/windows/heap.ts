/** What is due, the earliest on top. A group's end may have moved since, where it is a session. */
import type { Group } from "./group.ts";

export interface Due {
  readonly end: number;
  readonly group: Group;
}

const isBefore = (a: Due, b: Due) => a.end < b.end;

/** A binary heap. */
export class DueHeap {
  readonly #due: Due[] = [];

  get top(): Due | undefined {
    return this.#due[0];
  }

  push(group: Group): void {
    const due = this.#due;
    const added = { end: group.end, group };
    let at = due.push(added) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(added, due[parent]!)) break;
      due[at] = due[parent]!;
      at = parent;
    }
    due[at] = added;
  }

  pop(): Due | undefined {
    const due = this.#due;
    const [top] = due;
    const last = due.pop();
    if (!last || due.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= due.length) break;
      if (child + 1 < due.length && isBefore(due[child + 1]!, due[child]!)) child++;
      if (!isBefore(due[child]!, last)) break;
      due[at] = due[child]!;
      at = child;
    }
    due[at] = last;
    return top;
  }
}
