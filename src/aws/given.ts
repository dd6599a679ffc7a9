/** What a store is given, checked at start: the first record that needs it may come weeks later. */

import type { CommandSender } from "./command-sender.ts";
import { fitsKey } from "./store-limits.ts";

/**
 * The client, if there is one. Refused where it cannot send: a client of the SDK's version 2, a class without `new`, a promise.
 * `option` is such as "s3Parking: client".
 */
export function givenClient(
  given: CommandSender | undefined,
  option: string,
  kind: string,
): CommandSender | undefined {
  if (given === undefined || typeof given?.send === "function") return given;
  throw new TypeError(
    `${option} must be a client of the AWS SDK v3, such as new ${kind}({}), or have a function send; it is ${typeOf(given)}.`,
  );
}

/** The name of a bucket, a queue's URL. */
export function givenText(
  given: unknown,
  option: string,
  who: string,
  variable = "its environment variable",
): string {
  if (typeof given === "string" && given.trim()) return given;
  const isMissing = given === undefined || given === null || typeof given === "string";
  const wrong = isMissing ? `no ${option}.` : `${option} must be text, and is ${typeOf(given)}.`;
  throw new TypeError(`${who}: ${wrong} Pass it, or set ${variable} on the function.`);
}

/** Days, in seconds. */
export function givenDays(given: number | undefined, standard: number, who: string): number {
  const keepInDays = given === undefined ? standard : given;
  if (typeof keepInDays === "number" && keepInDays > 0 && keepInDays <= 36_500) {
    return Math.ceil(keepInDays * 86_400);
  }
  const shown = typeof keepInDays === "number" ? keepInDays : typeOf(keepInDays);
  throw new TypeError(
    `${who}: keepInDays must be a number above 0 and at most 36,500; it is ${shown}.`,
  );
}

/** What stands before the keys of objects, in at most so many bytes of UTF-8. */
export function givenPrefix(prefix: string, most: number, who: string): string {
  if (typeof prefix !== "string") {
    throw new TypeError(`${who}: prefix must be text, and is ${typeOf(prefix)}.`);
  }
  if (fitsKey(prefix, most)) return prefix;
  throw new RangeError(
    `${who}: a prefix has at most ${most} bytes of UTF-8, so that a key of S3 has room for more; this one has ${Buffer.byteLength(prefix)}.`,
  );
}

/** Not the value itself: it may hold credentials. */
export function typeOf(value: any): string {
  if (value === null) return "null";
  if (typeof value === "function") return `the function or class ${value.name}, not called`;
  return `of the type ${value?.constructor?.name ?? typeof value}`;
}
