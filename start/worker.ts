/** One of the three workers of `npm start -- --worker`: the flights where there is no Lambda. */
import { commitWith, json, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { runWorker } from "shardmill/worker";
import { Flight } from "../handlers/departures.ts";

/** A flight's count and the entry that says that it is done are one transaction: a worker that is killed repeats none. */
const handler = kinesisConsumer({
  consumer: "departures",
  decode: json(Flight),
  uniqueId: (flight) => flight.id,
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  process: ({ origin, delay }) =>
    commitWith({
      Update: {
        TableName: process.env.COUNTS_TABLE,
        Key: { airport: origin },
        UpdateExpression: "ADD flights :one, delay :delay",
        ExpressionAttributeValues: { ":one": 1, ":delay": delay },
      },
    }),
});

const worker = runWorker(handler, {
  application: "departures",
  stream: "flights",
  failoverMs: 3_000,
});
process.once("SIGTERM", () => worker.stop());
await worker.done;
