/**
 * What keeps its state in DynamoDB. Needs @aws-sdk/client-dynamodb and @aws-sdk/lib-dynamodb, which Lambda's runtime brings.
 *
 * @module shardmill/dynamodb
 */

import type { DocumentClientOptions } from "./aws/dynamodb/client.ts";
import { parking } from "./consumer/parking/parking.ts";
import { progressStore } from "./consumer/progress/progress-store.ts";
import { type DynamodbParkingOptions, dynamodbParkedItems } from "./park/dynamodb-parking.ts";
import type { Parking } from "./park/parking.ts";
import { dynamodbEntries } from "./progress/dynamodb-store.ts";
import type { ProgressStore } from "./progress/store.ts";

export type { CommandSender } from "./aws/command-sender.ts";
export type { DocumentClientOptions } from "./aws/dynamodb/client.ts";
export type { DynamodbParkingOptions } from "./park/dynamodb-parking.ts";
export { type DynamodbIdsOptions, dynamodbIds } from "./progress/dynamodb-ids.ts";
export { dynamodbCheckpoints } from "./video/consumer/dynamodb-checkpoints.ts";
export { type DynamodbVisitsOptions, dynamodbVisits } from "./video/inference/dynamodb-visits.ts";

/**
 * Progress in a DynamoDB table with the key `pk` (S), `sk` (S) and TTL on `expiresAt`. One entry
 * is one item:
 *
 * ```json
 * { "pk": "departures#us-east-1:123456789012:flights#1767225600#shardId-000000000000",
 *   "sk": "000000000042",
 *   "first": "4967…0146", "last": "4967…2210.17", "through": "4967…2210.17",
 *   "names": "<16 bytes for each record that is done>", "arrivals": "<a few bytes>",
 *   "open": { "4967…2214": [2, 1767225671123, "SFO"] },
 *   "at": 1767225672001, "writer": "us-east-1:123456789012:departures",
 *   "token": "9f…", "v": 1, "expiresAt": 1768003272 }
 * ```
 *
 * The client comes from the environment, as any AWS SDK client, unless one is given. The
 * function's role needs dynamodb:Query, PutItem, BatchGetItem (and, with `commitWith`, what its
 * writes need) on the table, and with `uniqueId` kinesis:ListShards on the stream.
 */
export const dynamodbProgress = (options: DocumentClientOptions = {}): ProgressStore =>
  progressStore(dynamodbEntries(options));

/**
 * Parks records in a DynamoDB table with the key `pk` (S), `sk` (S) and TTL on `expiresAt`: the
 * progress table will do. All parked records of a consumer stand under one partition key:
 *
 * ```json
 * { "pk": "departures#parked",
 *   "sk": "us-east-1:123456789012:flights#shardId-000000000000#4967…2214.3",
 *   "state": "parked", "data": "<the payload>", "partitionKey": "SFO", "attempts": 5,
 *   "error": { "name": "TypeError", "message": "…" }, "expiresAt": 1775001600 }
 * ```
 *
 * `state` becomes `confirmed` once the log says that the record is parked; `redriving` while
 * `shardmill redrive` has it, under `redriveToken` until `heldUntil`; and `redriven`. `parkedAgain` counts the
 * later parkings.
 */
export const dynamodbParking = (options: DynamodbParkingOptions = {}): Parking =>
  parking(dynamodbParkedItems(options));
