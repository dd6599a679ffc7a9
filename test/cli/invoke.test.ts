import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { expect, test, vi } from "vitest";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { createDynamoDb } from "../../packages/local/src/dynamodb/index.ts";
import type { Template } from "../../packages/local/src/template/types.ts";
import { kinesisEvent } from "../../src/testing/kinesis-event.ts";
import { after } from "../ending.ts";
import {
  fn,
  mapping,
  type Project,
  project,
  stream,
  table,
  template,
} from "../local/run/templates.ts";

interface Surroundings {
  readonly env?: Record<string, string>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  readonly model?: Template;
}

/** Runs the command in a project with one function, `orders`, on one stream. */
async function run(
  args: string[],
  at: Project,
  { env = {}, input = "", signal, model }: Surroundings = {},
) {
  let out = "";
  let err = "";
  const status = await invokeCommand(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: signal ?? new AbortController().signal,
    cwd: at.root,
    env,
    input: Readable.from([input]),
    readTemplate: async () =>
      model ??
      template(at.root, {
        streams: [stream("orders")],
        tables: [table("progress", "pk", "sk")],
        functions: [
          fn("orders", at.at("orders.ts"), {
            environment: { GREETING: "hello", PROGRESS_TABLE: "progress" },
          }),
        ],
        mappings: [
          mapping("orders", "orders", { functionResponseTypes: ["ReportBatchItemFailures"] }),
        ],
      }),
  });
  return { status, out, err };
}

/** Runs it with `--json`, and an event in a file. */
async function invoke(handler: string, event: unknown, ...more: string[]) {
  const at = project({ "orders.ts": handler, "event.json": JSON.stringify(event) });
  const args = ["orders", "--event", at.at("event.json"), "--json", ...more];
  const { status, out, err } = await run(args, at);
  return { status, err, ...JSON.parse(out || "{}") };
}

test("it prints the response, the logs and the time, with status 0", async () => {
  const result = await invoke(
    `export const handler = async (event: { n: number }) => {
      console.log(process.env.GREETING);
      return { twice: event.n * 2 };
    };`,
    { n: 21 },
  );
  expect(result).toMatchObject({
    status: 0,
    err: "",
    function: "orders",
    response: { twice: 42 },
    logs: [{ stream: "stdout", line: "hello" }],
    failures: [],
    progress: [],
  });
  expect(result.durationMs).toBeGreaterThan(0);
});

test("a function that throws ends it with status 1, and the stack shows the source", async () => {
  const result = await invoke(
    `export const handler = async () => {
      throw new TypeError("no such order");
    };`,
    {},
  );
  expect(result).toMatchObject({
    status: 1,
    error: { type: "TypeError", message: "no such order" },
  });
  expect(result.error.trace[1]).toContain("orders.ts:2:");
});

test("item failures end it with status 1, and it says which records they are", async () => {
  const event = kinesisEvent([{ id: 1 }, { id: 2 }], { partitionKey: () => "k" });
  const { sequenceNumber } = event.Records[1]!.kinesis;
  const result = await invoke(
    `export const handler = async (event: any) => ({
      batchItemFailures: [{ itemIdentifier: event.Records[1].kinesis.sequenceNumber }, { itemIdentifier: "7" }],
    });`,
    event,
  );
  expect(result).toMatchObject({
    status: 1,
    failures: [
      { itemIdentifier: sequenceNumber, index: 1, partitionKey: "k" },
      { itemIdentifier: "7" },
    ],
  });
});

test("it says what changed in the progress logs", async () => {
  const source = `
    import { json, kinesisConsumer } from "shardmill";
    import { dynamodbProgress } from "shardmill/dynamodb";
    export const handler = kinesisConsumer({
      consumer: "orders",
      decode: json<{ id: number }>(),
      progress: dynamodbProgress({ tableName: process.env.PROGRESS_TABLE }),
      process() {},
    });`;
  const at = project({
    "orders.ts": source,
    "tsconfig.json": JSON.stringify({
      compilerOptions: {
        paths: {
          shardmill: ["../../../src/index.ts"],
          "shardmill/dynamodb": ["../../../src/dynamodb.ts"],
        },
      },
    }),
  });
  const input = JSON.stringify(kinesisEvent([{ id: 1 }, { id: 2 }]));
  const { status, out } = await run(["orders", "--event", "-"], at, { input });
  expect(out).toContain("Progress\n  orders  us-east-1:123456789012:");
  expect(out).toContain("entries   0 → 1");
  expect(out).toContain("names     0 → 2 records remembered");
  expect(status).toBe(0);
});

