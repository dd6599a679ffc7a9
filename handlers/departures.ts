import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import * as v from "valibot";

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

export const Flight = v.object({ id: v.string(), origin: v.string(), delay: v.number() });

/** Adds a flight to the count and the delay of the airport that it leaves from. */
export async function countFlight({ origin, delay }: v.InferOutput<typeof Flight>) {
  await dynamodb.send(
    new UpdateCommand({
      TableName: process.env.COUNTS_TABLE,
      Key: { airport: origin },
      UpdateExpression: "ADD flights :one, delay :delay",
      ExpressionAttributeValues: { ":one": 1, ":delay": delay },
    }),
  );
}

export const handler = kinesisConsumer({
  consumer: "departures",
  decode: json(Flight),
  uniqueId: (flight) => flight.id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  process: countFlight,
});
