/** Receives the body of PutObject and UploadPart, and checks all that the request says of it. */
import { rm } from "node:fs/promises";
import { awsChunked, incomplete } from "../aws-chunked.ts";
import { type ChecksumAlgorithm, checksumAlgorithms } from "../checksum.ts";
import { invalidArgument, notImplemented, S3Error } from "../error.ts";
import type { Received } from "../received.ts";
import { type Call, header } from "./call.ts";
import { contentEncodings } from "./headers.ts";

export interface ReceivedBody {
  readonly received: Received;
  /** The one that the request names, which was found to be right. */
  readonly algorithm: ChecksumAlgorithm | undefined;
}

const checksumPrefix = "x-amz-checksum-";
/** Not a checksum: what kind of one. */
const notChecksums = new Set(["algorithm", "type", "mode"]);

/**
 * The file that comes back is the caller's to rename or to delete. `algorithm` is computed besides
 * those that the request names.
 */
export async function receiveBody(call: Call, also?: ChecksumAlgorithm): Promise<ReceivedBody> {
  const contentSha256 = header(call, "x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD";
  const isChunked =
    contentSha256.startsWith("STREAMING-") || contentEncodings(call).includes("aws-chunked");
  checkLength(call, isChunked);
  const expected = new Map(Object.entries(namedChecksums(call)));
  const trailers = trailerNames(call);
  const algorithms = [...expected.keys(), ...trailers].map(algorithmOf);
  if (also && !algorithms.includes(also)) algorithms.push(also);
  const body = isChunked
    ? awsChunked(call.body, (name, value) => {
        if (trailers.includes(name.slice(checksumPrefix.length))) {
          expected.set(name.slice(checksumPrefix.length), value);
        }
      })
    : call.body;
  const sha256 = /^[\da-f]{64}$/.test(contentSha256);
  const received = await call.s3.receive(body, { algorithms, sha256 });
  try {
    checkDigests(call, received, sha256 ? contentSha256 : undefined);
    checkSize(call, received, isChunked);
    for (const [name, value] of expected) checkChecksum(received, algorithmOf(name), value);
    if (trailers.some((name) => !expected.has(name))) throw incomplete();
  } catch (error) {
    await rm(received.path, { force: true });
    throw error;
  }
  return { received, algorithm: algorithms[0] };
}

/** S3 wants to know beforehand how long a body is. */
function checkLength(call: Call, isChunked: boolean): void {
  const decoded = header(call, "x-amz-decoded-content-length");
  if (isChunked ? decoded !== undefined : call.headers["content-length"] !== undefined) return;
  if (header(call, "transfer-encoding") === undefined && !isChunked) return;
  throw new S3Error(
    411,
    "MissingContentLength",
    "You must provide the Content-Length HTTP header.",
  );
}

function checkSize(call: Call, { size }: Received, isChunked: boolean): void {
  if (!isChunked) return;
  if (Number(header(call, "x-amz-decoded-content-length")) !== size) throw incomplete();
}

function namedChecksums({ headers }: Call): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const algorithm = name.slice(checksumPrefix.length);
    if (!name.startsWith(checksumPrefix) || notChecksums.has(algorithm)) continue;
    found[algorithm] = String(value);
  }
  return found;
}

const trailerNames = (call: Call): string[] =>
  (header(call, "x-amz-trailer") ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name.startsWith(checksumPrefix))
    .map((name) => name.slice(checksumPrefix.length));

export function algorithmOf(name: string): ChecksumAlgorithm {
  const algorithm = name.toUpperCase();
  if (checksumAlgorithms.has(algorithm)) return algorithm as ChecksumAlgorithm;
  throw notImplemented(`the checksum ${algorithm}; it has ${[...checksumAlgorithms].join(", ")}`);
}

function checkChecksum(received: Received, algorithm: ChecksumAlgorithm, value: string): void {
  const { length } = Buffer.from(value, "base64");
  const found = received.checksums.get(algorithm)!;
  if (length !== Buffer.from(found, "base64").length) {
    throw new S3Error(
      400,
      "InvalidRequest",
      `Value for ${checksumPrefix}${algorithm.toLowerCase()} header is invalid.`,
    );
  }
  if (found === value) return;
  throw new S3Error(
    400,
    "BadDigest",
    `The ${algorithm} you specified did not match the calculated checksum.`,
  );
}

function checkDigests(call: Call, { md5, sha256 }: Received, contentSha256?: string): void {
  if (contentSha256 !== undefined && contentSha256 !== sha256) {
    throw new S3Error(
      400,
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { ClientComputedContentSHA256: contentSha256, S3ComputedContentSHA256: sha256! },
    );
  }
  const contentMd5 = header(call, "content-md5");
  if (contentMd5 === undefined) return;
  const given = Buffer.from(contentMd5, "base64");
  if (given.length !== 16) {
    throw new S3Error(400, "InvalidDigest", "The Content-MD5 you specified was invalid.", {
      "Content-MD5": contentMd5,
    });
  }
  if (given.toString("hex") === md5) return;
  throw new S3Error(
    400,
    "BadDigest",
    "The Content-MD5 you specified did not match what we received.",
    { ExpectedDigest: contentMd5, CalculatedDigest: Buffer.from(md5, "hex").toString("base64") },
  );
}

/** Checks `partNumber`. */
export function partNumberOf({ query }: Call): number {
  const value = query.get("partNumber") ?? "";
  const number = Number(value);
  if (/^\d{1,5}$/.test(value) && number >= 1 && number <= 10_000) return number;
  throw invalidArgument(
    "partNumber",
    value,
    "Part number must be an integer between 1 and 10000, inclusive",
  );
}
