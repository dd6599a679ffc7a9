/** One combination of fields, matched with the fields of a record. */
import type { Element, Fields, Values } from "./fields.ts";
import type { Alternative } from "./operators.ts";

export type Rule = (fields: Fields) => boolean;

interface Wanted {
  readonly path: string;
  readonly mayBeAbsent: boolean;
  readonly test: (value: unknown) => boolean;
}

/**
 * All fields must be found, and in the same element of every list that several of them stand in. They
 * are looked for in the order of their paths, as AWS's engine does: a field that must not be there must
 * not be in the elements that the fields before it were found in.
 */
export function compileRule(fields: ReadonlyMap<string, readonly Alternative[]>): Rule {
  const wanted = [...fields]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, alternatives]): Wanted => {
      const tests = alternatives.flatMap(({ test }) => test ?? []);
      return {
        path,
        mayBeAbsent: alternatives.some(({ test }) => test === undefined),
        test: (value) => tests.some((test) => test(value)),
      };
    });
  return (fields) => {
    const found = wanted.map(({ path }) => fields.get(path) ?? none);
    if (found.some((values) => values.some(({ element }) => element))) return search(wanted, found);
    return wanted.every(({ mayBeAbsent, test }, i) => {
      const [values] = found[i]!;
      return values ? values.values.some(test) : mayBeAbsent;
    });
  };
}

const none: readonly Values[] = [];

/** The values of a field by the elements that they stand in, from the outermost list to the innermost. */
interface Place {
  readonly values: unknown[];
  readonly lists: Map<number, Map<number, Place>>;
}

function search(wanted: readonly Wanted[], found: readonly (readonly Values[])[]): boolean {
  const places = found.map(placesOf);
  const listsAhead = listsFrom(found);
  /** The element of each list that the fields so far stand in; a list's comes after that of the list around it. */
  const elements = new Map<number, number>();
  // Without this, lists that have nothing to do with each other would be gone through in every pairing.
  const failed = new Set<string>();

  function from(at: number): boolean {
    if (at === wanted.length) return true;
    const key = keyOf(at, elements, listsAhead[at]!);
    if (failed.has(key)) return false;
    const presence = { isThere: false };
    if (inside(places[at]!, at, presence)) return true;
    if (wanted[at]!.mayBeAbsent && !presence.isThere && from(at + 1)) return true;
    failed.add(key);
    return false;
  }

  /** Goes through the values that stand in no other element of any list than the fields before. */
  function inside({ values, lists }: Place, at: number, presence: { isThere: boolean }): boolean {
    if (values.length > 0) presence.isThere = true;
    if (values.some(wanted[at]!.test) && from(at + 1)) return true;
    for (const [list, places] of lists) {
      const fixed = elements.get(list);
      if (fixed !== undefined) {
        const place = places.get(fixed);
        if (place && inside(place, at, presence)) return true;
        continue;
      }
      for (const [index, place] of places) {
        elements.set(list, index);
        if (inside(place, at, presence)) return true;
      }
      elements.delete(list);
    }
    return false;
  }

  return from(0);
}

function placesOf(found: readonly Values[]): Place {
  const known = new Map<Element | undefined, Place>([
    [undefined, { values: [], lists: new Map() }],
  ]);
  const placeOf = (element: Element | undefined): Place => {
    const there = known.get(element);
    if (there) return there;
    const { list, index, outer } = element!;
    const { lists } = placeOf(outer);
    const place: Place = { values: [], lists: new Map() };
    lists.set(list, (lists.get(list) ?? new Map()).set(index, place));
    known.set(element, place);
    return place;
  };
  for (const { element, values } of found) {
    const place = placeOf(element);
    for (const value of values) place.values.push(value);
  }
  return placeOf(undefined);
}

/** For each field, the lists that its values and those of the fields after it stand in, with the lists around them. */
function listsFrom(found: readonly (readonly Values[])[]): ReadonlyMap<number, number>[] {
  const ahead = new Map<number, number>();
  return found
    .toReversed()
    .map((values) => {
      for (const { element } of values) {
        for (let one = element; one && !ahead.has(one.list); one = one.outer) {
          ahead.set(one.list, one.outer?.list ?? -1);
        }
      }
      return new Map(ahead);
    })
    .toReversed();
}

/** All that decides how the search goes on: of lists in lists, the element of the innermost says all. */
function keyOf(
  at: number,
  elements: ReadonlyMap<number, number>,
  ahead: ReadonlyMap<number, number>,
): string {
  const innermost = new Map<number, number>();
  for (const [list, index] of elements) {
    const around = ahead.get(list);
    if (around === undefined) continue;
    innermost.delete(around);
    innermost.set(list, index);
  }
  return `${at}:${[...innermost].join()}`;
}
