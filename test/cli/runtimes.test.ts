/** Functions in other languages through the commands: here a program `bootstrap` that knows nothing of us. */
import { mkdirSync, writeFileSync } from "node:fs";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { lintCommand } from "../../packages/cli/src/lint/command.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { readTemplate } from "../../packages/local/src/template/index.ts";
import { writeBootstrap } from "../local/lambda/hosts/bootstrap.ts";
import { project } from "../local/run/templates.ts";
import { ofType, runDev } from "./dev-machine.ts";

const templateYaml = (settings = "", functionSettings = "") => `
Transform: AWS::Serverless-2016-10-31
Resources:
  Flights: { Type: AWS::Kinesis::Stream, Properties: { Name: flights, ShardCount: 2 } }
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: orders
      Runtime: provided.al2023
      Handler: bootstrap
      CodeUri: native/
      ${functionSettings}
      Events:
        Flights:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Flights.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 2
            FunctionResponseTypes: [ReportBatchItemFailures]
            ${settings}
`;

function native(body: string, settings?: string, functionSettings?: string) {
  const at = project({
    "template.yaml": templateYaml(settings, functionSettings),
    "event.json": '{"n":20}',
    "records.ndjson": Array.from({ length: 40 }, (_, id) => `{"id":${id}}\n`).join(""),
  });
  mkdirSync(at.at("native"));
  writeBootstrap(at.at("native"), body);
  return at;
}

async function run(
  command: typeof replayCommand,
  at: ReturnType<typeof project>,
  ...args: string[]
) {
  const written = { out: "", err: "" };
  const status = await command([...args, "--json"], {
    out: { write: (text) => (written.out += text) },
    err: { write: (text) => (written.err += text) },
    signal: new AbortController().signal,
    ...{ cwd: at.root, env: {}, input: Readable.from([]) },
  });
  return { status, ...written, result: JSON.parse(written.out || "null") };
}

const fails = `const failed = event.Records.filter(({ kinesis }) => kinesis.data.length % 4 !== 0);
return { batchItemFailures: failed.map(({ kinesis }) => ({ itemIdentifier: kinesis.sequenceNumber })) };`;

test("invoke: its answer, its logs", async () => {
  const at = native(`console.log("event", event.n); return event.n * 2;`);
  const { status, result } = await run(invokeCommand, at, "orders", "--event", at.at("event.json"));
  expect(result).toMatchObject({ response: 40, logs: [{ stream: "stdout", line: "event 20" }] });
  expect(status).toBe(0);
});

test("replay: all records, in batches", async () => {
  const at = native(fails);
  const { status, result } = await run(replayCommand, at, "orders", at.at("records.ndjson"));
  expect(result).toMatchObject({ put: 40, delivered: 40, lost: 0, left: 0 });
  expect(status).toBe(0);
});

test("replay --faults: its environments are killed, and all is delivered all the same", async () => {
  const at = native(
    `await new Promise((done) => setTimeout(done, 20)); ${fails}`,
    "MaximumRetryAttempts: -1",
  );
  const { result } = await run(
    replayCommand,
    at,
    "orders",
    at.at("records.ndjson"),
    "--faults",
    "--seed",
    "3",
  );
  expect(result).toMatchObject({ put: 40, delivered: 40, lost: 0, left: 0 });
  const { kills, throttles, lostAnswers } = result.faults;
  expect(kills + throttles + lostAnswers).toBeGreaterThan(0);
});

test("replay: what runs into its timeout is retried", async () => {
  const at = native(
    `const fs = process.getBuiltinModule("node:fs"); if (!fs.existsSync("once")) { fs.writeFileSync("once", ""); for (;;); } ${fails}`,
    "",
    "Timeout: 1",
  );
  const { result } = await run(replayCommand, at, "orders", at.at("records.ndjson"));
  expect(result).toMatchObject({ put: 40, delivered: 40, left: 0 });
  expect(result.retried).toBeGreaterThan(0);
});

test("dev: a new build is taken", async () => {
  const at = native(`return "old";`);
  const dev = runDev(at.root, readTemplate);
  const { endpoints } = await dev.next(ofType("ready"));
  const headers = {
    authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request",
  };
  const ask = async () => {
    const path = "/2015-03-31/functions/orders/invocations";
    return (
      await fetch(`${endpoints.lambda}${path}`, { method: "POST", headers, body: "{}" })
    ).json();
  };
  expect(await ask()).toBe("old");
  writeBootstrap(at.at("native"), `return "new";`);
  await dev.next((line) => line.type === "built" && line.saved?.length > 0);
  expect(await ask()).toBe("new");
});

test("lint: a program for another architecture is found", async () => {
  const at = native(fails, "MaximumRetryAttempts: 3");
  const machine = process.arch === "x64" ? 62 : 183;
  const header = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, machine, 0];
  at.write("native/bootstrap", "");
  writeFileSync(at.at("native/bootstrap"), Buffer.from(header));
  const other = process.arch === "x64" ? "arm64" : "x86_64";
  at.write("template.yaml", templateYaml("MaximumRetryAttempts: 3", `Architectures: [${other}]`));
  const { status, result } = await run(lintCommand as typeof replayCommand, at);
  const checks = result.findings.map(({ check }: { check: string }) => check);
  expect(checks).toEqual(["program-does-not-start", "discarded-without-trace"]);
  expect(status).toBe(1);
});
