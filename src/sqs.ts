/**
 * What sends parked records to SQS. Needs @aws-sdk/client-sqs, which Lambda's runtime brings.
 *
 * @module shardmill/sqs
 */

import { parking } from "./consumer/parking/parking.ts";
import type { Parking } from "./park/parking.ts";
import { type SqsParkingOptions, sqsParkedItems } from "./park/sqs-parking.ts";

export type { SqsParkingOptions } from "./park/sqs-parking.ts";

/**
 * Sends each parked record to a queue, as JSON with the payload in base64. A queue cannot be
 * asked what is in it: a record that is parked twice is two messages with one `id` (a FIFO queue drops
 * the second within five minutes), of which a redrive brings back the first and deletes both. Nothing confirms a message, so
 * whoever takes it should look into the log first. The role needs sqs:SendMessage.
 *
 * A queue keeps a message for 4 days, or its MessageRetentionPeriod of 14 at the most: what is not redriven by then is gone.
 *
 * @example
 * kinesisConsumer({ consumer: "billing", progress, park: sqsParking({ queueUrl: process.env.PARKED_URL }), maxAttempts: 5, process });
 */
export const sqsParking = (options: SqsParkingOptions): Parking => parking(sqsParkedItems(options));
