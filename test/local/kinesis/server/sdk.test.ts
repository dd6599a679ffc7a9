/** The AWS SDK for JavaScript, as it comes: with nothing but an endpoint. */
import {
  AddTagsToStreamCommand,
  CreateStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  ListTagsForStreamCommand,
  PutRecordCommand,
  PutRecordsCommand,
  paginateListStreams,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
  SubscribeToShardCommand,
  waitUntilStreamExists,
} from "@aws-sdk/client-kinesis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKinesis } from "../../../../packages/local/src/kinesis/index.ts";
import {
  createKinesisServer,
  type KinesisServer,
} from "../../../../packages/local/src/kinesis/server/index.ts";

const StreamName = "orders";
let server: KinesisServer;
let client: KinesisClient;

beforeEach(async () => {
  server = await createKinesisServer({ kinesis: createKinesis({ limits: true }) });
  client = new KinesisClient({
    endpoint: server.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  });
  await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 }));
});

afterEach(async () => {
  client.destroy();
  await server.close();
});

const text = (data: Uint8Array | undefined) => Buffer.from(data ?? []).toString();

async function readAll(ShardId: string): Promise<string[]> {
  const values: string[] = [];
  const where = { StreamName, ShardId, ShardIteratorType: "TRIM_HORIZON" as const };
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(where));
  while (ShardIterator) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 40 }));
    values.push(...page.Records!.map(({ Data }) => text(Data)));
    if (page.Records!.length === 0) break;
    ShardIterator = page.NextShardIterator;
  }
  return values;
}

test("an answer that is not ASCII comes whole", async () => {
  await waitUntilStreamExists({ client, maxWaitTime: 30 }, { StreamName });
  await client.send(new AddTagsToStreamCommand({ StreamName, Tags: { größe: "大きい" } }));
  const { Tags: tags } = await client.send(new ListTagsForStreamCommand({ StreamName }));
  expect(tags).toEqual([{ Key: "größe", Value: "大きい" }]);
});

test("put, reshard, and read everything once through the children", async () => {
  await waitUntilStreamExists({ client, maxWaitTime: 30 }, { StreamName });
  const put = async (from: number) => {
    const values = Array.from({ length: 50 }, (_, i) => `value ${from + i}`);
    const { FailedRecordCount } = await client.send(
      new PutRecordsCommand({
        StreamName,
        Records: values.map((value) => ({ PartitionKey: value, Data: Buffer.from(value) })),
      }),
    );
    expect(FailedRecordCount).toBe(0);
  };
  await put(0);
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
  const [first] = StreamDescription!.Shards!;
  const middle = BigInt(first!.HashKeyRange!.EndingHashKey!) / 2n;
  await client.send(
    new SplitShardCommand({
      StreamName,
      ShardToSplit: first!.ShardId,
      NewStartingHashKey: String(middle),
    }),
  );
  await put(50);
  const { Shards } = await client.send(new ListShardsCommand({ StreamName }));
  expect(Shards!.map(({ ParentShardId }) => ParentShardId)).toEqual([
    undefined,
    undefined,
    first!.ShardId,
    first!.ShardId,
  ]);
  const read = (await Promise.all(Shards!.map(({ ShardId }) => readAll(ShardId!)))).flat();
  expect(read.toSorted()).toEqual(Array.from({ length: 100 }, (_, i) => `value ${i}`).toSorted());
});

test("a subscription delivers what is put, and the children of its shard at the end", async () => {
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamName }));
  const { Consumer } = await client.send(
    new RegisterStreamConsumerCommand({
      StreamARN: StreamDescription!.StreamARN,
      ConsumerName: "app",
    }),
  );
  const shard = StreamDescription!.Shards![0]!;
  const { EventStream } = await client.send(
    new SubscribeToShardCommand({
      ConsumerARN: Consumer!.ConsumerARN,
      ShardId: shard.ShardId,
      StartingPosition: { Type: "LATEST" },
    }),
  );
  await client.send(
    new PutRecordCommand({
      StreamName,
      PartitionKey: "a",
      ExplicitHashKey: "1",
      Data: Buffer.from("pushed"),
    }),
  );
  const pushed: string[] = [];
  let children: (string | undefined)[] = [];
  for await (const { SubscribeToShardEvent: event } of EventStream!) {
    pushed.push(...event!.Records!.map(({ Data }) => text(Data)));
    children = (event!.ChildShards ?? []).map(({ ShardId }) => ShardId);
    if (pushed.length === 1 && children.length === 0) {
      await client.send(
        new SplitShardCommand({
          StreamName,
          ShardToSplit: shard.ShardId,
          NewStartingHashKey: "1000",
        }),
      );
    }
  }
  expect(pushed).toEqual(["pushed"]);
  expect(children).toEqual(["shardId-000000000002", "shardId-000000000003"]);
});

test("errors arrive as the SDK's own, and pages follow each other", async () => {
  const lost = client.send(new DescribeStreamCommand({ StreamName: "lost" }));
  await expect(lost).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Stream lost under account 123456789012 not found.",
    $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
  });
  for (const name of ["a", "b", "c"]) {
    await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: 1 }));
  }
  const names: string[] = [];
  for await (const page of paginateListStreams({ client, pageSize: 2 }, {})) {
    names.push(...page.StreamNames!);
  }
  expect(names).toEqual(["a", "b", "c", "orders"]);
});
