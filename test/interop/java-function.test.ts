/** A function in Java, through AWS's runtime interface client from Maven. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { Readable } from "node:stream";
import { KinesisClient, PutRecordCommand } from "@aws-sdk/client-kinesis";
import { describe, expect, test } from "vitest";
import { invokeCommand } from "../../packages/cli/src/invoke/command.ts";
import { replayCommand } from "../../packages/cli/src/replay/command.ts";
import { readTemplate } from "../../packages/local/src/template/index.ts";
import { ofType, runDev } from "../cli/dev-machine.ts";
import { type Project, project } from "../local/run/templates.ts";
import { missingMaven } from "./missing.ts";

const template = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Payments: { Type: AWS::Kinesis::Stream, Properties: { Name: payments, ShardCount: 1 } }
  Ledger:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: ledger
      Runtime: java17
      Handler: example.Ledger::pay
      CodeUri: built/
      Timeout: 20
      MemorySize: 512
      Events:
        Payments:
          Type: Kinesis
          Properties:
            Stream: !GetAtt Payments.Arn
            StartingPosition: TRIM_HORIZON
            FunctionResponseTypes: [ReportBatchItemFailures]
`;

/** It needs no class of AWS's: the client makes a map of the event. */
const ledger = (word: string) => `
package example;
import java.util.*;
public class Ledger {
  public Map<String, Object> pay(Map<String, Object> event) {
    List<?> records = (List<?>) event.get("Records");
    if (records == null) throw new IllegalStateException("no records");
    System.out.println("${word} " + records.size());
    return Map.of("batchItemFailures", List.of());
  }
}
`;

/** As a build leaves it. */
function compile(at: Project, word: string): void {
  at.write("src/example/Ledger.java", ledger(word));
  mkdirSync(at.at("built"), { recursive: true });
  execFileSync("javac", [
    "--release",
    "17",
    "-d",
    at.at("built"),
    at.at("src/example/Ledger.java"),
  ]);
}

const missing = missingMaven();

describe.skipIf(missing)("a function in Java", () => {
  async function run(command: typeof invokeCommand, at: Project, args: string[], input = "") {
    let out = "";
    let err = "";
    const status = await command([...args, "--json"], {
      out: { write: (text) => (out += text) },
      err: { write: (text) => (err += text) },
      signal: new AbortController().signal,
      ...{ cwd: at.root, env: {}, input: Readable.from([input]) },
    });
    return { status, err, result: JSON.parse(out || "null") };
  }

  test("is invoked, fails with its class and stack, is replayed, and takes a new build under dev", async () => {
    const at = project({ "template.yaml": template, "payments.ndjson": '{"id":1}\n{"id":2}\n' });
    compile(at, "paid");
    const event = JSON.stringify({ Records: [{}, {}] });
    const invoked = await run(invokeCommand, at, ["Ledger", "--event", "-"], event);
    expect(invoked.result.logs.map(({ line }: { line: string }) => line)).toContain("paid 2");
    expect(invoked.result.response).toEqual({ batchItemFailures: [] });
    expect(invoked.status).toBe(0);

    const failed = await run(invokeCommand, at, ["Ledger", "--event", "-"], "{}");
    expect(failed.result.error).toMatchObject({
      type: "java.lang.IllegalStateException",
      message: "no records",
    });

    const replayed = await run(replayCommand, at, [
      "Ledger",
      at.at("payments.ndjson"),
      "--key",
      "id",
    ]);
    expect(replayed.status).toBe(0);
    expect(replayed.result).toMatchObject({ delivered: 2, lost: 0 });

    const dev = runDev(at.root, readTemplate);
    const { endpoints } = await dev.next(ofType("ready"));
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new KinesisClient({
      endpoint: endpoints.kinesis,
      region: "us-east-1",
      credentials,
    });
    const put = () =>
      client.send(
        new PutRecordCommand({
          StreamName: "payments",
          PartitionKey: "a",
          Data: Buffer.from("{}"),
        }),
      );
    await put();
    await dev.next((line) => line.type === "log" && line.line === "paid 1");
    compile(at, "settled");
    await dev.next((line) => line.type === "built" && line.saved.length > 0);
    await put();
    await dev.next((line) => line.type === "log" && line.line === "settled 1");
    client.destroy();
    await dev.stop();
  }, 300_000);
});
