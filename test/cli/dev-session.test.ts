/** An hour with `shardmill dev`, as its user has it: in a terminal, with clients of AWS in another one. */
import { execFile, execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KinesisClient, PutRecordsCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { after } from "../ending.ts";
import { missingAwsCli } from "../interop/missing.ts";
import { project } from "../local/run/templates.ts";
import { openTerminal } from "./dev-terminal.ts";

const shardmill = fileURLToPath(new URL("../../packages/cli/bin/shardmill.js", import.meta.url));

/** A SAM template: one stream, one function with progress and parking. */
const templateYaml = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Orders: { Type: AWS::Kinesis::Stream, Properties: { Name: orders, ShardCount: 1 } }
  Progress:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: progress
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }, { AttributeName: sk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      CodeUri: .
      Handler: orders.handler
      Runtime: nodejs24.x
      Timeout: 10
      MemorySize: 256
      Environment: { Variables: { PROGRESS_TABLE: !Ref Progress } }
      Events:
        Orders:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Orders.Arn
            StartingPosition: TRIM_HORIZON
            MaximumBatchingWindowInSeconds: 1
            BisectBatchOnFunctionError: true
            FunctionResponseTypes: [ReportBatchItemFailures]
`;

const handler = (effect: string) => `
import { json, kinesisConsumer } from "shardmill";
import { dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";

console.log("pid", process.pid);

export const handler = kinesisConsumer({
  consumer: "orders",
  decode: json<{ id: string }>(),
  progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
  park: dynamodbParking({ tableName: process.env.PROGRESS_TABLE }),
  maxAttempts: 2,
  process({ id }) {
    ${effect}
  },
});
`;

const paths = {
  shardmill: ["../../../src/index.ts"],
  "shardmill/*": ["../../../src/*.ts"],
};

test("from the first record to a parked one and back", { timeout: 240_000 }, async () => {
  const at = project({
    "template.yaml": templateYaml,
    "tsconfig.json": JSON.stringify({ compilerOptions: { paths } }),
    "orders.ts": handler('console.log("shipped", id);'),
  });
  const terminal = openTerminal([process.execPath, shardmill, "dev", "--port", "0"], at.root);

  // What is printed can be pasted into another terminal.
  const announced = await terminal.until(/Ready after .*\n/);
  const pasted = Object.fromEntries(
    Array.from(announced.matchAll(/^export (\w+)=(.*)$/gm), ([, name, value]) => [name, value]),
  );
  const client = new KinesisClient({
    endpoint: pasted.AWS_ENDPOINT_URL,
    region: pasted.AWS_REGION,
    credentials: {
      accessKeyId: pasted.AWS_ACCESS_KEY_ID,
      secretAccessKey: pasted.AWS_SECRET_ACCESS_KEY,
    },
  });
  after(() => client.destroy());
  const put = (...ids: string[]) =>
    client.send(
      new PutRecordsCommand({
        StreamName: "orders",
        Records: ids.map((id) => ({
          PartitionKey: id,
          Data: Buffer.from(JSON.stringify({ id })),
        })),
      }),
    );

  await put("first");
  await terminal.until(/orders │ shipped first\n/);
  await terminal.until(
    /orders {2}orders shardId-000000000000 {2}1 record {2}attempt 1 {2}done {2}\d+ ms\n/,
  );

  // The next record takes the new code.
  at.write("orders.ts", handler('console.log("sent", id);'));
  await terminal.until(/orders is reloaded: orders\.ts\n/);
  if (!missingAwsCli()) {
    at.write("record.json", JSON.stringify({ id: "by-cli" }));
    const data = `fileb://${at.at("record.json")}`;
    const args = ["--stream-name", "orders", "--partition-key", "a", "--data", data];
    execFileSync("aws", ["kinesis", "put-record", ...args], { env: { ...process.env, ...pasted } });
    await terminal.until(/orders │ sent by-cli\n/);
  }
  await put("second");
  await terminal.until(/orders │ sent second\n/);

  // Code that cannot be built is told, and does no harm.
  at.write("orders.ts", handler("console.log(;"));
  await terminal.until(
    /orders\.ts:14:17: Unexpected ";"\norders is not reloaded\. The old code runs on\.\n/,
  );

  // Code that fails: the retry, the halves, the parked record.
  at.write("orders.ts", handler('if (id.startsWith("bad")) throw new Error("no stock");'));
  await terminal.until(/orders is reloaded/);
  await put("bad-1", "bad-2");
  await terminal.until(/2 records {2}attempt 1 {2}failed at its first record, \d+/);
  await terminal.until(/1 record {2}attempt 1 .*parked 1/);
  await terminal.until(/WARN A record was parked; its shard moves on\./);
  await terminal.until(/1 record {2}attempt 1 .*parked 1/);

  // Mended, what is parked comes back, and comes once.
  at.write("orders.ts", handler('console.log("restocked", id);'));
  await terminal.until(/orders is reloaded/);
  const redrive = () =>
    promisify(execFile)(
      process.execPath,
      [shardmill, "redrive", "--table", "progress", "--consumer", "orders", "--function", "orders"],
      { env: { ...process.env, ...pasted }, cwd: at.root },
    );
  expect((await redrive()).stdout).toMatch(/2 .*redriven/);
  const redriven = await terminal.until(/orders {2}invoked {2}done {2}\d+ ms\n/);
  expect(redriven.match(/restocked bad-[12]/g)?.sort()).toEqual([
    "restocked bad-1",
    "restocked bad-2",
  ]);
  expect((await redrive()).stdout).not.toMatch(/redriven/);

  const pids = Array.from(terminal.text().matchAll(/orders │ pid (\d+)/g), ([, pid]) =>
    Number(pid),
  );
  expect(pids.length).toBeGreaterThan(0);
  expect(await terminal.interrupt()).toBe(0);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  expect(readdirSync(at.at(".shardmill/run"))).toEqual([]);
});
