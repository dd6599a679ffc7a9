/**
 * One bucket: a folder in which an object is a plain file at its key. What is known of it besides
 * its bytes stands out of sight; where the file was changed by hand, only the file counts. Files
 * change by renaming alone, so that nobody meets half an object.
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import {
  type FileHandle,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  writeFile,
} from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { Checksum } from "./checksum.ts";
import { type Conditions, checkWrite } from "./conditions.ts";
import { inOrder, type ListOptions, type Page, pageOf } from "./listing.ts";
import { defaultHeaders, type Sidecar, type StoredObject } from "./object.ts";
import { digestOf, ignoreMissing, isPlainFile, makeRoom, plainPath } from "./place.ts";
import type { Received } from "./received.ts";
import { inTurns } from "./turns.ts";

/** A bucket of the local S3. */
export interface Bucket {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Turns what was received into an object, if the conditions hold for what is there. */
  put(key: string, received: Received, options: PutOptions): Promise<StoredObject>;
  /** Undefined: there is none. */
  head(key: string): Promise<StoredObject | undefined>;
  /** The object and its bytes as they are now, whatever becomes of the key. The caller closes the file. */
  open(key: string): Promise<OpenObject | undefined>;
  /** False: there was none. */
  remove(key: string, conditions?: Conditions): Promise<boolean>;
  list(options: ListOptions): Promise<Listing>;
  isEmpty(): Promise<boolean>;
}

export interface PutOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly conditions?: Conditions;
  readonly checksum?: Checksum | undefined;
  /** @default the MD5 of the content */
  readonly etag?: string;
}

export interface OpenObject {
  readonly object: StoredObject;
  readonly file: FileHandle;
}

export interface Listing extends Omit<Page, "keys"> {
  readonly objects: readonly StoredObject[];
}

export interface BucketOptions {
  readonly name: string;
  readonly createdAt: number;
  /** Where the objects are; its real path. */
  readonly folder: string;
  /** Where the rest is. */
  readonly hidden: string;
  readonly now: () => number;
}

/** How many files a listing opens at a time. */
const atOnce = 32;

