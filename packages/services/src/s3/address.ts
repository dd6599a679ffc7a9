/** Which bucket and which key a URL names, in either style. */
import { S3Error } from "./error.ts";

export interface Address {
  /** What of the host is the server's own name. */
  readonly host: string;
  /** "": none. */
  readonly bucketName: string;
  /** "": none. */
  readonly key: string;
}

/** Names under which the server is asked in either style, besides those in its options. */
const ownNames = ["s3.localhost", "localhost"];

/**
 * Path style is `http://127.0.0.1:4566/bucket/key`, virtual host style `http://bucket.localhost:4566/key`.
 * Throws InvalidURI and KeyTooLongError.
 */
export function addressOf(authority: string, path: string, hosts: readonly string[]): Address {
  const name = authority.replace(/:\d*$/, "").toLowerCase();
  const own = [...hosts, ...ownNames].find((host) => name === host || name.endsWith(`.${host}`));
  const parts = path.replace(/^\//, "");
  if (own !== undefined && name !== own) {
    const bucketName = name.slice(0, -own.length - 1);
    return { host: own, bucketName, key: keyOf(parts) };
  }
  const slash = parts.indexOf("/");
  return {
    host: authority,
    bucketName: decoded(slash < 0 ? parts : parts.slice(0, slash)),
    key: slash < 0 ? "" : keyOf(parts.slice(slash + 1)),
  };
}

const longestKey = 1024;

function keyOf(encoded: string): string {
  const key = decoded(encoded);
  const size = Buffer.byteLength(key);
  if (size <= longestKey) return key;
  throw new S3Error(400, "KeyTooLongError", "Your key is too long", {
    Size: `${size}`,
    MaxSizeAllowed: `${longestKey}`,
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error(400, "InvalidURI", "Couldn't parse the specified URI.", { URI: text });
  }
}
