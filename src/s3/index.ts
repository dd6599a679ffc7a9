/** What keeps parked records, and what Firehose has no room for, in S3. Needs @aws-sdk/client-s3, which Lambda's runtime brings. */
export { type S3OverflowOptions, s3Overflow } from "../firehose/s3-overflow.ts";
export { type S3ParkingOptions, s3Parking, s3Payloads } from "../park/s3-parking.ts";
