import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { json } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { sqlConsumer } from "shardmill/sql";
import * as v from "valibot";

const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient({}));

const Flight = v.object({
  id: v.string(),
  origin: v.string(),
  date: v.pipe(
    v.string(),
    v.transform((date) => `${date.replaceAll("/", "-")}:00`),
  ),
  delay: v.number(),
});

/** The same flights, counted by departures.sql. A row is put under its own id, so that one that comes again changes nothing. */
export const handler = sqlConsumer({
  consumer: "departures",
  sql: new URL("./departures.sql", import.meta.url),
  source: {
    FLIGHTS: {
      decode: json(Flight),
      recordColumns: [
        { name: "ORIGIN", sqlType: "VARCHAR(4)", mapping: "$.origin" },
        { name: "DEPARTURE", sqlType: "TIMESTAMP", mapping: "$.date" },
        { name: "DELAY", sqlType: "INTEGER", mapping: "$.delay" },
      ],
    },
  },
  uniqueId: (flight) => (flight as v.InferOutput<typeof Flight>).id,
  partitionKey: { FLIGHTS: "ORIGIN" },
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  output: {
    async DEPARTURES(rows) {
      const failed: { record: (typeof rows)[number]; error: unknown }[] = [];
      for (let at = 0; at < rows.length; at += 25) {
        const some = rows.slice(at, at + 25);
        const puts = some.map(({ idempotencyKey, value }) => ({
          PutRequest: { Item: { airport: idempotencyKey, ...value } },
        }));
        const RequestItems = { [process.env.COUNTS_TABLE!]: puts };
        try {
          const { UnprocessedItems = {} } = await dynamodb.send(
            new BatchWriteCommand({ RequestItems }),
          );
          if (Object.keys(UnprocessedItems).length > 0) throw new Error("Not all were put.");
        } catch (error) {
          for (const record of some) failed.push({ record, error });
        }
      }
      return { failed };
    },
  },
});
