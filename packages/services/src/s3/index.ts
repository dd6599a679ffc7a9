/** S3 on this machine's disk, and as a server. */
export type { Bucket } from "./bucket.ts";
export { S3Error } from "./error.ts";
export type { StoredObject } from "./object.ts";
export { createS3, type S3, type S3Options } from "./s3.ts";
export { type S3ServerOptions, serveS3 } from "./server.ts";
