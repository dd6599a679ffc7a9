/**
 * Parts that wait to become a file. With `buffer` a batch is written where no reader looks: each record into one part, once, by the same protocol as
 * without. Later `s3Flush` makes files out of parts, by that protocol again, with a part in the place of a record.
 *
 *   <bufferPrefix><sink>/<stream>/<shard>/<prefix of the file>/<first>-<last>-<count>-<digest>.rows
 *
 * A part that is in a file is removed. That it was there is said by the intent of its file: by that a writer who comes late is found out at the next flush,
 * and whoever has its records again knows that they are done.
 */
import { checkNumber } from "../../values/number-option.ts";
import type { Bucket, Listed } from "../parts/bucket.ts";
import type { IntentsOf } from "../parts/intents.ts";
import { type Row, rowPosition } from "../parts/part.ts";
import type { PartStore } from "../parts/write-parts.ts";
import { objectsIn, type PartFile } from "./objects.ts";

/** When parts become a file: the options as they are given. */
export interface BufferOptions {
  /** As soon as they have so many bytes, as rows without compression. At most 1 GiB; a flush has twice as much in memory. @default 67108864 */
  readonly bytes?: number;
  /** When the first of them has waited so long, in seconds. @default 900 */
  readonly seconds?: number;
}

const mebibyte = 1024 * 1024;

/** @throws TypeError, RangeError for what is no such option. */
export function checkedBuffer({ bytes, seconds }: BufferOptions, who: string) {
  checkNumber(`${who}: buffer.bytes`, bytes, { least: 1, most: 1024 * mebibyte, isWhole: true });
  checkNumber(`${who}: buffer.seconds`, seconds, { least: 0 });
  return { bytes: bytes ?? 64 * mebibyte, seconds: seconds ?? 900 };
}

const extension = ".rows";

/** A part of rows as their format has prepared them. A fence is empty. */
const partFile = (base: string): PartFile => ({
  contentType: "application/octet-stream",
  keyOf: (prefix, folder, id) => `${base}${folder}${prefix}/${id}${extension}`,
  encode: (prepared) => (prepared.length === 0 ? new Uint8Array(0) : v8().serialize(prepared)),
});

/** Parts below `base`, of which files are made: by whose intents, and where these lie. */
export function waitingParts(
  bucket: Bucket,
  base: string,
  filesOf: IntentsOf,
  files: PartStore,
): PartStore {
  const store = objectsIn(bucket, partFile(base));

  /** Whether it was there, and is in a file now. */
  async function isInFile(key: string): Promise<boolean> {
    const { folder } = placeOf(key, base);
    const row = rowOf(key, 0, "");
    const position = rowPosition(row.record);
    const ends = { first: position, last: position };
    const done = await filesOf(folder).doneElsewhere(bucket, [row], ends, undefined, files.settle);
    return done.has(row.name);
  }

  return {
    ...store,
    async settle(keys) {
      const outcomes = new Map(await store.settle(keys));
      for (const [key, outcome] of outcomes) {
        if (outcome === "fence" && (await isInFile(key))) outcomes.set(key, "part");
      }
      return outcomes;
    },
  };
}

/** A part on its way into a file: its first position stands for it. */
export function rowOf(key: string, place: number, prefix: string): Row {
  const [first = ""] = key.slice(key.lastIndexOf("/") + 1).split("-");
  const [sequenceNumber = "", sub] = first.split(".");
  const record = { sequenceNumber, subSequenceNumber: Number(sub) };
  return { place, name: key, record, prefix, prepared: key };
}

/** Whose a part is, and what stands before the key of its file. */
function placeOf(key: string, base: string): Pick<Waiting, "folder" | "prefix"> {
  const [stream, shard, ...prefix] = key.slice(base.length, key.lastIndexOf("/")).split("/");
  return { folder: `${stream}/${shard}/`, prefix: prefix.join("/") };
}

/** The rows of a part. */
export const rowsIn = (bytes: Uint8Array): readonly unknown[] => v8().deserialize(bytes);

const v8 = () => process.getBuiltinModule("node:v8");

/** Parts that wait, of one shard and one prefix, in the order of the shard. */
export interface Waiting {
  /** The shard's: `orders/shardId-000000000000/`. */
  readonly folder: string;
  /** What stands before the key of their file. */
  readonly prefix: string;
  readonly parts: readonly Listed[];
}

/** What waits below `base`, of a listing. What is empty is a fence. */
export function waitingIn(listed: readonly Listed[], base: string): Waiting[] {
  const whole = listed.filter(({ key, size }) => size > 0 && key.endsWith(extension));
  const groups = Map.groupBy(whole, ({ key }) => key.slice(0, key.lastIndexOf("/")));
  return [...groups.values()].map((parts) => ({ ...placeOf(parts[0]!.key, base), parts }));
}

/** What is to be written now, a file for each. */
export function dueFiles(
  { parts, ...whose }: Waiting,
  { bytes, seconds }: Required<BufferOptions>,
  now: number,
): Waiting[] {
  const files: Waiting[] = [];
  let next: Listed[] = [];
  let size = 0;
  for (const part of parts) {
    next.push(part);
    size += part.size;
    if (size < bytes) continue;
    files.push({ ...whose, parts: next });
    next = [];
    size = 0;
  }
  const isOld = next.some(({ at }) => now - at >= 1000 * seconds);
  if (isOld) files.push({ ...whose, parts: next });
  return files;
}
