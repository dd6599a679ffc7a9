/** A folder that looks like a bucket. */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import type { DeliveryBucket } from "./bucket.ts";

/**
 * Each object is a file, and each "/" of its key a folder. A file is there with all of its bytes or
 * not at all: it is written beside its place, under a name that begins with a dot, and renamed.
 *
 * No key leaves the folder. A segment that a file system takes for something else is written with
 * percent signs: "" as "%", ".." as "%2E%2E", "%" as "%25". Rejects where the file system refuses,
 * as it does for a key that is a file where another one has a folder.
 *
 * @example
 * const bucket = folderBucket("out/orders-archive");
 * await bucket.put("2026/01/01/00/orders-1.gz", bytes, { contentType: "application/octet-stream" });
 */
export function folderBucket(folder: string): DeliveryBucket {
  const root = resolve(folder);
  return {
    async put(key, bytes) {
      const file = fileOf(root, key);
      const unfinished = `${dirname(file)}${sep}.${randomUUID()}.part`;
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(unfinished, bytes);
        await rename(unfinished, file);
      } catch (cause) {
        await rm(unfinished, { force: true }).catch(() => {});
        throw new Error(`The object "${key}" could not be written to ${file}: ${cause}`, { cause });
      }
    },
  };
}

const fileOf = (root: string, key: string) => resolve(root, ...key.split("/").map(fileName));

/** Backslashes and colons mean something on Windows. */
const unsafe = sep === "\\" ? /[%\0\\:]/g : /[%\0]/g;

function fileName(segment: string): string {
  if (segment === "") return "%";
  if (segment === "." || segment === "..") return segment.replaceAll(".", "%2E");
  return segment.replace(unsafe, (character) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase();
    return `%${code.padStart(2, "0")}`;
  });
}