export async function openBucket(options: BucketOptions): Promise<Bucket> {
  const { name, createdAt, folder, hidden, now } = options;
  const inTurn = inTurns();
  for (const kind of ["plain", "odd"]) mkdirSync(join(hidden, kind), { recursive: true });
  const sidecarOf = (kind: "plain" | "odd", key: string) =>
    join(hidden, kind, `${digestOf(key)}.json`);
  const oddPath = (key: string) => join(hidden, "odd", `${digestOf(key)}.data`);
  /** The keys that no plain file can have. */
  const odd = await readOddKeys(join(hidden, "odd"));

  /** Where an object is, if it is there. */
  async function find(key: string) {
    if (odd.has(key)) return { path: oddPath(key), sidecar: sidecarOf("odd", key) };
    const path = plainPath(folder, key);
    if (path === undefined || !(await isPlainFile(path))) return undefined;
    return { path, sidecar: sidecarOf("plain", key) };
  }

  async function openNow(key: string): Promise<OpenObject | undefined> {
    const found = await find(key);
    const file = found && (await open(found.path).catch(ignoreMissing));
    if (!found || !file) return undefined;
    try {
      const { size, mtimeMs } = await file.stat();
      const sidecar = await readSidecar(found.sidecar);
      if (sidecar && sidecar.file.size === size && sidecar.file.mtimeMs === mtimeMs) {
        return { object: sidecar.object, file };
      }
      const object = await adopt(key, file, { size, mtimeMs });
      await replace(found.sidecar, JSON.stringify({ object, file: { size, mtimeMs } }));
      return { object, file };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async function headNow(key: string): Promise<StoredObject | undefined> {
    const opened = await openNow(key);
    await opened?.file.close();
    return opened?.object;
  }

  /** Writes by renaming. */
  async function replace(path: string, content: string): Promise<void> {
    const temporary = join(hidden, `${randomUUID()}.tmp`);
    await writeFile(temporary, content);
    await rename(temporary, path);
  }

  async function putNow(
    key: string,
    received: Received,
    { headers, conditions = {}, checksum, etag = received.md5 }: PutOptions,
  ): Promise<StoredObject> {
    checkWrite(key, await headNow(key), conditions);
    const { size, path: from } = received;
    const object: StoredObject = {
      ...{ key, size, etag, lastModified: now() },
      headers: { ...defaultHeaders, ...headers },
      ...(checksum && { checksum }),
    };
    const { mtimeMs } = await stat(from);
    const sidecar = JSON.stringify({ object, file: { size, mtimeMs } } satisfies Sidecar);
    const path = odd.has(key) ? undefined : plainPath(folder, key);
    if (path !== undefined && (await makeRoom(path))) {
      await replace(sidecarOf("plain", key), sidecar);
      await rename(from, path);
      return object;
    }
    await rename(from, oddPath(key));
    await replace(sidecarOf("odd", key), sidecar);
    odd.add(key);
    return object;
  }

  async function removeNow(key: string, conditions: Conditions): Promise<boolean> {
    if (conditions.ifMatch !== undefined) checkWrite(key, await headNow(key), conditions);
    const found = await find(key);
    if (!found) return false;
    await rm(found.sidecar, { force: true });
    await rm(found.path, { force: true });
    if (!odd.delete(key)) await removeEmptyFolders(dirname(found.path), folder);
    return true;
  }

  async function keys(prefix: string): Promise<Set<string>> {
    const found = new Set([...odd].filter((key) => key.startsWith(prefix)));
    await walk(folder, "", prefix, found);
    return found;
  }

  return {
    name,
    createdAt,
    put: (key, received, settings) => inTurn(() => putNow(key, received, settings)),
    head: (key) => inTurn(() => headNow(key)),
    open: (key) => inTurn(() => openNow(key)),
    remove: (key, conditions = {}) => inTurn(() => removeNow(key, conditions)),
    async list(wanted) {
      const { keys: shown, ...page } = pageOf(inOrder(await keys(wanted.prefix ?? "")), wanted);
      const objects: StoredObject[] = [];
      for (let at = 0; at < shown.length; at += atOnce) {
        const some = shown.slice(at, at + atOnce);
        const found = await inTurn(() => Promise.all(some.map(headNow)));
        objects.push(...found.filter((object) => object !== undefined));
      }
      return { ...page, objects };
    },
    async isEmpty() {
      return (await keys("")).size === 0;
    },
  };
}

/** What can be said of a file that nobody uploaded. */
async function adopt(key: string, file: FileHandle, { size, mtimeMs }: Sidecar["file"]) {
  const md5 = createHash("md5");
  const bytes = file.createReadStream({ start: 0, autoClose: false });
  for await (const chunk of bytes) md5.update(chunk);
  const etag = md5.digest("hex");
  return { key, size, etag, lastModified: Math.floor(mtimeMs), headers: defaultHeaders };
}

async function readSidecar(path: string): Promise<Sidecar | undefined> {
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  return text === undefined ? undefined : JSON.parse(text);
}

async function readOddKeys(folder: string): Promise<Set<string>> {
  const keys = new Set<string>();
  for (const name of await readdir(folder)) {
    const sidecar = name.endsWith(".json") ? await readSidecar(join(folder, name)) : undefined;
    if (sidecar) keys.add(sidecar.object.key);
  }
  return keys;
}

/** Adds the keys of all plain files that begin with the prefix. */
async function walk(path: string, at: string, prefix: string, keys: Set<string>): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(ignoreMissing);
  for (const entry of entries ?? []) {
    const key = at + entry.name;
    if (entry.isFile() && key.startsWith(prefix)) keys.add(key);
    const inside = `${key}/`;
    const mayHold = inside.startsWith(prefix) || prefix.startsWith(inside);
    if (entry.isDirectory() && mayHold) await walk(join(path, entry.name), inside, prefix, keys);
  }
}

async function removeEmptyFolders(from: string, upTo: string): Promise<void> {
  for (let path = from; path.startsWith(upTo + sep); path = dirname(path)) {
    try {
      await rmdir(path);
    } catch {
      // It is not empty, so neither are those above it.
      return;
    }
  }
}
