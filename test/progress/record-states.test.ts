/** What the entries of a log say of single positions, by itself: the same whether they are read forwards or backwards. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OpenRecord } from "../../src/progress/entry.ts";
import { RecordStates } from "../../src/progress/record-states.ts";
import type { Position } from "../../src/record/position.ts";
import { at } from "./log-world.ts";

/** Two of one sequence number, and two others. */
const positions = [at(1), at(1, 1), at(2), at(3)];

interface Said {
  readonly kind: "done";
  readonly n: number;
  readonly open: readonly OpenRecord[];
  readonly closed: readonly Position[];
  readonly parked: readonly Position[];
  readonly abandoned: readonly Position[];
}

/** What was said last of a position, from the whole list. */
function truth(said: readonly Said[], position: Position) {
  const has = (list: readonly Position[]) => list.includes(position);
  const last = (matches: (entry: Said) => boolean) =>
    Math.max(0, ...said.filter(matches).map(({ n }) => n));
  const closed = last((entry) => has(entry.closed) || has(entry.parked));
  const opens = said
    .filter(({ n }) => n > closed)
    .flatMap(({ n, open }) =>
      open.filter((record) => record.position === position).map((record) => ({ ...record, n })),
    );
  const attempts = Math.max(0, ...opens.map((open) => open.attempts));
  // Having been given back is no failure.
  const failures = opens.filter((open) => open.attempts > 0);
  const counting = opens.filter((open) => open.attempts === attempts && attempts > 0);
  return {
    closed,
    isParked: said.some(({ parked }) => has(parked)),
    abandoned: last(({ abandoned }) => has(abandoned)),
    open:
      opens.length === 0
        ? undefined
        : {
            position,
            attempts,
            since: Math.min(...(failures.length > 0 ? failures : opens).map(({ since }) => since)),
            isHung: opens.some(({ hung }) => hung),
            saidBy: Math.max(0, ...counting.map(({ n }) => n)),
            openedBy: Math.max(...opens.map(({ n }) => n)),
          },
  };
}

/** An entry says one thing of a position, and calls abandoned only what is open. */
const histories = fc
  .array(
    fc.array(
      fc.tuple(
        fc.constantFrom("open", "open", "closed", "parked", "abandoned", "nothing"),
        fc.nat(3),
        fc.nat(9),
        fc.boolean(),
      ),
      { minLength: positions.length, maxLength: positions.length },
    ),
    { maxLength: 9 },
  )
  .map((drawn) => {
    const said: Said[] = [];
    drawn.forEach((entry, place) => {
      const which = (wanted: string) => positions.filter((_, each) => entry[each]![0] === wanted);
      said.push({
        kind: "done",
        n: place + 1,
        open: which("open").map((position) => {
          const [, attempts, since, hung] = entry[positions.indexOf(position)]!;
          return { position, attempts, since, hung, key: "k" };
        }),
        closed: which("closed"),
        parked: which("parked"),
        abandoned: which("abandoned").filter((position) => truth(said, position).open),
      });
    });
    return said;
  });

it.each([
  ["forwards", false],
  ["backwards", true],
])("what is remembered is what was said last, read %s", (_, isBackwards) =>
  fc.assert(
    fc.property(histories, fc.nat(10), (said, from) => {
      const states = new RecordStates();
      for (const entry of isBackwards ? said.toReversed() : said) states.merge(entry);
      const all = positions.map((position) => ({ position, ...truth(said, position) }));
      for (const { position, open, closed, isParked } of all) {
        const known = states.openRecord(position);
        expect(
          known && { ...known, key: undefined, hung: undefined, isHung: known.hung === true },
        ).toEqual(open && { ...open, key: undefined, hung: undefined });
        expect(states.isParked(position)).toBe(isParked);
        expect(states.isClosedAfter(position, from)).toBe(closed > from);
      }
      const where = (is: (each: (typeof all)[number]) => unknown) =>
        all.filter(is).map(({ position }) => position);
      const open = where((each) => each.open);
      expect(sorted(states.since(0).open.map(({ position }) => position))).toEqual(open);
      for (const sequenceNumber of new Set(positions.map((each) => each.sequenceNumber)))
        expect(states.isOpen(sequenceNumber)).toBe(
          open.some((position) => position.sequenceNumber === sequenceNumber),
        );
      const isAbandoned = (each: (typeof all)[number]) =>
        each.abandoned > 0 && each.abandoned >= each.closed;
      expect(sorted(states.since(0).abandoned)).toEqual(where(isAbandoned));
      expect(sorted(states.awaited.map(({ position }) => position))).toEqual(
        where((each) => each.open && !isAbandoned(each)),
      );
      const since = states.since(from);
      expect(sorted(since.open.map(({ position }) => position))).toEqual(
        where((each) => each.open && each.open.openedBy >= from),
      );
      expect(sorted(since.closed)).toEqual(where((each) => each.closed > 0 && each.closed >= from));
      expect(sorted(since.abandoned)).toEqual(
        where((each) => isAbandoned(each) && each.abandoned >= from),
      );
      expect(states.size).toBe(
        open.length + where((each) => each.closed).length + where((each) => each.isParked).length,
      );
    }),
    { numRuns: 300 },
  ),
);

