import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { expect, test } from "vitest";
import { devCommand } from "../../packages/cli/src/dev/command.ts";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import { callService, dynamodbProtocol } from "../../packages/local/src/run/call-service.ts";
import { readTemplate } from "../../packages/local/src/template/index.ts";
import { after } from "../ending.ts";
import {
  fn,
  mapping,
  type Project,
  project,
  queue,
  stream,
  table,
  template,
} from "../local/run/templates.ts";
import { ofType, type RunningDev, runDev } from "./dev-machine.ts";

const says = (text: string) => `export const handler = async (event: any) => {
  for (const { kinesis } of event.Records)
    console.log(${JSON.stringify(text)}, Buffer.from(kinesis.data, "base64").toString());
};`;

/**
 * A project with the function `orders` on the stream `orders`, through a fan-out consumer: Lambda asks
 * a shard only once a second.
 */
const orders = (at: Project, settings: Parameters<typeof mapping>[2] = {}) =>
  template(at.root, {
    sources: [at.at("template.json")],
    streams: [stream("orders")],
    queues: [queue("failed")],
    functions: [fn("orders", at.at("orders.ts"))],
    mappings: [
      {
        ...mapping("orders", "orders", settings),
        consumerArn: `${stream("orders").arn}/consumer/fast:1`,
      },
    ],
  });

/** Puts a record as anybody would who has pasted the endpoints. */
async function put(dev: RunningDev, text: string) {
  const { endpoints } = dev.lines.find(ofType("ready"));
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new KinesisClient({
    endpoint: endpoints.kinesis,
    region: "us-east-1",
    credentials,
  });
  await client.send(
    new PutRecordCommand({ StreamName: "orders", PartitionKey: "a", Data: Buffer.from(text) }),
  );
  client.destroy();
}

const logged = (text: string) => (line: any) => line.type === "log" && line.line === text;

test("a record from outside is processed, and each batch is a line", async () => {
  const at = project({ "orders.ts": says("got") });
  const dev = runDev(at.root, orders(at));
  expect(await dev.next(ofType("ready"))).toMatchObject({
    streams: ["orders"],
    functions: ["orders"],
    queues: ["failed"],
    endpoints: { kinesis: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) },
  });
  await put(dev, "a");
  await dev.next(logged("got a"));
  expect(await dev.next(ofType("batch"))).toMatchObject({
    functionName: "orders",
    stream: "orders",
    shardId: "shardId-000000000000",
    batchSize: 1,
    attempt: 1,
    outcome: "success",
    duration: expect.any(Number),
  });
  expect(await dev.stop()).toBe(0);
  expect(readdirSync(at.at(".shardmill/run"))).toEqual([]);
});

test("a save is built, and the next record takes the new code", async () => {
  const at = project({ "orders.ts": says("old") });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  await put(dev, "a");
  await dev.next(logged("old a"));
  at.write("orders.ts", says("new"));
  expect(await dev.next((line) => line.type === "built" && line.saved.length > 0)).toMatchObject({
    functionName: "orders",
    saved: [at.at("orders.ts")],
  });
  await put(dev, "b");
  await dev.next(logged("new b"));
});

test("so is a save of what the handler imports, also of a file that came only now", async () => {
  const at = project({
    "orders.ts": `export { handler } from "./lib/one.ts";`,
    "lib/one.ts": says("one"),
  });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  at.write("lib/one.ts", `export { handler } from "./two.ts";`);
  expect((await dev.next(ofType("broken"))).error.message).toContain(
    'lib/one.ts:1:25: Could not resolve "./two.ts"',
  );
  at.write("lib/two.ts", says("two"));
  await dev.next((line) => line.type === "built" && line.saved.includes(at.at("lib/two.ts")));
  await put(dev, "a");
  await dev.next(logged("two a"));
});

test("a broken save is told with file and line, and the old code runs on", async () => {
  const at = project({ "orders.ts": says("old") });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  at.write("orders.ts", "export const handler = async () => {\n  return (1;\n};");
  expect((await dev.next(ofType("broken"))).error.message).toMatch(
    /orders\.ts:2:12: Expected "\)"/,
  );
  await put(dev, "a");
  await dev.next(logged("old a"));
  at.write("orders.ts", says("mended"));
  await dev.next((line) => line.type === "built" && line.saved.length > 0);
  await put(dev, "b");
  await dev.next(logged("mended b"));
});

test("what cannot be built at the start waits for its records until it can", async () => {
  const at = project({ "orders.ts": "export const handler = (;" });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("broken"));
  await dev.next(ofType("ready"));
  await put(dev, "a");
  at.write("orders.ts", says("mended"));
  await dev.next(logged("mended a"));
});

