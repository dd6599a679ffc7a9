import { dynamodbProgress } from "shardmill/dynamodb";
import { dynamodbSink } from "shardmill/sinks";
import { sqlConsumer } from "shardmill/sql";

/** An application of Kinesis Analytics' SQL, ticker.sql: minutes go into a table, alerts into the log, each once. */
export const handler = sqlConsumer({
  consumer: "ticker",
  sql: new URL("./ticker.sql", import.meta.url),
  source: {
    TRADES: {
      recordColumns: [
        { name: "TICKER", sqlType: "VARCHAR(8)", mapping: "$.ticker" },
        { name: "PRICE", sqlType: "DOUBLE", mapping: "$.price" },
      ],
    },
  },
  partitionKey: { TRADES: "TICKER" },
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  output: {
    PER_MINUTE: dynamodbSink({
      tableName: process.env.MINUTES_TABLE,
      key: ["TICKER", "START_OF"],
    }),
    ALERTS(rows) {
      for (const { idempotencyKey, value } of rows)
        console.warn(JSON.stringify({ alert: idempotencyKey, ...value }));
    },
  },
});
