import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { json, kinesisConsumer, memoryParking, NonRetryableError } from "shardmill";
import { dynamodbProgress } from "shardmill/dynamodb";
import { kinesisEvent } from "shardmill/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { progressCommand } from "../../packages/cli/src/progress/command.ts";
import { createDynamoDb, type DynamoDb } from "../../packages/local/src/dynamodb/index.ts";

let db: DynamoDb;
let client: DynamoDBClient;

beforeAll(async () => {
  db = await createDynamoDb();
  await db.createTable({ name: "progress", sortKey: "sk", timeToLive: "expiresAt" });
  client = new DynamoDBClient({
    endpoint: db.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
});

afterAll(async () => {
  client.destroy();
  await db.close();
});

const effects: string[] = [];

const consumer = (name: string, afterPark: "continue" | "parkKey" = "continue") =>
  kinesisConsumer({
    consumer: name,
    decode: json(z.object({ id: z.string() })),
    progress: dynamodbProgress({ tableName: "progress", client }),
    park: memoryParking(),
    afterPark,
    metrics: false,
    runtime: { write: () => {} },
    process({ id }) {
      effects.push(id);
      if (id === "bad") throw new NonRetryableError("never");
      if (id === "late") throw new Error("not yet");
    },
  });

async function run(...args: string[]) {
  let [out, err] = ["", ""];
  const status = await progressCommand(args, {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    ask: undefined,
  });
  return { status, out, err };
}

const at = () => ["--table", "progress", "--endpoint", db.endpoint];
const event = kinesisEvent([{ id: "a" }, { id: "bad" }, { id: "late" }, { id: "b" }], {
  arrival: Date.now() - 10_000,
});

describe("shardmill progress show", () => {
  it("says what is done, open and parked, shard by shard", async () => {
    await consumer("billing")(event);
    const { status, out } = await run("show", ...at(), "--consumer", "billing");
    expect(status).toBe(0);
    const [, bad, late] = event.Records.map(({ kinesis }) => kinesis.sequenceNumber);
    expect(out).toContain("billing  us-east-1:123456789012:orders  shardId-000000000000");
    expect(out).toContain("3 records remembered");
    expect(out).toContain(`open      ${late}: failed 1 times`);
    expect(out).toContain(`parked    ${bad}`);
    expect(out).toContain(`through   ${bad}`);
  });

  it("prints one JSON object a line for programs", async () => {
    const { out } = await run("show", ...at(), "--consumer", "billing", "--json");
    expect(JSON.parse(out)).toMatchObject({
      consumer: "billing",
      shardId: "shardId-000000000000",
      names: 3,
      entries: { count: 1, newest: 1 },
      writeUnits: 1,
    });
  });
});

describe("shardmill progress reset", () => {
  it("has everything processed again, by an environment that was warm", async () => {
    const handler = consumer("replayed");
    await handler(event);
    await handler(event);
    const before = effects.length;
    const { status, out } = await run("reset", ...at(), "--consumer", "replayed", "--yes");
    expect({ status, out }).toEqual({
      status: 0,
      out: "replayed shardId-000000000000: everything before entry 3 is forgotten\n",
    });
    await handler(event);
    expect(effects.slice(before)).toEqual(["a", "bad", "late", "b"]);
    await consumer("replayed")(event);
    expect(effects.slice(before + 4)).toEqual(["late"]);
  });

  it("frees the keys that show lists, of which a record was parked", async () => {
    const handler = consumer("keyed", "parkKey");
    const own = (ids: string[], from: number) =>
      kinesisEvent(
        ids.map((id) => ({ id })),
        { from, partitionKey: () => "customer 7" },
      );
    await handler(own(["bad", "a"], 20));
    const named = [...at(), "--consumer", "keyed"];
    const line = "key       customer 7: its records are parked behind one that is";
    expect((await run("show", ...named)).out).toContain(line);
    const before = effects.length;
    await handler(own(["b"], 30));
    expect(effects.slice(before)).toEqual([]);
    await run("reset", ...named, "--yes");
    expect((await run("show", ...named)).out).not.toContain("customer 7");
    await handler(own(["c"], 40));
    expect(effects.slice(before)).toEqual(["c"]);
  });

  it("asks first, and does nothing where nobody can answer", async () => {
    expect(await run("reset", ...at(), "--consumer", "billing")).toMatchObject({
      status: 2,
      err: expect.stringContaining("add --yes"),
    });
  });
});

describe("what is wrong is said", () => {
  it.each([
    { args: [], err: "say show or reset" },
    { args: ["reste"], err: '"reste" is neither show nor reset' },
    { args: ["show"], err: "which table?" },
    { args: ["reset", "--table", "t"], err: "reset needs --consumer" },
    { args: ["show", "--table", "t", "--colour"], err: "--colour" },
  ])("$args", async ({ args, err }) => {
    const result = await run(...args);
    expect(result.status).toBe(2);
    expect(result.err).toContain(err);
  });

  it("a table that is not there", async () => {
    const result = await run("show", "--table", "none", "--endpoint", db.endpoint);
    expect(result).toMatchObject({
      status: 1,
      err: `shardmill progress: there is no table none. It was looked for in us-east-1, at ${db.endpoint}.\n`,
    });
  });

  it("a table whose name was mistyped", async () => {
    const { err } = await run("show", "--table", "progres", "--endpoint", db.endpoint);
    expect(err).toBe("shardmill progress: there is no table progres. Did you mean progress?\n");
  });

  it("a table with other keys", async () => {
    await db.createTable({ name: "orders", partitionKey: "id" });
    for (const action of ["show", "reset"]) {
      const args = [action, "--table", "orders", "--consumer", "billing", "--endpoint"];
      expect(await run(...args, db.endpoint)).toMatchObject({
        status: 1,
        err: "shardmill progress: the table orders has the keys id (HASH, S), and progress needs pk (HASH, S), sk (RANGE, S). Is it another table?\n",
      });
    }
  });

  it.each([
    ["--consumer", "biling", "there is no progress of the consumer biling. Did you mean billing?"],
    [
      "--stream",
      "clicks",
      "there is no progress of the stream clicks. There is progress of orders.",
    ],
    ["--shard", "shardId-000000000001", "Did you mean shardId-000000000000?"],
  ])("%s that is not there", async (option, name, message) => {
    const { status, err } = await run("show", ...at(), option, name);
    expect(status).toBe(1);
    expect(err).toContain(message);
  });

  it("a table without progress is nothing wrong", async () => {
    await db.createTable({ name: "empty", sortKey: "sk" });
    const args = ["--table", "empty", "--consumer", "billing", "--endpoint", db.endpoint];
    expect(await run("show", ...args)).toEqual({
      ...{ status: 0, err: "" },
      out: "No progress in the table empty.\n",
    });
  });

  it("an endpoint where nothing listens", async () => {
    const result = await run("show", "--table", "none", "--endpoint", "http://127.0.0.1:9");
    expect(result.status).toBe(1);
    expect(result.err).toMatch(/nothing listens|ECONNREFUSED/);
  });

  it("--help reads like a manual page", async () => {
    const { status, out } = await run("--help");
    expect(status).toBe(0);
    expect(out).toContain("--consumer NAME");
  });
});
