/** Queues, topics and buckets with the AWS CLI, where it is installed. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { serveS3 } from "../../packages/services/src/s3/index.ts";
import { createSns, serveSns } from "../../packages/services/src/sns/index.ts";
import { createSqs, serveSqs } from "../../packages/services/src/sqs/index.ts";
import { temporaryDirectory } from "../local/kinesis/durable/directory.ts";
import { awsCli } from "./aws-cli.ts";
import { missingAwsCli } from "./missing.ts";

const missing = missingAwsCli();

test.skipIf(missing)("the AWS CLI sends to a queue through a topic, and receives", async () => {
  const sqs = createSqs();
  const queues = await serveSqs({ sqs });
  const topics = await serveSns({ sns: createSns({ sqs }) });
  const aws = awsCli(queues.endpoint);
  const sns = awsCli(topics.endpoint);
  const { QueueUrl } = await aws("sqs", "create-queue", "--queue-name", "orders");
  const queue = ["--queue-url", QueueUrl];
  const { Attributes } = await aws(
    "sqs",
    "get-queue-attributes",
    ...queue,
    "--attribute-names",
    "All",
  );
  const { TopicArn } = await sns("sns", "create-topic", "--name", "orders");
  const topic = ["--topic-arn", TopicArn];
  await sns(
    ...["sns", "subscribe", ...topic, "--protocol", "sqs"],
    ...["--notification-endpoint", Attributes.QueueArn],
    ...["--attributes", "RawMessageDelivery=true"],
  );
  await sns("sns", "publish", ...topic, "--message", "hello");
  const { Messages } = await aws("sqs", "receive-message", ...queue, "--wait-time-seconds", "1");
  expect(Messages).toMatchObject([{ Body: "hello" }]);
  await aws("sqs", "delete-message", ...queue, "--receipt-handle", Messages[0].ReceiptHandle);
  expect(sqs.queue("orders").attributes().ApproximateNumberOfMessagesNotVisible).toBe("0");
  await expect(aws("sqs", "get-queue-url", "--queue-name", "lost")).rejects.toThrow(
    "(AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation",
  );
  await queues.close();
  await topics.close();
});

test.skipIf(missing)("the AWS CLI puts and gets objects, large ones in parts", async () => {
  const server = await serveS3();
  const aws = awsCli(server.endpoint);
  const folder = temporaryDirectory();
  const large = join(folder, "large");
  const back = join(folder, "back");
  writeFileSync(large, Buffer.alloc(9 * 1024 * 1024, "shardmill "));
  await aws("s3", "mb", "s3://orders");
  await aws("s3", "cp", large, "s3://orders/a b/large+1", "--quiet");
  await aws("s3", "cp", "s3://orders/a b/large+1", back, "--quiet");
  expect(readFileSync(back).equals(readFileSync(large))).toBe(true);
  const { Contents } = await aws("s3api", "list-objects-v2", "--bucket", "orders");
  expect(Contents).toMatchObject([
    { Key: "a b/large+1", Size: 9 * 1024 * 1024, ETag: expect.stringMatching(/-2"$/) },
  ]);
  const key = ["--bucket", "orders", "--key", "a b/large+1"];
  const again = aws("s3api", "put-object", ...key, "--body", large, "--if-none-match", "*");
  await expect(again).rejects.toThrow("PreconditionFailed");
  await server.close();
});
