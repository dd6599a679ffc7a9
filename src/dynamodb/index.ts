/** What keeps its state in DynamoDB. Needs @aws-sdk/client-dynamodb and @aws-sdk/lib-dynamodb, which Lambda's runtime brings. */

export type { CommandSender } from "../clients/command-sender.ts";
export { dynamodbParking } from "../park/dynamodb-parking.ts";
export { type DynamodbIdsOptions, dynamodbIds } from "../progress/dynamodb-ids.ts";
export { dynamodbProgress } from "../progress/dynamodb-store.ts";
export type { DocumentClientOptions } from "./client.ts";
