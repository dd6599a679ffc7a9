import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
  SubscribeToShardCommand,
} from "@aws-sdk/client-kinesis";
import { expect, onTestFinished, test } from "vitest";
import { shardId } from "../simulated.ts";
import { served } from "./served.ts";

const StreamName = "orders";
const ShardId = shardId(0);

async function client() {
  const { kinesis, server } = await served();
  const sdk = new KinesisClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  onTestFinished(() => sdk.destroy());
  kinesis.createStream({ name: StreamName });
  const { arn: ConsumerARN } = kinesis.registerStreamConsumer({ stream: StreamName, name: "app" });
  const shardIterator = () =>
    kinesis.getShardIterator({ stream: StreamName, shardId: ShardId, type: "TRIM_HORIZON" });
  const held = () => kinesis.getRecords({ shardIterator: shardIterator() }).records.length;
  return { sdk, ConsumerARN, shardIterator, held };
}

const data = (bytes: number) => ({ PartitionKey: "a", Data: new Uint8Array(bytes) });
const DryRun = true;

test("what is tried with DryRun says that it would have succeeded, and does nothing", async () => {
  const { sdk, ConsumerARN, shardIterator, held } = await client();
  for (const sent of [
    sdk.send(new PutRecordCommand({ StreamName, ...data(1), DryRun })),
    sdk.send(new PutRecordsCommand({ StreamName, Records: [data(1), data(2)], DryRun })),
    sdk.send(new GetRecordsCommand({ ShardIterator: shardIterator(), DryRun })),
    sdk.send(
      new GetShardIteratorCommand({ StreamName, ShardId, ShardIteratorType: "LATEST", DryRun }),
    ),
    sdk.send(
      new SubscribeToShardCommand({
        ConsumerARN,
        ShardId,
        StartingPosition: { Type: "LATEST" },
        DryRun,
      }),
    ),
  ]) {
    await expect(sent).rejects.toMatchObject({ name: "DryRunOperationException" });
  }
  expect(held()).toBe(0);
});

test("what would have failed fails with DryRun as without", async () => {
  const { sdk, held } = await client();
  const refused = (name: string) => expect.objectContaining({ name });
  const large = data(1024 * 1024 + 1);
  await expect(sdk.send(new PutRecordCommand({ StreamName, ...large, DryRun }))).rejects.toEqual(
    refused("ValidationException"),
  );
  await expect(
    sdk.send(new PutRecordsCommand({ StreamName, Records: [data(1), large], DryRun })),
  ).rejects.toEqual(refused("ValidationException"));
  await expect(
    sdk.send(new PutRecordCommand({ StreamName: "none", ...data(1), DryRun })),
  ).rejects.toEqual(refused("ResourceNotFoundException"));
  expect(held()).toBe(0);
});

test("DryRun false is a request like any other", async () => {
  const { sdk, held } = await client();
  await sdk.send(new PutRecordCommand({ StreamName, ...data(1), DryRun: false }));
  await sdk.send(new PutRecordsCommand({ StreamName, Records: [data(1)], DryRun: false }));
  expect(held()).toBe(2);
});
