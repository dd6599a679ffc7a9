/** The buckets of one account, as folders. */
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Clock, systemClock } from "../../../../src/time/clock.ts";
import { type Bucket, openBucket } from "./bucket.ts";
import { noSuchBucket, S3Error } from "./error.ts";
import type { StoredObject } from "./object.ts";
import { ignoreMissing, outOfSight } from "./place.ts";
import { type Body, type Received, type ReceiveOptions, receive } from "./received.ts";
import { createUploads, type Uploads } from "./uploads.ts";

/** What `createS3` takes. */
export interface S3Options {
  /**
   * The folder whose folders are the buckets. It is made if it is not there; files that are put into
   * a bucket's folder by hand are objects too. @default a temporary one, deleted by `close()`
   */
  readonly directory?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  /** @default "us-east-1" */
  readonly region?: string;
  /** @default "123456789012" */
  readonly accountId?: string;
  /** The largest object. @default 5 GiB, as AWS has it for one upload */
  readonly maxObjectBytes?: number;
}

/** The local S3: buckets, which are folders on this machine. `createS3Server` puts HTTP before it. */
export interface S3 {
  /** Where the buckets are. */
  readonly directory: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock: Clock;
  readonly maxObjectBytes: number;
  readonly uploads: Uploads;
  /** Makes a bucket, or finds the one that is there. Rejects with InvalidBucketName. */
  createBucket(name: string): Promise<Bucket>;
  /** Rejects with NoSuchBucket. */
  bucket(name: string): Promise<Bucket>;
  /** In the order of their names. */
  buckets(): Promise<Bucket[]>;
  /** Rejects with BucketNotEmpty. */
  deleteBucket(name: string): Promise<void>;
  /**
   * Puts an object without a client.
   *
   * @example
   * await s3.putObject("failures", "2026/01/01/a.json", "{}", { "content-type": "application/json" });
   */
  putObject(
    bucket: string,
    key: string,
    body: string | Uint8Array,
    headers?: Readonly<Record<string, string>>,
  ): Promise<StoredObject>;
  /** Writes a body to a file that becomes an object, or is to be deleted. */
  receive(
    body: Body,
    options?: Partial<Pick<ReceiveOptions, "algorithms" | "sha256">>,
  ): Promise<Received>;
  /** Deletes what is temporary. */
  close(): Promise<void>;
}

const GiB = 1024 ** 3;

/**
 * S3 on this machine's disk. Whatever AWS refuses is refused with an `S3Error` of AWS's code.
 *
 * @example
 * const s3 = createS3({ directory: ".shardmill/s3" });
 * const server = await serveS3({ s3 });
 */
export function createS3({
  directory,
  clock = systemClock,
  region = "us-east-1",
  accountId = "123456789012",
  maxObjectBytes = 5 * GiB,
}: S3Options = {}): S3 {
  if (directory !== undefined) mkdirSync(directory, { recursive: true });
  const root = realpathSync(directory ?? mkdtempSync(join(tmpdir(), "shardmill-s3-")));
  const hidden = join(root, outOfSight);
  const temporary = join(hidden, "temporary");
  // What a process that died left half done is nobody's.
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  const now = () => clock.now();
  const temporaryPath = () => join(temporary, randomUUID());
  const opened = new Map<string, Promise<Bucket>>();
  const uploads = createUploads({ now, temporaryPath, maxBytes: maxObjectBytes });

  async function isThere(name: string): Promise<boolean> {
    const stats = isBucketName(name) && (await lstat(join(root, name)).catch(ignoreMissing));
    return stats ? stats.isDirectory() : false;
  }

  async function find(name: string): Promise<Bucket> {
    if (!(await isThere(name))) {
      opened.delete(name);
      throw noSuchBucket(name);
    }
    const bucket = opened.get(name) ?? openNamed(name);
    opened.set(name, bucket);
    return bucket;
  }

  async function openNamed(name: string): Promise<Bucket> {
    const folder = join(root, name);
    const itsHidden = join(hidden, "buckets", name);
    await mkdir(itsHidden, { recursive: true });
    const file = join(itsHidden, "created");
    const written = await readFile(file, "utf8").catch(ignoreMissing);
    const createdAt = Number(written ?? now());
    if (written === undefined) await writeFile(file, `${createdAt}`);
    return openBucket({ name, createdAt, folder, hidden: itsHidden, now });
  }

  const receiveHere: S3["receive"] = (body, { algorithms = [], sha256 = false } = {}) =>
    receive(body, { path: temporaryPath(), algorithms, sha256, maxBytes: maxObjectBytes });

  return {
    directory: root,
    region,
    accountId,
    clock,
    maxObjectBytes,
    uploads,
    bucket: find,
    receive: receiveHere,
    async createBucket(name) {
      if (!isBucketName(name)) {
        throw new S3Error(400, "InvalidBucketName", "The specified bucket is not valid.", {
          BucketName: name,
        });
      }
      await mkdir(join(root, name), { recursive: true });
      return find(name);
    },
    async buckets() {
      const names = (await readdir(root, { withFileTypes: true }))
        .filter((entry) => entry.isDirectory() && isBucketName(entry.name))
        .map(({ name }) => name);
      return Promise.all(names.sort().map(find));
    },
    async deleteBucket(name) {
      const bucket = await find(name);
      if (!(await bucket.isEmpty())) {
        throw new S3Error(409, "BucketNotEmpty", "The bucket you tried to delete is not empty", {
          BucketName: name,
        });
      }
      for (const upload of uploads.of(bucket)) await uploads.abort(upload);
      opened.delete(name);
      // Only folders without files can be left in it.
      const away = temporaryPath();
      await rename(join(root, name), away);
      await rm(away, { recursive: true });
      await rm(join(hidden, "buckets", name), { recursive: true, force: true });
    },
    async putObject(name, key, body, headers = {}) {
      const bucket = await find(name);
      const received = await receiveHere([Buffer.from(body)]);
      try {
        return await bucket.put(key, received, { headers });
      } finally {
        await rm(received.path, { force: true });
      }
    },
    async close() {
      const path = directory === undefined ? root : temporary;
      await rm(path, { recursive: true, force: true });
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
function isBucketName(name: string): boolean {
  return (
    /^[a-z\d](?:[a-z\d-]|\.(?!\.)){1,61}[a-z\d]$/.test(name) && !/^\d+\.\d+\.\d+\.\d+$/.test(name)
  );
}