test("a call to a service that is not here is refused by name, and never leaves the machine", async () => {
  const result = await invoke(
    `export const handler = async () => {
      const authorization = "AWS4-HMAC-SHA256 Credential=ASIA/20260101/us-east-1/ssm/aws4_request";
      const headers = { authorization, "x-amz-target": "AmazonSSM.GetParameter" };
      const response = await fetch(process.env.AWS_ENDPOINT_URL!, { method: "POST", headers });
      return response.json();
    };`,
    {},
  );
  expect(result.response.message).toContain("ssm GetParameter was not sent");
  expect(result.notes.join()).toContain("--aws ssm lets it through to AWS");
});

const fine = "export const handler = async () => 1;";

test.each([
  [
    "a missing file",
    ["orders", "--event", "none.json"],
    1,
    "cannot read the event none.json: there is no such file.",
  ],
  [
    "an unknown function",
    ["order", "--event", "-"],
    2,
    "There is no function order. Did you mean orders?",
  ],
  ["no function", ["--event", "-"], 2, "which function? Give its name."],
  ["no event", ["orders"], 2, "which event? Give --event FILE, or -."],
  [
    "an unknown service",
    ["orders", "--event", "-", "--aws", "smm"],
    2,
    'there is no service "smm". Did you mean ssm?',
  ],
  [
    "Kinesis let through",
    ["orders", "--event", "-", "--aws", "kinesis"],
    2,
    "the streams that the functions read run here",
  ],
  [
    "a parameter without a value",
    ["orders", "--event", "-", "--parameter", "Stage"],
    2,
    "--parameter takes NAME=VALUE, not Stage.",
  ],
] as const)("%s is refused", async (_, args, status, message) => {
  const refused = await run([...args], project({ "orders.ts": fine }), { input: "{}" });
  expect(refused.err).toContain(message);
  expect(refused).toMatchObject({ status, out: "" });
});

test("bad JSON is refused with its line", async () => {
  const at = project({ "orders.ts": fine });
  writeFileSync(at.at("event.json"), '{\n  "Records": [\n    { "kinesis": }\n  ]\n}\n');
  const { status, err } = await run(["orders", "--event", at.at("event.json")], at);
  expect(err).toContain(`${at.at("event.json")}:3:18: this is no JSON: Unexpected "}"`);
  expect(status).toBe(1);
});

test("a handler that cannot be built is refused with file and line", async () => {
  const at = project({ "orders.ts": "export const handler = async () => {\n  return (1;\n};" });
  const { status, err } = await run(["orders", "--event", "-"], at, { input: "{}" });
  expect(err).toMatch(/orders\.ts:2:12: Expected "\)"/);
  expect(status).toBe(1);
});

test("services of a running dev are taken as they are, and missed when they are gone", async () => {
  const at = project({ "orders.ts": fine });
  const port = await unusedPort();
  const env = { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };
  const { status, err } = await run(["orders", "--event", "-"], at, { env, input: "{}" });
  expect(err).toContain(
    `AWS_ENDPOINT_URL_DYNAMODB says http://127.0.0.1:${port}, and nothing answers`,
  );
  expect(status).toBe(1);
});

async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("--help says what every option does", async () => {
  const { status, out } = await run(["--help"], project());
  expect(status).toBe(0);
  for (const option of ["--event", "--aws", "--template", "--stage", "--json"]) {
    expect(out).toContain(option);
  }
});

test("with the endpoints of a running dev, its tables are used, and what is in them", async () => {
  const handler = (id: string) => `
    import { DynamoDBClient, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
    export const handler = async () => {
      const client = new DynamoDBClient({});
      await client.send(new PutItemCommand({ TableName: "progress", Item: { pk: { S: "${id}" }, sk: { S: "1" } } }));
      const { Items } = await client.send(new ScanCommand({ TableName: "progress" }));
      return Items?.map(({ pk }) => pk?.S).sort();
    };`;
  const running = await createDynamoDb();
  after(running.close);
  const env = { AWS_ENDPOINT_URL_DYNAMODB: running.endpoint };
  const answers: unknown[] = [];
  for (const id of ["first", "second"]) {
    const at = project({ "orders.ts": handler(id) });
    const { out } = await run(["orders", "--event", "-", "--json"], at, { env, input: "{}" });
    const { response, notes } = JSON.parse(out);
    answers.push(response);
    expect(notes).toEqual([`Uses what runs already: dynamodb ${running.endpoint}.`]);
  }
  expect(answers).toEqual([["first"], ["first", "second"]]);
});

