/** Headers: those that are kept with an object, and those that go back with it. */
import { invalidArgument, notImplemented, S3Error } from "../error.ts";
import type { StoredObject } from "../object.ts";
import { type Call, header, quoted } from "./call.ts";

/** What goes back as it came. Nothing is encrypted here, and there is one class of storage. */
const kept = [
  "cache-control",
  "content-disposition",
  "content-language",
  "content-type",
  "expires",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-bucket-key-enabled",
  "x-amz-storage-class",
];

/** What would change what an object is; it is refused rather than forgotten. */
const refused: readonly (readonly [RegExp, string])[] = [
  [/^x-amz-tagging$/, "object tags (x-amz-tagging)"],
  [/^x-amz-object-lock-/, "Object Lock (x-amz-object-lock-…)"],
  [/^x-amz-server-side-encryption-customer-/, "encryption with a customer's key (SSE-C)"],
  [/^x-amz-website-redirect-location$/, "website redirects (x-amz-website-redirect-location)"],
  [/^x-amz-write-offset-bytes$/, "appending to objects (x-amz-write-offset-bytes)"],
];

export const metadataPrefix = "x-amz-meta-";
const longestMetadata = 2048;

/** Throws NotImplemented for what is not done here. */
export function keptHeaders(call: Call): Record<string, string> {
  const names = Object.keys(call.headers);
  for (const [pattern, what] of refused) {
    if (names.some((name) => pattern.test(name))) throw notImplemented(what);
  }
  const headers: Record<string, string> = {};
  let size = 0;
  for (const name of names) {
    const value = header(call, name) ?? "";
    if (name.startsWith(metadataPrefix)) size += name.length - metadataPrefix.length + value.length;
    if (kept.includes(name) || name.startsWith(metadataPrefix)) headers[name] = value;
  }
  if (size > longestMetadata) {
    throw new S3Error(
      400,
      "MetadataTooLarge",
      "Your metadata headers exceed the maximum allowed metadata size",
      { Size: `${size}`, MaxSizeAllowed: `${longestMetadata}` },
    );
  }
  const encodings = contentEncodings(call).filter((encoding) => encoding !== "aws-chunked");
  if (encodings.length > 0) headers["content-encoding"] = encodings.join(",");
  return headers;
}

export const contentEncodings = (call: Call): string[] =>
  (header(call, "content-encoding") ?? "")
    .split(",")
    .map((encoding) => encoding.trim())
    .filter((encoding) => encoding !== "");

/** Those of GET and HEAD. */
export function objectHeaders(call: Call, object: StoredObject): Record<string, string> {
  return {
    ...object.headers,
    ...overrides(call),
    ETag: quoted(object.etag),
    "Last-Modified": new Date(object.lastModified).toUTCString(),
    "Accept-Ranges": "bytes",
  };
}

export function checksumHeaders({ checksum }: StoredObject): Record<string, string> {
  if (!checksum) return {};
  return {
    [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value,
    "x-amz-checksum-type": checksum.type,
  };
}

/** `response-content-type=…` in the query has the answer say so. */
function overrides({ query }: Call): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of query) {
    const overridden = /^response-(cache-control|content-[a-z]+|expires)$/.exec(name)?.[1];
    if (overridden === undefined) continue;
    if (/[\r\n]/.test(value)) throw invalidArgument(name, value, "It is no header.");
    headers[overridden] = value;
  }
  return headers;
}
