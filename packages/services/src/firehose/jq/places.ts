/** What stands where in a value: by name, by number, by slice. */
import { compare, described, isObject, JqError, type Json, kindOf, memberOf } from "./value.ts";

export function* descend(value: Json): Generator<Json, void> {
  yield value;
  if (kindOf(value) !== "array" && !isObject(value)) return;
  for (const item of items(value)) yield* descend(item);
}

export function index(target: Json, key: Json): Json {
  if (typeof key === "string") {
    if (target === null) return null;
    if (isObject(target)) return memberOf(target, key);
    throw new JqError(`Cannot index ${kindOf(target)} with "${key}"`);
  }
  if (typeof key === "number") {
    if (target === null) return null;
    if (Array.isArray(target)) {
      const at = Math.trunc(key) === key ? key : Number.NaN;
      return target[at < 0 ? at + target.length : at] ?? null;
    }
    throw new JqError(`Cannot index ${kindOf(target)} with number`);
  }
  if (Array.isArray(key) && Array.isArray(target)) return placesOf(target, key);
  if (isObject(key) && ("start" in key || "end" in key)) {
    return slice(target, memberOf(key, "start"), memberOf(key, "end"));
  }
  throw new JqError(`Cannot index ${kindOf(target)} with ${kindOf(key)}`);
}

/** Where a list begins inside of another one. */
export function placesOf(target: readonly Json[], part: readonly Json[]): Json {
  if (part.length === 0) return null;
  const places: number[] = [];
  for (let at = 0; at + part.length <= target.length; at++) {
    if (part.every((item, offset) => compare(item, target[at + offset]!) === 0)) places.push(at);
  }
  return places;
}

export function slice(target: Json, start: Json, end: Json): Json {
  if (target === null) return null;
  if (typeof target !== "string" && !Array.isArray(target)) {
    throw new JqError(`Cannot index ${kindOf(target)} with object`);
  }
  const isPlace = (place: Json) => place === null || typeof place === "number";
  if (!isPlace(start) || !isPlace(end)) {
    throw new JqError(`Start and end indices of an array slice must be numbers`);
  }
  const whole: readonly Json[] = typeof target === "string" ? [...target] : target;
  const from = clamp(Math.floor((start as number | null) ?? 0), whole.length);
  const to = clamp(Math.ceil((end as number | null) ?? whole.length), whole.length);
  const part = whole.slice(from, Math.max(from, to));
  return typeof target === "string" ? part.join("") : part;
}

const clamp = (place: number, length: number) =>
  Math.min(length, Math.max(0, place < 0 ? place + length : place));

export function items(target: Json): readonly Json[] {
  if (Array.isArray(target)) return target;
  if (isObject(target)) return Object.values(target);
  throw new JqError(`Cannot iterate over ${target === null ? "null" : described(target)}`);
}
