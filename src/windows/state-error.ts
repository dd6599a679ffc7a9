/** What windows cannot hold, in words. */
import type { Group } from "./group.ts";
import { showKey } from "./keys.ts";
import type { Trail } from "./sliding.ts";

/** More state than `maxStateBytes`, or than an aggregate takes: the record that would have added to it was not added. */
export class WindowStateError extends Error {
  override readonly name = "WindowStateError";
}

/** What an aggregate has refused. */
export const refusal = (name: string, key: string, why: string) =>
  new WindowStateError(`${name} of the key ${showKey(key)}: ${why}`);

/** All of it is more than `maxStateBytes`, where a record of this key came. */
export function tooLarge(
  key: string,
  {
    bytes: all,
    definition,
    groups,
    trails,
  }: {
    readonly bytes: number;
    readonly definition: { readonly maxStateBytes: number };
    readonly groups: ReadonlyMap<number, Group>;
    readonly trails: ReadonlyMap<string, Trail>;
  },
): WindowStateError {
  const bytesOf = new Map<string, number>();
  const add = (key: string, bytes: number) => bytesOf.set(key, (bytesOf.get(key) ?? 0) + bytes);
  for (const group of groups.values()) add(group.key, group.bytes);
  for (const [key, trail] of trails) add(key, trail.bytes);
  const [largest, bytes] = [...bytesOf].reduce((a, b) => (b[1] > a[1] ? b : a), [key, 0]);
  const size = (bytes: number) => bytes.toLocaleString("en");
  return new WindowStateError(
    `The windows of this shard take ${size(all)} bytes, and maxStateBytes is ${size(definition.maxStateBytes)}: the record of the key ${showKey(key)} was not added, and nothing is lost. They have ${size(groups.size)} groups of ${size(bytesOf.size)} keys; ${showKey(largest)} takes most, ${size(bytes)} bytes. Raise maxStateBytes and the function's memory, shorten the windows, or group by less.`,
  );
}