test("an endpoint that is not on this machine is not taken", async () => {
  const at = project({
    "orders.ts": "export const handler = async () => process.env.AWS_ENDPOINT_URL_DYNAMODB;",
  });
  const env = { AWS_ENDPOINT_URL_DYNAMODB: "https://dynamodb.us-east-1.amazonaws.com" };
  const { out } = await run(["orders", "--event", "-", "--json"], at, { env, input: "{}" });
  expect(JSON.parse(out).response).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});

test("--aws hands on the credentials of whoever runs it", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAREAL");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "real");
  after(() => vi.unstubAllEnvs());
  const handler = `export const handler = async () =>
    [process.env.AWS_ACCESS_KEY_ID, process.env.AWS_ENDPOINT_URL_SSM];`;
  const { response } = await invoke(handler, {}, "--aws", "ssm,secretsmanager");
  expect(response).toEqual(["AKIAREAL", "https://ssm.us-east-1.amazonaws.com"]);
  const closed = await invoke(handler, {});
  expect(closed.response).toEqual(["ASIALOCALSHARDMILL00", null]);
});

test("a client of AWS that is not installed is told to be, for Lambda has it", async () => {
  const at = project({
    "orders.ts": `import { Nothing } from "@aws-sdk/client-nothing"; export const handler = () => Nothing;`,
  });
  const { status, out } = await run(["orders", "--event", "-"], at, { input: "{}" });
  expect(out).toContain("here it is not installed: npm install --save-dev @aws-sdk/client-nothing");
  expect(status).toBe(1);
});

test("what is not bundled is found in the node_modules beside the handler", async () => {
  const client = "app/node_modules/@aws-sdk/client-own";
  const at = project({
    "app/orders.ts": `import { own } from "@aws-sdk/client-own"; export const handler = async () => own;`,
    [`${client}/package.json`]: JSON.stringify({
      name: "@aws-sdk/client-own",
      type: "module",
      main: "index.js",
    }),
    [`${client}/index.js`]: `export const own = "found";`,
  });
  const model = template(at.root, { functions: [fn("orders", at.at("app/orders.ts"))] });
  const { out, err } = await run(["orders", "--event", "-", "--json"], at, { input: "{}", model });
  expect(err).toBe("");
  expect(JSON.parse(out).response).toBe("found");
  expect(readdirSync(at.at("app/.shardmill/run"))).toEqual([]);
});

test("an event that Lambda would not take is refused", async () => {
  const { status, err } = await invoke(fine, { text: "x".repeat(6 * 1024 * 1024) });
  expect(err).toContain("bytes as JSON, and Lambda takes 6291456.");
  expect(status).toBe(1);
});

test("item failures that no mapping asks for are told to be lost", async () => {
  const at = project({
    "orders.ts": `export const handler = async () => ({ batchItemFailures: [{ itemIdentifier: "7" }] });`,
  });
  const model = template(at.root, {
    streams: [stream("orders")],
    functions: [fn("orders", at.at("orders.ts"))],
    mappings: [mapping("orders", "orders")],
  });
  const { out } = await run(["orders", "--event", "-"], at, { input: "{}", model });
  expect(out).toContain("No mapping of orders has ReportBatchItemFailures on");
});

test("Ctrl-C ends an invocation that hangs, and leaves nothing behind", async () => {
  const at = project({
    "orders.ts": `
      import { writeFileSync } from "node:fs";
      export const handler = () => {
        writeFileSync(process.env.LAMBDA_TASK_ROOT + "/pid", String(process.pid));
        for (;;);
      };`,
  });
  const interrupted = new AbortController();
  const running = run(["orders", "--event", "-"], at, { input: "{}", signal: interrupted.signal });
  const pid = await vi.waitUntil(
    () => existsSync(at.at("pid")) && readFileSync(at.at("pid"), "utf8"),
    {
      timeout: 30_000,
    },
  );
  interrupted.abort();
  expect(await running).toMatchObject({ status: 1, err: "shardmill invoke: interrupted.\n" });
  expect(() => process.kill(Number(pid), 0)).toThrow("ESRCH");
  expect(readdirSync(at.at(".shardmill/run"))).toEqual([]);
});

test("Ctrl-C before anything is up ends it too", async () => {
  const at = project({ "orders.ts": fine });
  const interrupted = new AbortController();
  interrupted.abort();
  const args = ["orders", "--event", "-"];
  const { status, err } = await run(args, at, { input: "{}", signal: interrupted.signal });
  expect([status, err]).toEqual([1, "shardmill invoke: interrupted.\n"]);
});
