import { kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { billing } from "./billing.ts";

/** Both are in the table that the variable PROGRESS_TABLE names. */
export const handler = kinesisConsumer({
  ...billing,
  progress: dynamodbProgress(),
  park: dynamodbParking(),
});
