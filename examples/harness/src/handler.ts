import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import type { KinesisStreamHandler, KinesisStreamRecord } from "aws-lambda";

const processor = new BatchProcessor(EventType.KinesisDataStreams);

async function pay({ kinesis }: KinesisStreamRecord) {
  const { customer, total } = JSON.parse(Buffer.from(kinesis.data, "base64").toString());
  if (total < 0) throw new Error(`${customer} cannot pay ${total}.`);
  console.log(`${customer} pays ${total}`);
}

/** A handler as you may have one: nothing of shardmill is in it. */
export const handler: KinesisStreamHandler = (event, context) =>
  processPartialResponse(event, pay, processor, { context });
