/** What sends parked records to SQS. Needs @aws-sdk/client-sqs, which Lambda's runtime brings. */
export { type SqsParkingOptions, sqsParking } from "../park/sqs-parking.ts";
