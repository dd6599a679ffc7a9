/** What + - * / % do with each kind of value. */
import type { BinaryOperator } from "./syntax.ts";
import {
  compare,
  described,
  isObject,
  JqError,
  type Json,
  type JsonObject,
  objectOf,
} from "./value.ts";

type Values = (left: Json, right: Json) => Json;

/** `//`, `and` and `or` look at their sides one by one, and are not here. */
export const operators: Readonly<Record<Exclude<BinaryOperator, "//" | "and" | "or">, Values>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
  "%": modulo,
  "==": (left, right) => compare(left, right) === 0,
  "!=": (left, right) => compare(left, right) !== 0,
  "<": (left, right) => compare(left, right) < 0,
  "<=": (left, right) => compare(left, right) <= 0,
  ">": (left, right) => compare(left, right) > 0,
  ">=": (left, right) => compare(left, right) >= 0,
};

const cannot = (left: Json, right: Json, verb: string) =>
  new JqError(`${described(left)} and ${described(right)} cannot be ${verb}`);

export function add(left: Json, right: Json): Json {
  if (left === null) return right;
  if (right === null) return left;
  if (typeof left === "number" && typeof right === "number") return left + right;
  if (typeof left === "string" && typeof right === "string") return left + right;
  if (Array.isArray(left) && Array.isArray(right)) return [...left, ...right];
  if (isObject(left) && isObject(right)) {
    return objectOf([...Object.entries(left), ...Object.entries(right)]);
  }
  throw cannot(left, right, "added");
}

function subtract(left: Json, right: Json): Json {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.filter((item: Json) => !right.some((other: Json) => compare(item, other) === 0));
  }
  throw cannot(left, right, "subtracted");
}

function multiply(left: Json, right: Json): Json {
  if (typeof left === "number" && typeof right === "number") return left * right;
  if (typeof left === "string" && typeof right === "number") return repeat(left, right);
  if (typeof left === "number" && typeof right === "string") return repeat(right, left);
  if (isObject(left) && isObject(right)) return mergeDeeply(left, right);
  throw cannot(left, right, "multiplied");
}

const longestText = 1_000_000;

function repeat(text: string, times: number): Json {
  const more = Math.trunc(times - 1);
  if (more < 0) return null;
  if (text.length * (more + 1) > longestText) {
    throw new JqError(`A text of more than ${longestText} characters is not made here`);
  }
  return text.repeat(more + 1);
}

function mergeDeeply(left: JsonObject, right: JsonObject): JsonObject {
  const merged = new Map(Object.entries(left));
  for (const [key, value] of Object.entries(right)) {
    const before = merged.get(key);
    const both = before !== undefined && isObject(before) && isObject(value);
    merged.set(key, both ? mergeDeeply(before, value) : value);
  }
  return objectOf(merged);
}

function divide(left: Json, right: Json): Json {
  if (typeof left === "number" && typeof right === "number") {
    if (right === 0) throw cannot(left, right, "divided because the divisor is zero");
    return left / right;
  }
  if (typeof left === "string" && typeof right === "string") return splitText(left, right);
  throw cannot(left, right, "divided");
}

export function splitText(text: string, separator: string): Json {
  if (text === "") return [];
  return separator === "" ? [...text] : text.split(separator);
}

function modulo(left: Json, right: Json): Json {
  if (typeof left !== "number" || typeof right !== "number") throw cannot(left, right, "divided");
  const divisor = Math.trunc(right);
  if (divisor === 0) throw cannot(left, right, "divided because the divisor is zero");
  // No -0: these are integers.
  return (Math.trunc(left) % divisor) + 0;
}
