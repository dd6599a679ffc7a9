/** What functions of the user's say of a record: waited for where they give a promise, and never taken for what they are not. */
import { roundedIn } from "../../record/decode/exact-numbers.ts";
import type { UserRecord } from "../../record/user-record.ts";
import { whenReady } from "../../values/ready.ts";

type UniqueId = string | undefined;

/**
 * Asks for a record's unique id; undefined where it has none. Throws, or rejects, when the answer is no text, or one that other
 * records have as well though their ids differ: they would be left out as duplicates.
 */
export function uniqueIdOf<T>(
  uniqueId: (value: T, record: UserRecord) => UniqueId | PromiseLike<UniqueId>,
  value: T,
  record: UserRecord,
): UniqueId | Promise<UniqueId> {
  return whenReady(uniqueId(value, record), (id) => checkId(id, record));
}

/** What JavaScript writes for what is not there, or is no text. */
const nobodysId = /^(?:undefined|null|NaN|-?Infinity)$|\[object \w+\]/;

function checkId(id: unknown, record: UserRecord): UniqueId {
  if (id === undefined) return undefined;
  if (typeof id !== "string") {
    throw new TypeError(
      `uniqueId must return a string or undefined; it returned ${id === null ? id : `a ${typeof id}`}.`,
    );
  }
  const [nobodys] = nobodysId.exec(id) ?? [];
  if (nobodys !== undefined) {
    throw new TypeError(
      `uniqueId returned an id with ${nobodys}, which JavaScript writes for what is missing or no text: other records may have it too. Return undefined for a record without id.`,
    );
  }
  if (!hasRounded(id, record)) return id;
  throw new TypeError(
    "uniqueId returned an id with a number that JavaScript has rounded: other records may have it too. Let the producer write ids as text.",
  );
}

/** Whether a number stands in the id that the payload has with other digits. */
function hasRounded(id: string, record: UserRecord): boolean {
  const rounded = roundedIn(record);
  if (!rounded) return false;
  const inId = new Set(id.match(/[\d.]+(?:e[+-]?\d+)?|Infinity/gi));
  return rounded.numbers.some((number) => inId.has(number.replace("-", "")));
}
