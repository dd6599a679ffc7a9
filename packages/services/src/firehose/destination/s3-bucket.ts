/** A bucket behind an S3 client: AWS's, or of anything that speaks its protocol. */
import type { DeliveryBucket } from "./bucket.ts";

/** What of `S3` from `@aws-sdk/client-s3` is needed. */
export interface PutsObjects {
  putObject(input: {
    Bucket: string;
    Key: string;
    Body: Uint8Array;
    ContentType: string;
    ContentEncoding?: string;
  }): Promise<unknown>;
}

/**
 * A bucket that delivers through an S3 client: to `createS3Server`, or to any other S3.
 *
 * @example
 * const s3 = new S3({ endpoint: "http://127.0.0.1:9000", forcePathStyle: true });
 * const bucket = s3Bucket(s3, "orders-archive");
 */
export function s3Bucket(s3: PutsObjects, name: string): DeliveryBucket {
  return {
    async put(key, bytes, { contentType, contentEncoding }) {
      await s3.putObject({
        Bucket: name,
        Key: key,
        Body: bytes,
        ContentType: contentType,
        ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
      });
    },
  };
}
