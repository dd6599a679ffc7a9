import { spawn } from "node:child_process";
import { once } from "node:events";
import { GetCommand, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { describe, expect, test } from "vitest";
import { createDynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { findOfficial } from "../../../packages/local/src/dynamodb/official.ts";
import { documentClient } from "../../faults/store/document-client.ts";

const official = await findOfficial();
if ("missing" in official) console.log(`Skipped DynamoDB Local: ${official.missing}`);

test("one line says which engine runs, and why", async () => {
  const lines: string[] = [];
  const db = await createDynamoDb({ log: (line) => lines.push(line) });
  expect(lines).toEqual(["DynamoDB: dynalite, in this process, as asked"]);
  await db.close();
  await db.close();
});

describe.skipIf("missing" in official)("the official DynamoDB Local", () => {
  test("is taken when it can run, behind the same counters and interceptions", async () => {
    const lines: string[] = [];
    const db = await createDynamoDb({
      engine: "auto",
      log: (line) => lines.push(line),
      intercept: ({ operation }) =>
        operation === "TransactWriteItems"
          ? { before: { name: "TransactionInProgressException" } }
          : undefined,
    });
    try {
      expect(db.engine).toBe("official");
      expect(lines).toEqual([
        "DynamoDB: AWS's DynamoDB Local, because Java and its package are here",
      ]);
      await db.createTable({ name: "things", timeToLive: "expiresAt" });
      const client = documentClient(db.endpoint);
      const Put = { TableName: "things", Item: { pk: "a" } };
      await client.send(new PutCommand(Put));
      const { Item } = await client.send(
        new GetCommand({ TableName: "things", Key: { pk: "a" }, ConsistentRead: true }),
      );
      expect(Item).toEqual({ pk: "a" });
      await expect(
        client.send(new TransactWriteCommand({ TransactItems: [{ Put }] })),
      ).rejects.toMatchObject({ name: "TransactionInProgressException" });
      expect(db.costs()).toEqual({ things: { requests: 3, read: 1, write: 1 } });
    } finally {
      await db.close();
    }
  }, 60_000);

  test("ends with the process that started it, even if that is killed", async () => {
    const index = new URL("../../../packages/local/src/dynamodb/index.ts", import.meta.url);
    const program = `
      const { createDynamoDb } = await import(${JSON.stringify(index.href)});
      await createDynamoDb({ engine: "official" });
      const { execFileSync } = await import("node:child_process");
      const list = execFileSync("ps", ["-A", "-o", "pid=,ppid="]).toString().trim().split("\\n");
      const processes = list.map((line) => line.trim().split(/\\s+/).map(Number));
      const childrenOf = (parent) => processes.filter(([, ppid]) => ppid === parent).map(([pid]) => pid);
      const guards = childrenOf(process.pid);
      console.log(JSON.stringify([...guards, ...guards.flatMap(childrenOf)]));
      setInterval(() => {}, 1000);
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", program]);
    const [line] = await once(parent.stdout, "data");
    const processes: number[] = JSON.parse(String(line)).filter(isAlive);
    expect(processes.length).toBeGreaterThanOrEqual(2);
    parent.kill("SIGKILL");
    while (processes.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
  }, 60_000);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