it("a fold of them changes nothing, for whoever knows them and for whoever reads nothing else", () =>
  fc.assert(
    fc.property(histories, (said) => {
      const warm = new RecordStates();
      for (const entry of said) warm.merge(entry);
      const what = (states: RecordStates) => ({
        open: states
          .since(0)
          .open.map(({ position, attempts, since }) => ({ position, attempts, since }))
          .toSorted((a, b) => order(a.position) - order(b.position)),
        abandoned: sorted(states.since(0).abandoned),
        awaited: sorted(states.awaited.map(({ position }) => position)),
      });
      const before = what(warm);
      const fold = { kind: "fold" as const, n: said.length + 1, ...warm.since(1) };
      warm.merge(fold);
      expect(what(warm)).toEqual(before);
      const cold = new RecordStates();
      for (const entry of [fold, ...said.toReversed()]) {
        cold.merge(entry);
        expect(what(cold)).toEqual(before);
      }
    }),
    { numRuns: 300 },
  ));

const order = (position: Position) =>
  positions.findIndex(
    (each) =>
      each.sequenceNumber === position.sequenceNumber &&
      each.subSequenceNumber === position.subSequenceNumber,
  );
const sorted = (list: readonly Position[]) => list.toSorted((a, b) => order(a) - order(b));

describe("of many positions", () => {
  const many = Array.from({ length: 2001 }, (_, place) => at(place));
  const openAt = (position: Position) => ({ position, attempts: 1, since: 1, key: "k" });

  // A position that is said once more is the latest that is closed, and stays where it was of those that are parked.
  it.each([
    ["closed", 1],
    ["parked", 0],
  ] as const)("the latest 2,000 are remembered that are %s", (what, forgotten) => {
    const states = new RecordStates();
    const unknown = () =>
      [...many.keys()].filter((place) =>
        what === "closed" ? !states.isClosedAfter(at(place), 0) : !states.isParked(at(place)),
      );
    states.merge({ kind: "done", n: 1, [what]: many.slice(0, 2000) });
    expect(unknown()).toEqual([2000]);
    states.merge({ kind: "done", n: 2, [what]: many.slice(0, 1) });
    states.merge({ kind: "done", n: 3, [what]: many.slice(2000) });
    expect(unknown()).toEqual([forgotten]);
  });

  it("200 are remembered that never came again, and the others count as closed", () => {
    const states = new RecordStates();
    states.merge({ kind: "done", n: 1, open: many.slice(0, 202).map(openAt) });
    expect(states.abandon(many.slice(0, 200), 2)).toEqual(many.slice(0, 200));
    expect(states.since(0).open).toHaveLength(202);
    expect(states.awaited).toHaveLength(2);
    expect(states.abandon(many.slice(0, 201), 3)).toEqual(many.slice(1, 201));
    expect(states.since(0).abandoned).toEqual(many.slice(1, 201));
    expect(states.since(0).open.map(({ position }) => position)).toEqual(many.slice(1, 202));
    expect(states.isClosedAfter(at(0), 2)).toBe(true);
    expect(states.isClosedAfter(at(1), 0)).toBe(false);
  });

  it("no more than 200 also where they are read backwards, behind what has opened them", () => {
    const states = new RecordStates();
    states.merge({ kind: "done", n: 9, open: many.slice(0, 202).map(openAt) });
    states.merge({ kind: "done", n: 5, abandoned: many.slice(0, 202) });
    expect(states.since(0).abandoned).toEqual(many.slice(2, 202));
    expect(states.since(0).open).toHaveLength(202);
  });

  it("one that could not be saved, where another had stood, may be one that never came again", () => {
    const states = new RecordStates();
    states.merge({ kind: "done", n: 1, closed: [at(1)] });
    states.merge({ kind: "done", n: 1.5, open: [openAt(at(1))] });
    states.abandon([at(1)], 1);
    expect(states.since(0).abandoned).toEqual([at(1)]);
    expect(states.awaited).toEqual([]);
  });

  it("after a reset nothing is open, parked or abandoned; what was closed stays so for what is older", () => {
    const states = new RecordStates();
    states.merge({
      kind: "done",
      n: 1,
      open: [openAt(at(1)), openAt(at(2))],
      closed: [at(3)],
      parked: [at(4)],
    });
    states.abandon([at(2)], 1);
    states.forgetOpen();
    expect(states.since(0).open).toEqual([]);
    expect(states.isOpen(at(1).sequenceNumber)).toBe(false);
    expect(states.since(0).abandoned).toEqual([]);
    expect(states.isParked(at(4))).toBe(false);
    expect(states.isClosedAfter(at(3), 0)).toBe(true);
    expect(states.openRecord(at(1))).toBeUndefined();
  });
});
