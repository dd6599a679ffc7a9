/** Conditions that a request puts on the object that is there. */
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from "./error.ts";

export interface Conditions {
  /** ETags as headers have them: `"abc", "def"`, or `*`. */
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  /** HTTP dates. */
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

/** What conditions look at. */
export interface Versioned {
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
}

/**
 * For reads. Throws PreconditionFailed, or NotModified with the status 304.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function checkRead(object: Versioned, conditions: Conditions): void {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions;
  const second = Math.floor(object.lastModified / 1000) * 1000;
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, object)) throw preconditionFailed("If-Match");
  } else if (ifUnmodifiedSince !== undefined && second > Date.parse(ifUnmodifiedSince)) {
    throw preconditionFailed("If-Unmodified-Since");
  }
  if (ifNoneMatch !== undefined) {
    if (matches(ifNoneMatch, object)) throw notModified();
  } else if (ifModifiedSince !== undefined && second <= Date.parse(ifModifiedSince)) {
    throw notModified();
  }
}

/**
 * For writes. Throws PreconditionFailed, or NoSuchKey where there is nothing to match.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function checkWrite(
  key: string,
  there: Versioned | undefined,
  { ifMatch, ifNoneMatch }: Conditions,
): void {
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch !== "*") throw notImplemented("If-None-Match with anything but * for writes");
    if (there) throw preconditionFailed("If-None-Match");
  }
  if (ifMatch === undefined) return;
  if (!there) throw noSuchKey(key);
  if (!matches(ifMatch, there)) throw preconditionFailed("If-Match");
}

function matches(header: string, { etag }: Versioned): boolean {
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, "").replace(/^"|"$/g, ""));
  return tags.includes("*") || tags.includes(etag);
}

const notModified = () => new S3Error(304, "NotModified", "Not Modified");
