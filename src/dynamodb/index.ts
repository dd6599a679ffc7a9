/** What keeps its state in DynamoDB. Needs @aws-sdk/client-dynamodb and @aws-sdk/lib-dynamodb, which Lambda's runtime brings. */
export { dynamodbParking } from "../park/dynamodb-parking.ts";
export { type DynamodbIdsOptions, dynamodbIds } from "../progress/dynamodb-ids.ts";
export { dynamodbProgress } from "../progress/dynamodb-store.ts";
export type { CommandSender, DocumentClientOptions } from "./client.ts";
