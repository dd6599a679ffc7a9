/** What keeps parked records in S3. Needs @aws-sdk/client-s3, which Lambda's runtime brings. */
export { type S3ParkingOptions, s3Parking, s3Payloads } from "../park/s3-parking.ts";
