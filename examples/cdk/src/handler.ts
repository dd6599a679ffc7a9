import { kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { invoices } from "./invoices.ts";

/** Both are in the table that the variable PROGRESS_TABLE names. */
export const handler = kinesisConsumer({
  ...invoices,
  progress: dynamodbProgress(),
  park: dynamodbParking(),
});
