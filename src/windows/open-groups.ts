/** The groups of a shard that are open: found by their key, and by when they end. */
import { compareWindows, type Group } from "./group.ts";
import { DueHeap } from "./heap.ts";

const none: readonly Group[] = [];

export class OpenGroups {
  readonly #byKey = new Map<string, Group[]>();
  /** A group whose end has moved comes up at the old one, and is put back then. */
  readonly #byEnd = new DueHeap();

  /** Those of a key, the earliest first record first. */
  of(key: string): readonly Group[] {
    return this.#byKey.get(key) ?? none;
  }

  put(group: Group): void {
    this.#byEnd.push(group);
    const open = this.#byKey.get(group.key);
    if (open) open.push(group);
    else this.#byKey.set(group.key, [group]);
  }

  forget(group: Group): void {
    const left = this.of(group.key).filter((other) => other !== group);
    if (left.length > 0) this.#byKey.set(group.key, left);
    else this.#byKey.delete(group.key);
  }

  /** Closes what ends up to here; in the order of windows. */
  close(bound: number): readonly Group[] {
    const closed: Group[] = [];
    for (let end = this.#byEnd.top; end !== undefined && end <= bound; end = this.#byEnd.top) {
      for (const group of this.#byEnd.pop()) {
        if (group.isGone || group.isClosed) continue;
        if (group.end > end) this.#byEnd.push(group);
        else {
          group.isClosed = true;
          this.forget(group);
          closed.push(group);
        }
      }
    }
    return closed.sort(compareWindows);
  }

  /** Closes all, whatever the time; in the order of windows. */
  closeAll(): readonly Group[] {
    const open = [...this.#byKey.values()].flat().sort(compareWindows);
    for (const group of open) group.isClosed = true;
    this.#byKey.clear();
    return open;
  }
}

export function groupAt(open: readonly Group[], start: number, end: number): Group | undefined {
  for (let at = 0; at < open.length; at++) {
    const group = open[at]!;
    if (group.start === start && group.end === end) return group;
  }
  return undefined;
}
