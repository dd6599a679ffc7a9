/** The fields of a JSON value by their paths, and which elements of which lists they stand in. */
import { isObject } from "./json.ts";

/** An element of a list, and the element of another list that this list is in. */
export interface Element {
  /** The list's number. */
  readonly list: number;
  readonly index: number;
  readonly outer: Element | undefined;
}

/** Values of a field that stand in the same element. */
export interface Values {
  /** Undefined: they stand in none. */
  readonly element: Element | undefined;
  readonly values: readonly unknown[];
}

export type Fields = ReadonlyMap<string, readonly Values[]>;

/** Lists in lists in lists: no data has as many, and the work grows with them. */
const deepestLists = 16;

/** Undefined: that of the whole. */
type Path = string | undefined;

interface FoundValues extends Values {
  readonly values: unknown[];
}

/**
 * Finds the values at these paths; a path is its keys joined by points, whichever of them have points
 * themselves. Objects are no values; of lists it is the elements, however deep. Undefined: lists are
 * nested too deeply.
 */
export function fieldFinder(paths: ReadonlySet<string>): (root: unknown) => Fields | undefined {
  const beginnings = new Set([...paths].flatMap(beginningsOf));

  return (root) => {
    const fields = new Map<string, FoundValues[]>();
    let lists = 0;

    function visit(
      value: unknown,
      path: Path,
      element: Element | undefined,
      depth: number,
    ): boolean {
      if (isObject(value)) return visitMembers(value, path, element, depth);
      if (Array.isArray(value)) return visitElements(value, path, element, depth + 1);
      if (value !== undefined && path !== undefined && paths.has(path)) add(value, path, element);
      return true;
    }

    function add(value: unknown, path: string, element: Element | undefined): void {
      const found = fields.get(path);
      const last = found?.at(-1);
      if (last && last.element === element) last.values.push(value);
      else if (found) found.push({ element, values: [value] });
      else fields.set(path, [{ element, values: [value] }]);
    }

    function visitMembers(
      value: Readonly<Record<string, unknown>>,
      path: Path,
      element: Element | undefined,
      depth: number,
    ): boolean {
      for (const key in value) {
        const at = path === undefined ? key : `${path}.${key}`;
        if (beginnings.has(at) && !visit(value[key], at, element, depth)) return false;
      }
      return true;
    }

    /** A plain element stands in no element of its list: it agrees with all others. */
    function visitElements(
      values: readonly unknown[],
      path: Path,
      outer: Element | undefined,
      depth: number,
    ): boolean {
      if (depth > deepestLists) return false;
      const list = lists++;
      return values.every((value, index) => {
        const isPlain = typeof value !== "object" || value === null;
        return visit(value, path, isPlain ? outer : { list, index, outer }, depth);
      });
    }

    return visit(root, undefined, undefined, 0) ? fields : undefined;
  };
}

/** "a.b.c": "a", "a.b", "a.b.c". */
function beginningsOf(path: string): string[] {
  const keys = path.split(".");
  return keys.map((_, i) => keys.slice(0, i + 1).join("."));
}
