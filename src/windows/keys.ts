/** Keys of groups: texts, numbers, truth values, null, or lists of them; each has one text by which it is found again. */

import { encodeJson } from "../values/encode-json.ts";

/** One part of a key. */
export type KeyPart = string | number | bigint | boolean | null;
/** What records are grouped by. Null is a group of its own. */
export type Key = KeyPart | readonly KeyPart[];

const marker = "\u0000";
const longestKey = 1024;

/** The key's text: itself where it is one, else its JSON behind a zero. */
export function keyText(key: unknown): string {
  const isPlain = typeof key === "string" && !key.startsWith(marker);
  const text = isPlain ? key : `${marker}${jsonOf(checkKey(key))}`;
  if (text.length > longestKey) {
    throw new RangeError(
      `A key has ${text.length.toLocaleString("en")} characters; it may have ${longestKey.toLocaleString("en")}. It begins with ${JSON.stringify(text.slice(0, 40))}.`,
    );
  }
  return text;
}

/** The inverse of `keyText`. */
export const keyOf = (text: string): Key =>
  text.startsWith(marker)
    ? JSON.parse(text.slice(1), text.includes("{") ? digitsRead : undefined)
    : text;

/** A function that is asked about each part takes most of the time. */
const jsonOf = (key: unknown): string => {
  const hasBigint = Array.isArray(key) ? key.some(isBigint) : isBigint(key);
  return JSON.stringify(key, hasBigint ? withDigits : undefined);
};

const isBigint = (part: unknown) => typeof part === "bigint";

/** No part of a key is an object, so one stands for a bigint. */
const withDigits = (_: string, part: unknown) =>
  typeof part === "bigint" ? { digits: String(part) } : part;
const digitsRead = (_: string, part: KeyPart | { readonly digits?: string }) =>
  typeof part === "object" && part?.digits !== undefined ? BigInt(part.digits) : part;

function checkKey(key: unknown): unknown {
  const parts = Array.isArray(key) ? key : [key];
  for (const part of parts) {
    const isPart =
      part === null ||
      typeof part === "string" ||
      typeof part === "boolean" ||
      typeof part === "bigint" ||
      (typeof part === "number" && Number.isFinite(part));
    if (isPart) continue;
    throw new TypeError(
      `A key must be a text, a finite number, a bigint, a boolean, null or a list of these; it is ${part === undefined ? "undefined" : `of the type ${typeof part}`}.`,
    );
  }
  return key;
}

/** The key as messages name it. */
export const showKey = (text: string): string => encodeJson(keyOf(text));

/** What a producer that partitions by the key would use as the partition key: the key, or the first part of a list. */
export function partitionKeyIn(text: string): string {
  const key = keyOf(text);
  const part = typeof key === "object" && key !== null ? (key[0] ?? null) : key;
  return String(part);
}
