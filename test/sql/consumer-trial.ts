/** A consumer of SQL on the stream of the windows' trials: sales by key. */
import type { ProgressStore } from "shardmill";
import type { RowHead } from "shardmill/windows";
import {
  type OutputRow,
  type SqlConsumerOptions,
  type SqlOutput,
  sqlConsumer,
} from "../../src/sql.ts";

/** A row as it came out. */
export interface Came extends RowHead {
  readonly stream: string;
  readonly row: OutputRow;
}

export const source = {
  SALES: {
    recordColumns: [
      { name: "K", sqlType: "VARCHAR(16)", mapping: "$.key" },
      { name: "PRICE", sqlType: "DOUBLE", mapping: "$.price" },
      { name: "BUYER", sqlType: "VARCHAR(8)", mapping: "$.user" },
    ],
  },
};

type Give = (row: RowHead) => Promise<void>;

/** Rows are given one by one; one that fails is named. */
export const giver = (stream: string, give: Give): SqlOutput<any> => {
  const output: SqlOutput<any> = async (rows) => {
    const failed: { record: (typeof rows)[number]; error: unknown }[] = [];
    for (const record of rows) {
      const came = {
        ...{ id: record.idempotencyKey, key: record.record.partitionKey, start: 0 },
        ...{ end: record.record.approximateArrivalTimestamp, stream, row: record.value },
      };
      await give(came).catch((error) => failed.push({ record, error }));
    }
    return { failed };
  };
  return output;
};

/** All streams of the application go out. */
export const consumerOf =
  (sql: string, streams: readonly string[], more: Partial<SqlConsumerOptions> = {}) =>
  (progress: ProgressStore, give: Give) =>
    sqlConsumer({
      ...{ consumer: "totals", metrics: false, sql, source, progress },
      partitionKey: { SALES: "K" },
      output: Object.fromEntries(streams.map((stream) => [stream, giver(stream, give)])),
      errors: giver("errors", give),
      ...more,
    } as SqlConsumerOptions);
