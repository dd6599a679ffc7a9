/** What stands behind the functions of jq. */

import { operators } from "./operators.ts";
import { index, items, placesOf } from "./places.ts";
import type { Expression } from "./syntax.ts";
import {
  compare,
  described,
  isObject,
  isTrue,
  JqError,
  type Json,
  kindOf,
  toStringValue,
} from "./value.ts";

/** Runs an argument on the input of the call, or on another value. */
export type Run = (argument: Expression, value?: Json) => Generator<Json, void>;
export type Values = Generator<Json, void>;

export const shiftLetters = (from: number, to: number, shift: number) => (input: Json) =>
  text(input, "explode input must be a string").replace(/[A-Za-z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    return code >= from && code <= to ? String.fromCharCode(code + shift) : letter;
  });

export function implode(input: Json): string {
  const refuse = () =>
    new JqError(`${described(input)} cannot be imploded, as it is not an array of code points`);
  if (!Array.isArray(input)) throw refuse();
  return input
    .map((code: Json) => {
      const isCodePoint =
        typeof code === "number" && Number.isInteger(code) && code >= 0 && code <= 0x10ffff;
      if (!isCodePoint) throw refuse();
      return String.fromCodePoint(code);
    })
    .join("");
}

export const isText = (value: Json): value is string => typeof value === "string";

/** The item at a place of a list; of null, null. */
export function itemAt(input: Json, at: Json): Json {
  if (input === null) return null;
  if (!Array.isArray(input)) throw new JqError(`Cannot index ${kindOf(input)} with number`);
  return index(input, at);
}

/** Throws a JqError where one of them is no text. */
export function texts(input: Json, part: Json, name: string): [string, string] {
  if (isText(input) && isText(part)) return [input, part];
  throw new JqError(`${name}() requires string inputs`);
}

export function text(value: Json, message: string): string {
  if (typeof value === "string") return value;
  throw new JqError(message);
}

export function list(value: Json, message: string): readonly Json[] {
  if (Array.isArray(value)) return value;
  throw new JqError(message);
}

export function number(value: Json, name: string): number {
  if (typeof value === "number") return value;
  throw new JqError(`${described(value)} number required for ${name}`);
}

export function reversed(input: Json): Json {
  if (Array.isArray(input)) return [...input].reverse();
  if (length(input) === 0) return [];
  throw new JqError(`Cannot index ${kindOf(input)} with number`);
}

export const notSortable = (value: Json) =>
  `${described(value)} cannot be sorted, as it is not an array`;

export function length(input: Json): Json {
  switch (typeof input) {
    case "boolean":
      throw new JqError(`${described(input)} has no length`);
    case "number":
      return Math.abs(input);
    case "string":
      return [...input].length;
    default:
      return input === null ? 0 : items(input).length;
  }
}

export function keysOf(input: Json, keys: (object: Record<string, Json>) => string[]): Json {
  if (Array.isArray(input)) return input.map((_, at) => at);
  if (isObject(input)) return keys(input);
  throw new JqError(`${described(input)} has no keys`);
}

export function has(container: Json, key: Json): Json {
  if (container === null) return false;
  if (isObject(container) && typeof key === "string") return Object.hasOwn(container, key);
  if (Array.isArray(container) && typeof key === "number") {
    return key >= 0 && key < container.length;
  }
  throw new JqError(`Cannot check whether ${kindOf(container)} has a ${kindOf(key)} key`);
}

export function fromJson(input: Json): Json {
  const source = text(input, `${described(input)} cannot be parsed as JSON`);
  try {
    return JSON.parse(source);
  } catch {
    throw new JqError(`${source} (while parsing '${source}')`);
  }
}

export function toNumber(input: Json): Json {
  if (typeof input === "number") return input;
  const source = text(input, `${described(input)} cannot be parsed as a number`);
  if (/^\s*-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/.test(source)) return Number(source);
  throw new JqError(`Invalid numeric literal (while parsing '${source}')`);
}

