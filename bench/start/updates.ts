/** `fork(…, [endpoint, count])`: so many updates of a counter, one after the other, as handlers/departures.ts makes them. */
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, UpdateCommand } from "@aws-sdk/lib-dynamodb";

const [endpoint, count] = process.argv.slice(2) as [string, string];
const dynamodb = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  }),
);
for (let left = Number(count); left > 0; left--) {
  await dynamodb.send(
    new UpdateCommand({
      TableName: "counts",
      Key: { airport: "JFK" },
      UpdateExpression: "ADD flights :one, delay :delay",
      ExpressionAttributeValues: { ":one": 1, ":delay": left % 60 },
    }),
  );
}
dynamodb.destroy();
