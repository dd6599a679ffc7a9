import { json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { parquet, s3Sink } from "shardmill/sinks";
import { z } from "zod";

const Order = z.object({
  id: z.string(),
  account: z.string(),
  cents: z.int().positive(),
  currency: z.string(),
});
type Order = z.infer<typeof Order>;

const tableName = process.env.PROGRESS_TABLE;

const day = (time: number) => new Date(time).toISOString().slice(0, "yyyy-mm-dd".length);

/** Archives orders as Parquet, by the day on which they arrived: each in one file, and once. */
export const handler = kinesisConsumer({
  consumer: "orders-to-parquet",
  decode: json(Order),
  order: "none",
  progress: dynamodbProgress({ tableName }),
  park: dynamodbParking({ tableName }),
  maxItems: 10_000,
  processBatch: s3Sink<Order, Readonly<Record<string, unknown>>>({
    bucket: process.env.ARCHIVE_BUCKET,
    name: "orders",
    prefix: (_, { approximateArrivalTimestamp }) =>
      `orders/day=${day(approximateArrivalTimestamp)}/`,
    row: (order, { approximateArrivalTimestamp }) => ({
      ...order,
      arrived_at: approximateArrivalTimestamp,
    }),
    format: parquet({
      columns: {
        id: "string",
        account: "string",
        cents: "bigint",
        currency: "string",
        arrived_at: "timestamp",
      },
    }),
  }),
});