test("a failing batch is retried, taken apart and described in its destination", async () => {
  const at = project({
    "orders.ts": `export const handler = async (event: any) => {
      if (event.Records.some(({ kinesis }: any) => Buffer.from(kinesis.data, "base64").toString() === "poison"))
        throw new TypeError("no order");
    };`,
  });
  const dev = runDev(
    at.root,
    orders(at, {
      bisectBatchOnFunctionError: true,
      maximumBatchingWindowInSeconds: 1,
      maximumRetryAttempts: 1,
      destinationConfig: { onFailure: { destination: queue("failed").arn } },
    }),
  );
  await dev.next(ofType("ready"));
  await put(dev, "fine");
  await put(dev, "poison");
  const failed = { outcome: "failure", error: { type: "TypeError", message: "no order" } };
  expect(await dev.next(ofType("batch"))).toMatchObject({ batchSize: 2, attempt: 1, ...failed });
  expect(await dev.next(ofType("batch"))).toMatchObject({ batchSize: 1, outcome: "success" });
  expect(await dev.next(ofType("batch"))).toMatchObject({ batchSize: 1, attempt: 1, ...failed });
  expect(await dev.next(ofType("batch"))).toMatchObject({ batchSize: 1, attempt: 2, ...failed });
  const discarded = await dev.next(ofType("discarded"));
  expect(discarded).toMatchObject({
    destination: queue("failed").arn,
    document: {
      requestContext: { condition: "RetryAttemptsExhausted" },
      KinesisBatchInfo: { batchSize: 1 },
    },
  });
  const { endpoints } = dev.lines.find(ofType("ready"));
  const headers = {
    "x-amz-target": "AmazonSQS.ReceiveMessage",
    "content-type": "application/x-amz-json-1.0",
    authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sqs/aws4_request",
  };
  const body = JSON.stringify({ QueueUrl: `${endpoints.sqs}/123456789012/failed` });
  const received: any = await (
    await fetch(endpoints.sqs, { method: "POST", headers, body })
  ).json();
  expect(JSON.parse(received.Messages[0].Body)).toEqual(discarded.document);
});

test("another DynamoDB is taken where it is, and gets the tables", async () => {
  const other = await createDynamoDb();
  after(other.close);
  const at = project({ "orders.ts": says("got") });
  const model = { ...orders(at), tables: [table("counts")] };
  const dev = runDev(at.root, model, "--dynamodb", other.endpoint);
  expect((await dev.next(ofType("ready"))).endpoints.dynamodb).toBe(other.endpoint);
  const { Table } = await callService(other.endpoint, dynamodbProtocol, "DescribeTable", {
    TableName: "counts",
  });
  expect(Table.TableStatus).toBe("ACTIVE");
});

test("a change of the template is told", async () => {
  const at = project({ "orders.ts": says("old"), "template.json": "{}" });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  at.write("template.json", "{ }");
  expect(await dev.next(ofType("sourcesChanged"))).toMatchObject({
    files: [at.at("template.json")],
  });
});

test("with a directory, the streams survive", async () => {
  const at = project({ "orders.ts": says("got") });
  const data = at.at("data");
  const first = runDev(at.root, orders(at), "--data", data);
  await first.next(ofType("ready"));
  await put(first, "a");
  await first.next(logged("got a"));
  await first.stop();
  const second = runDev(at.root, orders(at), "--data", data);
  await second.next(logged("got a"));
});

test("while another process runs it in the project, it is refused, and the buckets stay", async () => {
  const lock = ".shardmill/locks/buckets/lock";
  const at = project({
    "orders.ts": says("got"),
    ".shardmill/buckets/archive/a.txt": "kept",
    [lock]: String(process.ppid),
  });
  const refused = runDev(at.root, orders(at));
  expect(await refused.ended).toBe(1);
  expect(refused.err()).toContain(
    `shardmill dev: another shardmill dev runs in this project, as process ${process.ppid}, and its buckets are in .shardmill/buckets. End it, or give --data DIR.`,
  );
  expect(readFileSync(at.at(".shardmill/buckets/archive/a.txt"), "utf8")).toBe("kept");
  expect(readFileSync(at.at(lock), "utf8")).toBe(String(process.ppid));
  expect(readdirSync(at.at(".shardmill/run"))).toEqual([]);
  const elsewhere = runDev(at.root, orders(at), "--data", at.at("data"));
  await elsewhere.next(ofType("ready"));
  await elsewhere.stop();
  expect(readFileSync(at.at(".shardmill/buckets/archive/a.txt"), "utf8")).toBe("kept");
});

