/** Functions in Python, through AWS's runtime interface client from PyPI. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { pythonFor } from "../../packages/local/src/run/python/environment.ts";
import { readTemplate } from "../../packages/local/src/template/index.ts";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { after } from "../ending.ts";
import { type Project, project } from "../local/run/templates.ts";
import { missingPython } from "./missing.ts";

const missing = missingPython();

const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Payments: { Type: AWS::Kinesis::Stream, Properties: { Name: payments, ShardCount: 1 } }
  Ledger:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: ledger
      Runtime: python3.11
      Handler: app.lambda_handler
      CodeUri: src/
      Timeout: 10
      Events:
        Payments:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Payments.Arn
            StartingPosition: TRIM_HORIZON
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
`;

const powertools = `
import os
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

processor = BatchProcessor(event_type=EventType.KinesisDataStreams)

def pay(record):
    payment = record.kinesis.data_as_json()
    if payment["id"] == 3 and not os.path.exists("mended"):
        open("mended", "w").close()
        raise ValueError("closed for a moment")
    with open("effects", "a") as effects:
        effects.write(f"{payment['id']}\\n")

def lambda_handler(event, context):
    return process_partial_response(event=event, record_handler=pay, processor=processor, context=context)
`;

async function run(command: typeof replayCommand, at: Project, ...args: string[]) {
  let out = "";
  let err = "";
  const status = await command([...args, "--json"], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    ...{ cwd: at.root, env: {}, input: Readable.from([]) },
  });
  return { status, err, result: JSON.parse(out || "null") };
}

describe.skipIf(missing)("a function in Python", () => {
  const folder = mkdtempSync(join(tmpdir(), "shardmill-python-"));
  let python = "";
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeAll(async () => {
    const requirements = join(folder, "requirements.txt");
    writeFileSync(requirements, "aws-lambda-powertools\n");
    python = (await pythonFor("3.11", requirements, { folder })).command;
  }, 300_000);

  const started = (app: string) =>
    project({
      "template.yaml": template,
      "src/app.py": app,
      "event.json": '{"n":20}',
      "records.ndjson": Array.from({ length: 10 }, (_, id) => `{"id":${id}}\n`).join(""),
    });

  test("answers, and its lines are its own", async () => {
    const at = started(
      `def lambda_handler(event, context):\n  print(context.aws_request_id != "", event["n"])\n  return {"twice": event["n"] * 2}\n`,
    );
    const args = ["ledger", "--event", at.at("event.json"), "--python", python];
    const { result, status } = await run(invokeCommand, at, ...args);
    expect(result).toMatchObject({ response: { twice: 40 }, logs: [{ line: "True 20" }] });
    expect(status).toBe(0);
  });

  test("has boto3, as in Lambda, and reaches the stream by it with nothing set", async () => {
    const at = started(
      `import boto3\ndef lambda_handler(event, context):\n  return boto3.client("kinesis").list_streams()["StreamNames"]\n`,
    );
    const args = ["ledger", "--event", at.at("event.json"), "--python", python];
    const { result } = await run(invokeCommand, at, ...args);
    expect(result).toMatchObject({ response: ["payments"] });
  });

  test("tells its error with type, text and trace", async () => {
    const at = started(`def lambda_handler(event, context):\n  raise KeyError("customer")\n`);
    const args = ["ledger", "--event", at.at("event.json"), "--python", python];
    const { result } = await run(invokeCommand, at, ...args);
    expect(result.error).toMatchObject({ type: "KeyError", message: "'customer'" });
  });

  test("with Powertools' batch processor repeats what stands behind the record that failed", async () => {
    const at = started(powertools);
    const args = ["ledger", at.at("records.ndjson"), "--python", python];
    const { result } = await run(replayCommand, at, ...args);
    expect(result).toMatchObject({ put: 10, delivered: 10, lost: 0, left: 0 });
    const effects = readFileSync(at.at("src/effects"), "utf8").trim().split("\n").map(Number);
    expect(effects).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("is loaded anew when it is saved, and a mistake is told with its line", async () => {
    const at = started(`def lambda_handler(event, context):\n  return "old"\n`);
    const dev = runDev(at.root, readTemplate, "--python", python);
    after(dev.stop);
    const { endpoints } = await dev.next(ofType("ready"));
    appendFileSync(at.at("src/app.py"), "def broken(:\n");
    const { error } = await dev.next(ofType("broken"));
    expect(JSON.stringify(error)).toMatch(/app\.py:3: /);
    at.write("src/app.py", `def lambda_handler(event, context):\n  return "new"\n`);
    await dev.next((line) => line.type === "built" && line.saved.length > 0);
    const response = await fetch(`${endpoints.lambda}/2015-03-31/functions/ledger/invocations`, {
      method: "POST",
      headers: {
        authorization: "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request",
      },
      body: "{}",
    });
    expect(await response.json()).toBe("new");
  });
});
