/** What functions of the user's say of a record: waited for where they give a promise, and never taken for what they are not. */

import { whenReady } from "../record/ready.ts";
import type { UserRecord } from "../record/user-record.ts";

type UniqueId = string | undefined;

/** Asks for a record's unique id; undefined where it has none. Throws, or rejects, when the answer is no text. */
export function uniqueIdOf<T>(
  uniqueId: (value: T, record: UserRecord) => UniqueId | PromiseLike<UniqueId>,
  value: T,
  record: UserRecord,
): UniqueId | Promise<UniqueId> {
  return whenReady(uniqueId(value, record), checkId);
}

function checkId(id: unknown): UniqueId {
  if (id === undefined || typeof id === "string") return id || undefined;
  throw new TypeError(
    `uniqueId must return a string or undefined; it returned ${id === null ? id : `a ${typeof id}`}.`,
  );
}
