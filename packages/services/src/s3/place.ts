/**
 * Where objects are in a bucket's folder. An object is a plain file at its key wherever a file can
 * have that name. Where none can (`a//b`, `../a`, a key that is another key's folder, names that
 * the file system takes for the same), it stands under the digest of its key, out of sight.
 */
import { createHash } from "node:crypto";
import { lstat, mkdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

/** Beside the buckets; no bucket can have this name. */
export const outOfSight = ".shardmill";

export const digestOf = (key: string) => createHash("sha256").update(key).digest("hex");

/** Undefined: no file can have this name. */
export function plainPath(folder: string, key: string): string | undefined {
  const names = key.split("/");
  if (!names.every(isFileName)) return undefined;
  const path = join(folder, ...names);
  return Buffer.byteLength(path) > 1000 ? undefined : path;
}

/** What Windows cannot have in a name, or reads as something else. */
const notOnWindows = /[<>:"|?*\\]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

function isFileName(name: string): boolean {
  if (name === "" || name === "." || name === "..") return false;
  if (name.includes("\0") || Buffer.byteLength(name) > 250) return false;
  return sep === "/" || !notOnWindows.test(name);
}

/**
 * Makes the folders above a path. False: no file can be there, because something else is, because
 * the file system takes another name for this one, or because a link leads elsewhere.
 */
export async function makeRoom(path: string): Promise<boolean> {
  try {
    await mkdir(dirname(path), { recursive: true });
    if ((await realpath(dirname(path))) !== dirname(path)) return false;
  } catch (error) {
    if (isInTheWay(error)) return false;
    throw error;
  }
  const there = await lstat(path).catch(ignoreMissing);
  return !there || isPlainFile(path);
}

/** Whether the file system has a file under this very name, and no folder and no link. */
export async function isPlainFile(path: string): Promise<boolean> {
  const stats = await lstat(path).catch(ignoreMissing);
  return stats?.isFile() === true && (await realpath(path).catch(ignoreMissing)) === path;
}

const inTheWay = new Set(["ENOTDIR", "EEXIST", "ENAMETOOLONG", "EISDIR", "EINVAL", "ELOOP"]);

const isInTheWay = (error: unknown) => inTheWay.has((error as NodeJS.ErrnoException).code ?? "");

/** For what may not be there. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT" || isInTheWay(error)) return undefined;
  throw error;
}
