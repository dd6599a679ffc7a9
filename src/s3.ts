/**
 * What keeps parked records, and what Firehose has no room for, in S3. Needs @aws-sdk/client-s3, which Lambda's runtime brings.
 *
 * @module shardmill/s3
 */

import { parking } from "./consumer/parking/parking.ts";
import type { Parking } from "./park/parking.ts";
import { type S3ParkingOptions, s3ParkedItems } from "./park/s3-parking.ts";

export { type S3OverflowOptions, s3Overflow } from "./firehose/s3-overflow.ts";
export { type S3ParkingOptions, s3Payloads } from "./park/s3-parking.ts";

/**
 * Parks each record as one JSON object, with the payload in base64:
 * `<prefix><consumer>/<stream>/<shard>/<position>.json`. Its `state` becomes `confirmed` once the
 * log says that the record is parked, `redriving` while `shardmill redrive` has it, and `redriven` once that has brought it
 * back. The role needs s3:PutObject on the prefix, and s3:GetObject: what an object says decides what may become of it.
 *
 * @example
 * kinesisConsumer({ consumer: "billing", progress, park: s3Parking({ bucket: process.env.PARKED }), maxAttempts: 5, process });
 */
export const s3Parking = (options: S3ParkingOptions): Parking => parking(s3ParkedItems(options));
