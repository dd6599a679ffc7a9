/** Tags of a stream or a consumer. */
import { invalidArgument } from "../error.ts";
import type { Kinesis } from "../types.ts";

const mostTags = 50;

export function addTags(
  kinesis: Kinesis,
  resource: string,
  added: ReadonlyMap<string, string>,
): void {
  const { tags: present } = kinesis.kept(resource);
  checkTags([...added].flat());
  const tags = new Map([...present, ...added]);
  checkCount(kinesis, resource, tags);
  kinesis.keep(resource, { tags });
}

/** Of a stream or a consumer that is still to be made. */
export function checkFirstTags(
  kinesis: Kinesis,
  name: string,
  tags: ReadonlyMap<string, string>,
): void {
  checkTags([...tags].flat());
  checkCount(kinesis, name, tags);
}

function checkCount(kinesis: Kinesis, resource: string, tags: ReadonlyMap<string, string>): void {
  if (tags.size <= mostTags) return;
  throw invalidArgument(
    `Failed to add tags to ${resource} under account ${kinesis.accountId} because a given resource cannot have more than ${mostTags} tags associated with it.`,
  );
}

export function removeTags(kinesis: Kinesis, resource: string, keys: readonly string[]): void {
  const tags = new Map(kinesis.kept(resource).tags);
  checkTags(keys);
  for (const key of keys) tags.delete(key);
  kinesis.keep(resource, { tags });
}

function checkTags(texts: readonly string[]): void {
  if (texts.every((text) => /^[\p{L}\p{Z}\p{N}_.:/=+\-%@]*$/u.test(text))) return;
  throw invalidArgument(
    "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @.",
  );
}

/** In the order of their keys. */
export const tagList = (kinesis: Kinesis, resource: string) =>
  [...kinesis.kept(resource).tags]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
