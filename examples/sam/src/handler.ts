import { commitWith, json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { z } from "zod";

const Order = z.object({ id: z.string(), customer: z.string(), total: z.number() });

/** Adds each order to what its customer owes: in one transaction with the progress, so once, whatever dies when. */
export const handler = kinesisConsumer({
  consumer: "accounts",
  decode: json(Order),
  // Two records with one id are one order: a producer that had no reply puts it again.
  uniqueId: (order) => order.id,
  // Both are in the table that the variable PROGRESS_TABLE names.
  progress: dynamodbProgress(),
  park: dynamodbParking(),
  // Then the order is parked, and its shard moves on. `shardmill redrive` brings it back.
  maxAttempts: 5,
  process: ({ customer, total }) =>
    commitWith({
      Update: {
        TableName: process.env.ACCOUNTS_TABLE,
        Key: { customer },
        UpdateExpression: "ADD orders :one, owed :total",
        ExpressionAttributeValues: { ":one": 1, ":total": total },
      },
    }),
});