export function join(input: Json, separator: Json): Json {
  const values = list(input, `Cannot iterate over ${described(input)}`);
  if (values.length === 0) return "";
  const between = text(separator, `${described(separator)} cannot be added to a string`);
  return values
    .map((value) => {
      if (value === null) return "";
      if (typeof value !== "object") return toStringValue(value);
      throw new JqError(`${described(between)} and ${described(value)} cannot be added`);
    })
    .join(between);
}

export function contains(container: Json, part: Json): boolean {
  if (isObject(container) && isObject(part)) {
    return Object.entries(part).every(
      ([key, value]) => Object.hasOwn(container, key) && contains(container[key]!, value),
    );
  }
  if (Array.isArray(container) && Array.isArray(part)) {
    return part.every((one: Json) => container.some((item: Json) => containsLike(item, one)));
  }
  if (isText(container) && isText(part)) return container.includes(part);
  if (kindOf(container) === kindOf(part)) return compare(container, part) === 0;
  throw new JqError(
    `${described(container)} and ${described(part)} cannot have their containment checked`,
  );
}

/** Inside of a list, values of different kinds do not contain each other. */
function containsLike(container: Json, part: Json): boolean {
  return kindOf(container) === kindOf(part) && contains(container, part);
}

/** The least by its key (-1: the first one) or the greatest (1: the last one). */
export function least(values: readonly Json[], keyOf: (item: Json) => Json, sign: number): Json {
  if (values.length === 0) return null;
  return values.reduce((best, item) => {
    const order = sign * compare(keyOf(item), keyOf(best));
    return order > 0 || (order === 0 && sign > 0) ? item : best;
  });
}

export function byKey(input: Json, run: Run, key: Expression | undefined) {
  return list(input, notSortable(input))
    .map((item) => ({ item, key: [...run(key!, item)] }))
    .sort((a, b) => compare(a.key, b.key));
}

export function groups(input: Json, run: Run, key: Expression | undefined): Json[][] {
  const found: { key: Json; group: Json[] }[] = [];
  for (const { item, key: own } of byKey(input, run, key)) {
    const last = found.at(-1);
    if (last && compare(last.key, own) === 0) last.group.push(item);
    else found.push({ key: own, group: [item] });
  }
  return found.map(({ group }) => group);
}

export const distinct = (sorted: readonly Json[]) =>
  sorted.filter((item, at) => at === 0 || compare(item, sorted[at - 1]!) !== 0);

export const flatten = (values: readonly Json[], depth: number): Json[] =>
  values.flatMap((value) =>
    Array.isArray(value) && depth > 0 ? flatten(value, depth - 1) : [value],
  );

export function indices(input: Json, part: Json): Json {
  if (isText(input) && isText(part)) {
    if (part === "") return null;
    const bytes = Buffer.from(input);
    const wanted = Buffer.from(part);
    const found: number[] = [];
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1))
      found.push(at);
    return found;
  }
  if (!Array.isArray(input)) return index(input, part);
  const values: readonly Json[] = input;
  if (Array.isArray(part)) return placesOf(values, part);
  return values.flatMap((value, at) => (operators["=="](value, part) ? [at] : []));
}

export function entryOf(entry: Json): readonly [string, Json] {
  const of = (name: string) => index(entry, name);
  const keys = [of("key"), of("Key"), of("name"), of("Name")];
  const key = keys.find(isTrue) ?? of("Name");
  if (typeof key !== "string") throw new JqError(`Cannot use ${described(key)} as object key`);
  return [key, has(entry, "value") ? of("value") : of("Value")];
}

export function* range(from: Json, to: Json, step: Json): Values {
  if (typeof from !== "number" || typeof to !== "number" || typeof step !== "number") {
    throw new JqError("Range bounds must be numeric");
  }
  if (step > 0) for (let at = from; at < to; at += step) yield at;
  else if (step < 0) for (let at = from; at > to; at += step) yield at;
}
