import { commitWith, json, kinesisConsumer, NonRetryableError } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { z } from "zod";

const Order = z.object({
  id: z.string(),
  account: z.string(),
  cents: z.int().positive(),
  currency: z.string(),
});

const tableName = process.env.PROGRESS_TABLE;

/** Adds each order to its account's balance: in one transaction with the progress, so once, whatever dies when. */
export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json(Order),
  uniqueId: (order) => order.id,
  progress: dynamodbProgress({ tableName }),
  park: dynamodbParking({ tableName }),
  maxAttempts: 5,
  parkAfterInSeconds: 60,
  process({ id, account, cents, currency }) {
    if (currency !== "EUR")
      throw new NonRetryableError(`Order ${id} is in ${currency}, not in EUR.`);
    return commitWith({
      Update: {
        TableName: process.env.ACCOUNTS_TABLE,
        Key: { account },
        UpdateExpression: "ADD orders :one, cents :cents",
        ExpressionAttributeValues: { ":one": 1, ":cents": cents },
      },
    });
  },
});
