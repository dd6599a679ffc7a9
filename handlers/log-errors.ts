import { cloudWatchLogs, commitWith, kinesisConsumer } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";

/** Counts the errors in the log groups whose subscription sends them to the stream, hour by hour. */
export const handler = kinesisConsumer({
  consumer: "log-errors",
  decode: cloudWatchLogs(),
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  process({ logGroup, logEvents }) {
    const errors = logEvents.filter(({ message }) => message.includes("ERROR"));
    if (errors.length === 0) return;
    const hours = [...Map.groupBy(errors, ({ timestamp }) => hourOf(timestamp))];
    return commitWith(
      ...hours.map(([hour, { length }]) => ({
        Update: {
          TableName: process.env.ERRORS_TABLE,
          Key: { logGroup, hour },
          UpdateExpression: "ADD errors :errors",
          ExpressionAttributeValues: { ":errors": length },
        },
      })),
    );
  },
});

const hourOf = (timestamp: number) => new Date(timestamp).toISOString().slice(0, 13);
