import { type KinesisHandler, kinesisConsumer } from "../kinesis-consumer.ts";
import type { SqlConsumerOptions } from "./options.ts";
import { sqlPlanOf } from "./plan.ts";

/**
 * Makes the handler of a Lambda function that runs an application of Kinesis Analytics' SQL over a stream. Its state is in the progress log, in the same append
 * that names the records: a redelivery, a crash or a cold start counts none twice, and a row comes once, or again under the same id. What the dialect does not
 * have is refused while the module loads: throws SqlError with line, column, and what to write instead.
 *
 * Answers as `kinesisConsumer` does, of which it is one: the mapping needs `ReportBatchItemFailures` and a ParallelizationFactor of 1.
 *
 * @example
 * export const handler = sqlConsumer({
 *   consumer: "ticker",
 *   sql: new URL("./ticker.sql", import.meta.url),
 *   source: { TRADES: { recordColumns: [{ name: "TICKER", sqlType: "VARCHAR(4)" }, { name: "PRICE", sqlType: "REAL" }] } },
 *   partitionKey: { TRADES: "TICKER" },
 *   progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
 *   output: { ALERTS: (rows) => notify(rows.map(({ value }) => value.TICKER)) },
 * });
 */
export function sqlConsumer(options: SqlConsumerOptions): KinesisHandler {
  const window = { rules: { planOf: () => sqlPlanOf(options) } };
  return kinesisConsumer({ window } as never);
}
