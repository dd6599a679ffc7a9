/** Multipart uploads under way. They end with the process; their parts are out of sight until then. */
import { createHash, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { Bucket } from "./bucket.ts";
import { type Checksum, type ChecksumAlgorithm, runningChecksum } from "./checksum.ts";
import type { Conditions } from "./conditions.ts";
import { malformedXml, noSuchUpload, S3Error } from "./error.ts";
import type { StoredObject } from "./object.ts";
import { contentOf, type Received, receive } from "./received.ts";

export interface NewUpload {
  readonly bucket: Bucket;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Pick<Checksum, "algorithm" | "type"> | undefined;
}

export interface Upload extends NewUpload {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly initiated: number;
  readonly parts: ReadonlyMap<number, Part>;
}

export interface Part extends Received {
  readonly lastModified: number;
}

/** A part that CompleteMultipartUpload names. */
export interface NamedPart {
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
}

export interface Uploads {
  create(upload: NewUpload): Upload;
  /** Throws NoSuchUpload. */
  find(bucket: Bucket, key: string, id: string): Upload;
  of(bucket: Bucket): readonly Upload[];
  addPart(upload: Upload, number: number, received: Received): Promise<Part>;
  complete(
    upload: Upload,
    named: readonly NamedPart[],
    conditions: Conditions,
  ): Promise<StoredObject>;
  abort(upload: Upload): Promise<void>;
}

export interface UploadsOptions {
  readonly now: () => number;
  /** The path of a file that is not there yet. */
  readonly temporaryPath: () => string;
  readonly maxBytes: number;
}

const leastPart = 5 * 1024 * 1024;

export function createUploads({ now, temporaryPath, maxBytes }: UploadsOptions): Uploads {
  const uploads = new Map<string, Upload & { readonly parts: Map<number, Part> }>();

  async function forget({ id, parts }: Upload): Promise<void> {
    uploads.delete(id);
    for (const { path } of parts.values()) await rm(path, { force: true });
  }

  return {
    create(upload) {
      const id = randomUUID().replaceAll("-", "");
      const created = { ...upload, id, initiated: now(), parts: new Map() };
      uploads.set(id, created);
      return created;
    },
    find(bucket, key, id) {
      const upload = uploads.get(id);
      if (upload?.bucket !== bucket || upload.key !== key) throw noSuchUpload(id);
      return upload;
    },
    of: (bucket) => [...uploads.values()].filter((upload) => upload.bucket === bucket),
    async addPart({ id }, number, received) {
      const upload = uploads.get(id);
      if (!upload) {
        await rm(received.path, { force: true });
        throw noSuchUpload(id);
      }
      const before = upload.parts.get(number);
      const part = { ...received, lastModified: now() };
      upload.parts.set(number, part);
      if (before) await rm(before.path, { force: true });
      return part;
    },
    async complete(upload, named, conditions) {
      const parts = chosenParts(upload, named);
      const isWhole = upload.checksum?.type === "FULL_OBJECT";
      const algorithms = upload.checksum && isWhole ? [upload.checksum.algorithm] : [];
      const content = contentOf(parts.map(({ path }) => path));
      const received = await receive(content, { path: temporaryPath(), algorithms, maxBytes });
      try {
        const { bucket, key, headers } = upload;
        const checksum = checksumOf(upload, parts, received);
        const etag = `${digestOfDigests(parts)}-${parts.length}`;
        const object = await bucket.put(key, received, { headers, conditions, checksum, etag });
        await forget(upload);
        return object;
      } finally {
        await rm(received.path, { force: true });
      }
    },
    abort: forget,
  };
}

/** Throws for parts that are not there, that are not in order, or too small. */
function chosenParts({ parts }: Upload, named: readonly NamedPart[]): Part[] {
  if (named.length === 0) throw malformedXml("it names no part");
  if (named.some(({ number }, at) => at > 0 && number <= named[at - 1]!.number)) {
    throw new S3Error(
      400,
      "InvalidPartOrder",
      "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
    );
  }
  const chosen = named.map(({ number, etag }) => {
    const part = parts.get(number);
    if (part?.md5 === etag) return part;
    throw new S3Error(
      400,
      "InvalidPart",
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { PartNumber: `${number}`, ETag: etag },
    );
  });
  const small = chosen.slice(0, -1).findIndex(({ size }) => size < leastPart);
  if (small < 0) return chosen;
  throw new S3Error(
    400,
    "EntityTooSmall",
    "Your proposed upload is smaller than the minimum allowed size",
    {
      PartNumber: `${named[small]!.number}`,
      ProposedSize: `${chosen[small]!.size}`,
      MinSizeAllowed: `${leastPart}`,
    },
  );
}

function digestOfDigests(parts: readonly Part[]): string {
  const hash = createHash("md5");
  for (const { md5 } of parts) hash.update(Buffer.from(md5, "hex"));
  return hash.digest("hex");
}

function checksumOf(
  { checksum }: Upload,
  parts: readonly Part[],
  whole: Received,
): Checksum | undefined {
  if (!checksum) return undefined;
  const { algorithm, type } = checksum;
  if (type === "FULL_OBJECT") return { algorithm, type, value: whole.checksums.get(algorithm)! };
  const values = parts.map(({ checksums }) => checksums.get(algorithm));
  if (!values.every((value) => value !== undefined)) return undefined;
  return { algorithm, type, value: `${checksumOfChecksums(algorithm, values)}-${parts.length}` };
}

function checksumOfChecksums(algorithm: ChecksumAlgorithm, values: readonly string[]): string {
  const sum = runningChecksum(algorithm);
  for (const value of values) sum.update(Buffer.from(value, "base64"));
  return sum.digest();
}
