/** Expressions are read in a time that grows with their length, and as dynalite reads them. */
import { createRequire } from "node:module";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDynamoDb, type DynamoDb } from "../../../packages/local/src/dynamodb/index.ts";
import { installLinearParsers } from "../../../packages/local/src/dynamodb/linear-parsers.ts";
import { documentClient } from "../../faults/store/document-client.ts";
import { processorTime } from "../../processor-time.ts";

let db: DynamoDb;
beforeAll(async () => {
  db = await createDynamoDb();
  await db.createTable({ name: "nested" });
});
afterAll(() => db.close());

const nested = (open: string, close: string, depth: number) =>
  `${open.repeat(depth)}a = :a${close.repeat(depth)}`;

test.each([
  ["parentheses in AND", nested("(a = :a AND ", ")", 100)],
  ["parentheses in OR", nested("(a = :a OR ", ")", 100)],
  ["parentheses in NOT", nested("NOT (", ")", 200)],
])("a condition with %s, a hundred deep, is met at once", async (_, ConditionExpression) => {
  const client = documentClient(db.endpoint);
  const Item = { pk: "1", a: "x" };
  await client.send(new PutCommand({ TableName: "nested", Item }));
  const start = processorTime();
  const put = { TableName: "nested", Item, ExpressionAttributeValues: { ":a": "x" } };
  await client.send(new PutCommand({ ...put, ConditionExpression }));
  expect(processorTime() - start).toBeLessThan(5000);
});

test.each(["(", "(a = ", "attribute_exists(", "NOT (", "a IN (", "((a) = "])(
  "a condition of nothing but %j is refused at once",
  async (part) => {
    const client = documentClient(db.endpoint);
    const start = processorTime();
    const put = client.send(
      new PutCommand({
        TableName: "nested",
        Item: { pk: "1" },
        ConditionExpression: part.repeat(Math.floor(4000 / part.length)),
      }),
    );
    await expect(put).rejects.toMatchObject({ name: "ValidationException" });
    expect(processorTime() - start).toBeLessThan(5000);
  },
);

describe("what is read is what dynalite reads without a cache", () => {
  interface Parser {
    parse(text: string, options: object): unknown;
  }
  const require = createRequire(import.meta.url);
  const load = (name: string): Parser => {
    const path = require.resolve(`dynalite/db/${name}`);
    delete require.cache[path];
    return require(path);
  };
  const names = ["conditionParser", "updateParser", "projectionParser"] as const;
  const plain = Object.fromEntries(names.map((name) => [name, load(name)]));
  installLinearParsers(require);
  const cached = Object.fromEntries(
    names.map((name) => [name, require(require.resolve(`dynalite/db/${name}`)) as Parser]),
  );

  const word = fc.constantFrom(
    ..."a b #n #x :v :w = <> < ( ) ( ) AND OR NOT IN BETWEEN , . [0] [1]".split(" "),
    ..."SET REMOVE ADD DELETE + - size( attribute_exists( if_not_exists( list_append( contains(".split(
      " ",
    ),
  );
  const texts: Record<(typeof names)[number], fc.Arbitrary<string>> = {
    conditionParser: fc.oneof(
      fc.array(word, { maxLength: 12 }).map((words) => words.join(" ")),
      condition(),
    ),
    updateParser: fc.array(word, { maxLength: 12 }).map((words) => `SET a = ${words.join(" ")}`),
    projectionParser: fc.array(word, { maxLength: 8 }).map((words) => words.join(" ")),
  };

  test.each(names)("%s", (name) => {
    const context = () => ({
      context: {
        attrNames: { "#n": "b" },
        attrVals: { ":v": { S: "x" } },
        unusedAttrNames: { "#n": true },
        unusedAttrVals: { ":v": true },
        isReserved: (word: string) => word === "b",
        compare: () => false,
      },
    });
    const read = (parser: Parser, text: string) => {
      const options = context();
      try {
        return { read: parser.parse(text, options), ...options.context };
      } catch (error) {
        // With a cache, a message may name fewer of the things that could have come.
        return { refused: (error as Error).name, ...options.context };
      }
    };
    fc.assert(
      fc.property(texts[name], (text) => {
        const { isReserved: _, compare: __, ...expected } = read(plain[name]!, text);
        expect(read(cached[name]!, text)).toMatchObject(expected);
      }),
      { numRuns: 300 },
    );
  });

  /** Conditions that can be read, of no more levels than can be waited for without a cache. */
  function condition(): fc.Arbitrary<string> {
    const operand = fc.constantFrom("a", "a.b[1]", "#n", "#x", ":v", ":w", "size(a)");
    const leaf = fc.oneof(
      fc.tuple(operand, fc.constantFrom("=", "<>", ">="), operand).map((parts) => parts.join(" ")),
      operand.map((path) => `attribute_not_exists(${path})`),
      fc.tuple(operand, operand, operand).map(([a, b, c]) => `${a} BETWEEN ${b} AND ${c}`),
      fc.tuple(operand, operand).map(([a, b]) => `${a} IN (${b}, :v)`),
    );
    const pair = (inner: fc.Arbitrary<string>) =>
      fc.oneof(
        leaf,
        inner.map((text) => `NOT (${text})`),
        fc
          .tuple(inner, fc.constantFrom("AND", "OR"), inner)
          .map(([a, word, b]) => `(${a}) ${word} ${b}`),
      );
    return pair(pair(leaf));
  }
});
