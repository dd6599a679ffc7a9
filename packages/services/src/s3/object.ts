/** Objects: what is known of one besides its bytes. */
import type { Checksum } from "./checksum.ts";

/** What is known of an object of the local S3 besides its bytes. */
export interface StoredObject {
  readonly key: string;
  /** In bytes. */
  readonly size: number;
  /** Without quotes: the MD5 of the content, or of the parts' MD5s and `-` and their number. */
  readonly etag: string;
  /** Epoch milliseconds. */
  readonly lastModified: number;
  /** Those that go back with the object, in lower case: `content-type`, `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly checksum?: Checksum | undefined;
}

/** What is kept beside the file: of the object, and of the file that it was true of. */
export interface Sidecar {
  readonly object: StoredObject;
  readonly file: { readonly size: number; readonly mtimeMs: number };
}

/** Of files that were put into a bucket's folder by hand, and of objects without a type. */
export const defaultHeaders = { "content-type": "binary/octet-stream" };
