import { commitWith, json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { count, sum, tumbling } from "shardmill/windows";
import * as v from "valibot";

const Flight = v.object({ id: v.string(), origin: v.string(), delay: v.number() });
type Flight = v.InferOutput<typeof Flight>;

/**
 * How many flights leave each airport in ten minutes, and how late they are together. Flights of one airport may come through several
 * shards, and each shard has a row of its own: they are added up in the table, in one transaction with the progress, so each once.
 */
export const handler = kinesisConsumer({
  consumer: "delays",
  decode: json(Flight),
  uniqueId: (flight) => flight.id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  window: tumbling(
    { seconds: 600 },
    {
      key: (flight: Flight) => flight.origin,
      aggregate: { flights: count<Flight>(), delay: sum((flight: Flight) => flight.delay) },
    },
  ),
  process: ({ key, start, flights, delay }) =>
    commitWith({
      Update: {
        TableName: process.env.DELAYS_TABLE,
        Key: { airport: key, start: new Date(start).toISOString() },
        UpdateExpression: "ADD flights :flights, delay :delay",
        ExpressionAttributeValues: { ":flights": flights, ":delay": delay },
      },
    }),
});
