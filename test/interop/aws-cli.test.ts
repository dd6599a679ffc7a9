/** The AWS CLI, where it is installed (Debian: awscli). */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createKinesis } from "../../packages/local/src/kinesis/index.ts";
import { createKinesisServer } from "../../packages/local/src/kinesis/server/index.ts";
import { temporaryDirectory } from "../local/kinesis/durable/directory.ts";
import { missingAwsCli } from "./missing.ts";

test.skipIf(missingAwsCli())(
  "the AWS CLI creates, puts, lists and reads",
  async () => {
    const server = await createKinesisServer({ kinesis: createKinesis({ limits: true }) });
    const aws = async (...args: string[]) => {
      const { stdout } = await promisify(execFile)("aws", ["kinesis", ...args], {
        env: {
          ...process.env,
          AWS_ENDPOINT_URL: server.endpoint,
          AWS_DEFAULT_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: "any",
          AWS_SECRET_ACCESS_KEY: "any",
        },
      });
      return stdout === "" ? undefined : JSON.parse(stdout);
    };
    const stream = ["--stream-name", "orders"];
    // Of the two versions of the CLI, one takes data as it is and the other in base64.
    const file = join(temporaryDirectory(), "data");
    writeFileSync(file, "hello");
    await aws("create-stream", ...stream, "--shard-count", "2", "--tags", "team=a");
    const put = await aws(
      "put-record",
      ...stream,
      ...["--partition-key", "a", "--data", `fileb://${file}`],
    );
    const { Shards } = await aws("list-shards", ...stream);
    expect(Shards).toHaveLength(2);
    const { ShardIterator } = await aws(
      "get-shard-iterator",
      ...stream,
      ...["--shard-id", put.ShardId, "--shard-iterator-type", "TRIM_HORIZON"],
    );
    const { Records } = await aws("get-records", "--shard-iterator", ShardIterator);
    expect(Records).toMatchObject([
      { SequenceNumber: put.SequenceNumber, Data: Buffer.from("hello").toString("base64") },
    ]);
    expect((await aws("list-tags-for-stream", ...stream)).Tags).toEqual([
      { Key: "team", Value: "a" },
    ]);
    await expect(aws("describe-stream", "--stream-name", "lost")).rejects.toThrow(
      "(ResourceNotFoundException) when calling the DescribeStream operation: Stream lost under account 123456789012 not found.",
    );
    await server.close();
  },
  60_000,
);
