import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import type { CommandSender } from "../aws/command-sender.ts";
import { givenClient, givenPrefix, givenText } from "../aws/given.ts";
import { s3Limits } from "../aws/store-limits.ts";
import { atPlace } from "../observe/at-place.ts";
import { formatErrorObject } from "./error-objects.ts";
import type { Overflow, OverflowContext, OverflowRecord } from "./overflow.ts";

/** Room for a time, the name of a stream (64) and the id of an invocation (36), twice over. */
const longestPrefix = s3Limits.key - 300;

/** What `s3Overflow` takes: where payloads go that the answer has no room for. */
export interface S3OverflowOptions {
  readonly bucket: string | undefined;
  /** Stands before every key. @default "processing-failed/" */
  readonly prefix?: string;
  /** Your own client. @default one from the environment */
  readonly client?: CommandSender;
}

/**
 * Writes records that have no room in the answer into a bucket, as Firehose writes those that failed: one line of
 * JSON each, with the payload as it came in `rawData`. To put that back is to try it again. One object an
 * invocation; its key depends on the invocation alone, so that a batch which is tried again leaves one.
 * The role needs s3:PutObject on the prefix.
 *
 * @example
 * firehoseTransform({ decode: json(), transform, overflow: s3Overflow({ bucket: process.env.OVERFLOW_BUCKET }) });
 */
export function s3Overflow({
  bucket: givenBucket,
  prefix = "processing-failed/",
  client,
}: S3OverflowOptions): Overflow {
  const bucket = givenText(givenBucket, "bucket", "s3Overflow");
  givenPrefix(prefix, longestPrefix, "s3Overflow");
  const s3 = givenClient(client, "s3Overflow: client", "S3Client") ?? new S3Client({});
  return {
    async take(records, context) {
      const put = new PutObjectCommand({
        Bucket: bucket,
        Key: `${prefix}${keyOf(context)}`,
        Body: records.map((record) => formatErrorObject(errorOf(record, context))).join(""),
        ContentType: "application/octet-stream",
      });
      try {
        await s3.send(put);
      } catch (error) {
        throw atPlace(error, `s3Overflow: s3://${bucket}/${prefix}`);
      }
    },
  };
}

/** As Firehose names its objects: `yyyy/MM/dd/HH/<stream>-yyyy-MM-dd-HH-mm-ss-<id>`, by the arrival of the batch. */
function keyOf({ arrival, deliveryStreamName, invocationId }: OverflowContext): string {
  const [year, month, day, hour, ...rest] = new Date(arrival).toISOString().split(/[^0-9]/);
  const time = [year, month, day, hour, ...rest.slice(0, 2)].join("-");
  const id = String(invocationId).replaceAll(/[^\w.-]/g, "-");
  return `${year}/${month}/${day}/${hour}/${deliveryStreamName}-${time}-${id}`;
}

function errorOf(
  { approximateArrivalTimestamp, data, reason }: OverflowRecord,
  { arrival, functionArn, runtime }: OverflowContext,
) {
  return {
    rawData: data,
    errorCode: "Shardmill.ResponseTooLarge",
    errorMessage: reason,
    attemptsMade: 1,
    arrivalTimestamp: Number.isNaN(approximateArrivalTimestamp)
      ? arrival
      : approximateArrivalTimestamp,
    attemptEndingTimestamp: runtime.clock.now(),
    lambdaArn: functionArn,
  };
}
