/** The table of names by itself: its size first, since a table that is full, or that grows without end, has no other end. */
import { describe, expect, it } from "vitest";
import { NameSet } from "../../src/progress/name-set.ts";

describe("a table of names", () => {
  const name = (...words: number[]) => Uint32Array.from(words);
  function seconds(set: NameSet, names: Uint32Array, place = 0): number[] {
    const found: number[] = [];
    set.find(names, place, (second, span) => found.push(100 * second + span) === 0);
    return found;
  }

  it("grows when it is four fifths full, to twice its size, and shrinks when names are forgotten", () => {
    const set = new NameSet();
    const slot = 24;
    expect(set.bytes).toBe(64 * slot);
    set.add(name(0, 1, 1, 1), 0, 0, 7);
    expect(set.bytes).toBe(64 * slot);
    for (let n = 1; n < 51; n++) set.add(name(n, 1, 1, 1), 0, n, 7);
    expect(set.bytes).toBe(64 * slot);
    set.add(name(51, 1, 1, 1), 0, 51, 7);
    expect([set.size, set.bytes]).toEqual([52, 128 * slot]);
    set.prune(0, (span) => span);
    expect([set.size, set.bytes]).toEqual([52, 128 * slot]);
    set.prune(1, (span) => span + 1);
    expect([set.size, set.bytes]).toEqual([51, 64 * slot]);
    expect(seconds(set, name(0, 1, 1, 1))).toEqual([]);
    expect(seconds(set, name(1, 1, 1, 1))).toEqual([108]);
    for (let n = 0; n < 500; n++) set.add(name(n, 2, 2, 2), 0, n, 7);
    expect(set.bytes).toBe(1024 * slot);
    set.prune(Number.POSITIVE_INFINITY, (span) => span);
    expect([set.size, set.bytes]).toEqual([0, 64 * slot]);
  });

  it.each([0, 63])("keeps names apart that begin alike, from slot %i on", (slot) => {
    const set = new NameSet();
    const alike = [name(slot, 0, 0, 0), name(slot, 0, 0, 1), name(slot + 64, 0, 0, 0)];
    for (const [n, each] of alike.entries()) set.add(each, 0, n, n);
    for (const [n, each] of alike.entries()) expect(seconds(set, each)).toEqual([101 * n]);
    expect(seconds(set, name(slot, 0, 1, 0))).toEqual([]);
  });

  it("has each time at which a name arrived, and each once", () => {
    const set = new NameSet();
    const names = name(9, 9, 9, 9, 5, 6, 7, 8);
    for (const second of [1, 2, 1, 0, 2]) set.add(names, 1, second, 9);
    expect(set.size).toBe(3);
    expect(seconds(set, names, 1)).toEqual([109, 209, 9]);
    expect(seconds(set, name(5, 6, 7, 8))).toEqual([109, 209, 9]);
    expect(seconds(set, names)).toEqual([]);
  });

  it("is asked until an answer is enough", () => {
    const set = new NameSet();
    for (const second of [1, 2, 3]) set.add(name(1, 1, 1, 1), 0, second, 0);
    const asked: number[] = [];
    expect(set.find(name(1, 1, 1, 1), 0, (second) => asked.push(second) === 2)).toBe(true);
    expect(asked).toEqual([1, 2]);
    expect(set.find(name(1, 1, 1, 1), 0, () => false)).toBe(false);
  });

  it("has no name that is cut off, and says so", () => {
    const set = new NameSet();
    set.add(name(0, 1, 1, 1), 0, 1, 0);
    expect(seconds(set, name())).toEqual([]);
    expect(seconds(set, name(0, 1, 1, 1), 1)).toEqual([]);
  });
});
