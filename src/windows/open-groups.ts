/** The groups of a shard that are open: found by their key, and by when they end. */
import { compareWindows, type Group, type KeyPlace } from "./group.ts";
import { DueHeap } from "./heap.ts";
import { keyOf, keyText } from "./keys.ts";

const none: readonly Group[] = [];

/** So many places may have no open group, or as many as have one. */
const idleAtMost = 16_384;

export class OpenGroups {
  /**
   * Places of keys that are lists, by how many parts a list has, then by each part: faster than to write a list's text, to hash it and to
   * compare it for each record. The first map has those of other keys, by their texts.
   */
  readonly #places: Map<unknown, any>[] = [];
  /** How many of them have an open group, and how many have none, or none any more. */
  #used = 0;
  #idle = 0;
  /** A group whose end has moved comes up at the old one, and is put back then. */
  readonly #byEnd = new DueHeap();

  /** Those of a key, the earliest first record first. */
  of(key: string): readonly Group[] {
    return this.at(keyOf(key)).open;
  }

  /** The place of a key as a record gives it; it is sure to be kept until the next one is asked for. Throws where it is none. */
  at(key: unknown): KeyPlace {
    if (!Array.isArray(key) || key.length === 0) {
      const text = keyText(key);
      return this.#places[0]?.get(text) ?? this.#keep(text, [text], 0);
    }
    const { length } = key;
    let node = this.#places[length];
    for (let at = 0; node && at < length - 1; at++) node = node.get(key[at]);
    return node?.get(key[length - 1]) ?? this.#keep(keyText(key), key, length);
  }

  put(group: Group, place = this.at(keyOf(group.key))): void {
    this.#byEnd.push(group);
    group.place = place;
    if (place.open.length > 0) {
      (place.open as Group[]).push(group);
      return;
    }
    // An empty list that grows takes room for twenty.
    place.open = [group];
    this.#used++;
    this.#idle--;
  }

  forget(group: Group): void {
    const place = group.place!;
    place.open = place.open.filter((other) => other !== group);
    if (place.open.length > 0) return;
    this.#used--;
    this.#idle++;
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

  #keep(key: string, parts: readonly unknown[], root: number): KeyPlace {
    if (this.#idle > Math.max(idleAtMost, this.#used)) {
      for (const node of this.#places) if (node) withoutIdle(node);
      this.#idle = 0;
    }
    this.#places[root] ??= new Map();
    let node = this.#places[root];
    const last = parts.length - 1;
    for (let at = 0; at < last; at++) {
      const next: Map<unknown, any> = node.get(parts[at]) ?? new Map();
      node.set(parts[at], next);
      node = next;
    }
    const place: KeyPlace = { key, open: none };
    node.set(parts[last], place);
    this.#idle++;
    return place;
  }
}

/** Takes places without open groups out of a map. How many things are left in it. */
function withoutIdle(node: Map<unknown, any>): number {
  for (const [part, next] of node) {
    const left: number = next instanceof Map ? withoutIdle(next) : next.open.length;
    if (left === 0) node.delete(part);
  }
  return node.size;
}

export function groupAt(open: readonly Group[], start: number, end: number): Group | undefined {
  for (let at = 0; at < open.length; at++) {
    const group = open[at]!;
    if (group.start === start && group.end === end) return group;
  }
  return undefined;
}
