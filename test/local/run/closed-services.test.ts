import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import {
  closedServices,
  type RefusedCall,
} from "../../../packages/local/src/run/closed-services.ts";
import { after } from "../../ending.ts";

const calls = {
  "dynamodb ListTables": (c: object) => new DynamoDBClient(c).send(new ListTablesCommand({})),
  "kinesis ListStreams": (c: object) => new KinesisClient(c).send(new ListStreamsCommand({})),
  "sns ListTopics": (c: object) => new SNSClient(c).send(new ListTopicsCommand({})),
  "sqs ListQueues": (c: object) => new SQSClient(c).send(new ListQueuesCommand({})),
  "s3 GET /": (c: object) => new S3Client(c).send(new ListBucketsCommand({})),
};

test.each(Object.entries(calls))("%s is refused by name, once", async (name, send) => {
  const refused: RefusedCall[] = [];
  const closed = await closedServices((call) => refused.push(call));
  after(closed.close);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const error: Error = await send({
    endpoint: closed.endpoint,
    region: "us-east-1",
    credentials,
  }).then(
    () => new Error("it answered"),
    (error) => error,
  );
  expect(error.name).toBe("NotOnThisMachine");
  expect(error.message).toContain(
    `${name} was not sent: that service does not run on this machine`,
  );
  expect(refused.map(({ service, operation }) => `${service} ${operation}`)).toEqual([name]);
});
