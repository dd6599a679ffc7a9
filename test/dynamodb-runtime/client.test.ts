import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type CommandSender, dynamodbParking, dynamodbProgress } from "shardmill/dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** Something that takes commands, and remembers which table they name. */
function sender() {
  const tables: unknown[] = [];
  const client = {
    async send(command: { input: { TableName?: unknown } }) {
      tables.push(command.input.TableName);
      return { Items: [] };
    },
  } as unknown as CommandSender;
  return { client, tables };
}

beforeEach(() => {
  vi.stubEnv("PROGRESS_TABLE", undefined);
  vi.stubEnv("AWS_REGION", "us-east-1");
});
afterEach(() => void vi.unstubAllEnvs());

describe.each([
  ["dynamodbProgress", dynamodbProgress],
  ["dynamodbParking", dynamodbParking],
])("%s", (name, make) => {
  it.each([
    ["no options", undefined],
    ["no table", {}],
    ["a table that is undefined, as a missing variable is", { tableName: undefined }],
    ["a table without a name", { tableName: "" }],
  ])("with %s fails at start, and names the variable", (_, options) => {
    expect(() => make(options)).toThrow(new RegExp(`^${name}.*PROGRESS_TABLE`));
  });

  it("makes its own client when none is given", () => {
    expect(() => make({ tableName: "t" })).not.toThrow();
    expect(() => make({ tableName: "t", client: new DynamoDBClient({}) })).not.toThrow();
  });
});

describe("the table", () => {
  it("is the one that is named, or the one in PROGRESS_TABLE", async () => {
    const { client, tables } = sender();
    vi.stubEnv("PROGRESS_TABLE", "from-environment");
    await dynamodbProgress({ client }).readAfter("log", 0);
    await dynamodbProgress({ client, tableName: "named" }).readAfter("log", 0);
    expect(tables).toEqual(["from-environment", "named"]);
  });
});
