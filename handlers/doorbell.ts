import { kinesisConsumer } from "shardmill";
import { dynamodbProgress, dynamodbVisits } from "shardmill/dynamodb";
import { notifyOnce, rekognition } from "shardmill/video";

/** Logs who is at the door, once a visit: by Rekognition's results, or anybody's `{ camera, at, label, confidence }`. */
export const handler = kinesisConsumer({
  consumer: "doorbell",
  decode: rekognition(),
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  process: notifyOnce({
    visits: dynamodbVisits({ tableName: process.env.PROGRESS_TABLE }),
    quietSeconds: 60,
    // Where notifications go: a topic of SNS, an app, a bell.
    notify: ({ camera, label, at }) =>
      console.log(`${new Date(at * 1000).toISOString()}: ${label} is at the ${camera}.`),
  }),
});
