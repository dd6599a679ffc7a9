/** The groups of a shard that are open: found by their key, and by when they end. */
import { compareWindows, type Group } from "./group.ts";
import { DueHeap } from "./heap.ts";
import { keyText } from "./keys.ts";

/** A key, and its open groups, the earliest first record first. */
export interface KeyPlace {
  readonly key: string;
  readonly open: Group[];
}

const partsAtMost = 16_384;

export class OpenGroups {
  /** Of keys that have open groups. */
  readonly #byKey = new Map<string, KeyPlace>();
  /**
   * Of keys that are lists, by how many parts a list has, then by each part: faster than to write a list's text, to hash it and to compare it
   * for each record. So many are kept at most.
   */
  #byParts: Map<unknown, any>[] = [];
  #kept = 0;
  /** A group whose end has moved comes up at the old one, and is put back then. */
  readonly #byEnd = new DueHeap();

  /** Those of a key, the earliest first record first. */
  of(key: string): readonly Group[] {
    return this.#placeOf(key).open;
  }

  /** The place of a key as a record gives it. Throws where it is none. */
  at(key: unknown): KeyPlace {
    if (!Array.isArray(key) || key.length === 0) return this.#placeOf(keyText(key));
    const last = key.length - 1;
    let node = this.#byParts[last];
    for (let at = 0; node && at < last; at++) node = node.get(key[at]);
    const known: KeyPlace | undefined = node?.get(key[last]);
    if (!known) return this.#keep(key, last);
    // One without groups may stand beside another that has got some since.
    return known.open[0] ? known : this.#placeOf(known.key, known);
  }

  put(group: Group, place = this.#placeOf(group.key)): void {
    this.#byEnd.push(group);
    if (place.open.push(group) === 1) this.#byKey.set(group.key, place);
  }

  forget(group: Group): void {
    const { open } = this.#placeOf(group.key);
    // One that is not there has a place behind all others.
    open.splice(open.indexOf(group) >>> 0, 1);
    if (!open[0]) this.#byKey.delete(group.key);
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
    const open = [...this.#byKey.values()].flatMap((place) => place.open.splice(0));
    for (const group of open) group.isClosed = true;
    this.#byKey.clear();
    return open.sort(compareWindows);
  }

  #placeOf(key: string, another?: KeyPlace): KeyPlace {
    return this.#byKey.get(key) ?? another ?? { key, open: [] };
  }

  #keep(key: readonly unknown[], last: number): KeyPlace {
    const place = this.#placeOf(keyText(key));
    if (++this.#kept > partsAtMost) [this.#byParts, this.#kept] = [[], 1];
    this.#byParts[last] ??= new Map();
    let node = this.#byParts[last];
    for (let at = 0; at < last; at++) {
      const next: Map<unknown, any> = node.get(key[at]) ?? new Map();
      node.set(key[at], next);
      node = next;
    }
    node.set(key[last], place);
    return place;
  }
}

export function groupAt(open: readonly Group[], start: number, end: number): Group | undefined {
  for (let at = 0; at < open.length; at++) {
    const group = open[at]!;
    if (group.start === start && group.end === end) return group;
  }
  return undefined;
}