test("the buckets are its own from before it is up until it has ended", async () => {
  const lock = ".shardmill/locks/buckets/lock";
  // A process that was killed has left its number.
  const at = project({
    "orders.ts": says("got"),
    ".shardmill/buckets/archive/a.txt": "old",
    [lock]: "999999999",
  });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  expect(existsSync(at.at(".shardmill/buckets/archive"))).toBe(false);
  expect(readFileSync(at.at(lock), "utf8")).toBe(String(process.pid));
  await dev.stop();
  expect(existsSync(at.at(lock))).toBe(false);
});

test("Ctrl-C ends a handler that hangs, and every other process of the function", async () => {
  const at = project({
    "orders.ts": `console.log("pid", process.pid);
    export const handler = () => { for (;;); };`,
  });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  await put(dev, "a");
  const { line } = await dev.next(({ type, line }) => type === "log" && line.startsWith("pid"));
  expect(await dev.stop()).toBe(0);
  expect(() => process.kill(Number(line.split(" ")[1]), 0)).toThrow("ESRCH");
});

test("Ctrl-C before it is up ends it too, as at any other time", async () => {
  const at = project({ "orders.ts": says("got") });
  const dev = runDev(at.root, orders(at));
  expect(await dev.stop()).toBe(0);
  expect([dev.err(), dev.lines]).toEqual(["", []]);
});

test("what a killed process has left behind is cleared away", async () => {
  const at = project({ "orders.ts": says("got"), ".shardmill/run/999999999-abc/orders.mjs": "" });
  const dev = runDev(at.root, orders(at));
  await dev.next(ofType("ready"));
  expect(readdirSync(at.at(".shardmill/run"))).toEqual([expect.stringMatching(`^${process.pid}-`)]);
  expect(readFileSync(at.at(".shardmill/.gitignore"), "utf8")).toBe("*\n");
});

test("a port in use is said to be in use, with the service and the option", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  after(() => new Promise((closed) => other.close(closed)));
  const { port } = other.address() as { port: number };
  for (const service of ["kinesis", "dynamodb", "sqs"]) {
    const at = project({ "orders.ts": says("got") });
    const dev = runDev(at.root, orders(at), "--port", `${service}=${port}`);
    expect(await dev.ended).toBe(1);
    expect(dev.err()).toContain(
      `shardmill dev: ${service} cannot listen on 127.0.0.1 port ${port}: it is in use. Stop what listens there, or choose another: --port ${service}=NUMBER.`,
    );
    expect(readdirSync(at.at(".shardmill/run"))).toEqual([]);
  }
});

test("a folder without a template is told what was looked for", async () => {
  const at = project();
  const dev = runDev(at.root, readTemplate);
  expect(await dev.ended).toBe(1);
  expect(dev.err()).toContain(
    `There is no template in ${at.root}: neither serverless.yml, nor cdk.json`,
  );
});

test("a setting that Lambda refuses is refused here first, with its place", async () => {
  const at = project({ "orders.ts": says("got") });
  const dev = runDev(at.root, orders(at, { batchSize: 20_000 }));
  expect(await dev.ended).toBe(1);
  expect(dev.err()).toMatch(/template\.json: mapping ordersMapping: .*'20000' at 'batchSize'/);
});

test("of a filter that Lambda refuses, the reason is said", async () => {
  const at = project({ "orders.ts": says("got") });
  const filterCriteria = { filters: [{ pattern: { data: { id: [{ prefix: 7 }] } } }] };
  const dev = runDev(at.root, orders(at, { filterCriteria }));
  expect(await dev.ended).toBe(1);
  expect(dev.err()).toContain('The field "data.id": "prefix" takes a string.');
});

test.each([
  [["--port", "many"], "--port takes a whole number from 0 to 65535, not many."],
  [["--port", "sq=1"], 'there is no service "sq" here. Did you mean sqs?'],
  [["--port", "65533"], "--port 65533 leaves no room"],
  [["--aws", "secretmanager"], 'there is no service "secretmanager". Did you mean secretsmanager?'],
  [["--dynamodb", "sqlite"], "--dynamodb takes dynalite, official, auto or a URL, not sqlite."],
  [["--dynamodb", "https://dynamodb.eu-west-1.amazonaws.com"], "--aws dynamodb lets it through"],
  [["--colour"], "there is no option --colour."],
])("the command line %j is refused with status 2", async (args, message) => {
  let err = "";
  const status = await devCommand(args, { err: { write: (text) => (err += text) } });
  expect(err).toContain(message);
  expect(err).toContain("See shardmill dev --help.");
  expect(status).toBe(2);
});

test("--help says what every option does", async () => {
  let out = "";
  expect(await devCommand(["--help"], { out: { write: (text) => (out += text) } })).toBe(0);
  for (const option of ["--port", "--data", "--aws", "--template", "--no-limits", "--json"]) {
    expect(out).toContain(option);
  }
});
