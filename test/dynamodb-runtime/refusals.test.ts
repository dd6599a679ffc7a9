/** What the stores make of DynamoDB's refusals that no engine gives at will, through a client of the user's. */
import { dynamodbIds, dynamodbProgress } from "shardmill/dynamodb";
import { describe, expect, it } from "vitest";
import { digestOf } from "../../src/aws/store-limits.ts";
import { allKeys } from "../../src/progress/parked-keys.ts";
import { listed } from "../progress/log-world.ts";
import { minimal } from "./entries.ts";

type Answer = { readonly [key: string]: unknown } | Error;

/** Gives these answers, one after the other, and keeps what was asked. */
function answering(...answers: readonly Answer[]) {
  const asked: { readonly name: string; readonly input: Record<string, any> }[] = [];
  const client = {
    async send(command: { readonly input: Record<string, any> }) {
      asked.push({ name: command.constructor.name, input: command.input });
      const answer = answers[asked.length - 1] ?? new Error("Nothing more was expected.");
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { asked, options: { tableName: "progress", client } };
}

const refusal = (name: string, more: object = {}) =>
  Object.assign(new Error("refused"), { name, ...more });
const conditionFailed = refusal("ConditionalCheckFailedException");
const denied = refusal("AccessDeniedException");

describe("an id", () => {
  const claim = { holder: "mine", until: 60_000, token: "t" };

  it("that was given back between the refusal and the question who has it is claimed again", async () => {
    const { asked, options } = answering(conditionFailed, {}, {});
    expect(await dynamodbIds(options).claim("a", claim, 1000)).toBeUndefined();
    expect(asked.map(({ name }) => name)).toEqual(["PutCommand", "GetCommand", "PutCommand"]);
    expect(asked[2]!.input).toEqual(asked[0]!.input);
    expect(asked[1]!.input).toMatchObject({ TableName: "progress", ConsistentRead: true });
  });

  it("is not somebody's where DynamoDB refuses for another reason", async () => {
    const ids = (answer: Answer) => dynamodbIds(answering(answer).options);
    await expect(ids(denied).claim("a", claim, 1000)).rejects.toMatchObject({ name: denied.name });
    await expect(ids(denied).release("a", claim)).rejects.toMatchObject({ name: denied.name });
    await expect(ids(conditionFailed).release("a", claim)).resolves.toBeUndefined();
    expect(await ids({}).complete("a", claim, 1000)).toBe(false);
  });
});

describe("a parked key", () => {
  it("is not freed, nor another's, where DynamoDB refuses for another reason", async () => {
    const key = { key: "k", log: "log", token: "t" };
    const { asked, options } = answering(denied, conditionFailed, {});
    const { free } = dynamodbProgress(options).parkedKeys!;
    await expect(free("set", key)).rejects.toMatchObject({ name: denied.name });
    expect(await free("set", key)).toBe(false);
    expect(await free("set", key)).toBe(true);
    expect(asked[2]).toMatchObject({
      name: "DeleteCommand",
      input: { TableName: "progress", Key: { pk: "set", sk: "=k" } },
    });
  });
});

it("the parked keys of a stream are read page by page, each from where the one before ended", async () => {
  const { asked, options } = answering(
    { Items: [{ sk: "=a", log: "log", token: "t" }], LastEvaluatedKey: { pk: "set", sk: "=a" } },
    {},
  );
  const { parkedKeys } = dynamodbProgress(options);
  expect(await listed(allKeys(parkedKeys!, "set"))).toEqual([{ key: "a", log: "log", token: "t" }]);
  const query = {
    TableName: "progress",
    ConsistentRead: true,
    KeyConditionExpression: "pk = :set",
    ExpressionAttributeValues: { ":set": "set" },
  };
  expect(asked.map(({ input }) => input)).toEqual([
    query,
    { ...query, ExclusiveStartKey: { pk: "set", sk: "=a" } },
  ]);
});

it("of a log the newest entries are read first, a small page; then as many as there is room for", async () => {
  const { asked, options } = answering({}, {}, { LastEvaluatedKey: {} });
  const { readAfter, readBefore } = dynamodbProgress(options);
  const none = { entries: [], more: false };
  expect(await readBefore("log", Number.POSITIVE_INFINITY)).toEqual(none);
  expect(await readBefore("log", 5)).toEqual(none);
  expect(await readAfter("log", 5)).toEqual({ entries: [], more: true });
  const query = (operator: string, n: string) => ({
    TableName: "progress",
    ConsistentRead: true,
    KeyConditionExpression: `pk = :log AND sk ${operator} :n`,
    ExpressionAttributeValues: { ":log": "log", ":n": n },
  });
  expect(asked.map(({ input }) => input)).toEqual([
    { ...query("<", "~"), ScanIndexForward: false, Limit: 300 },
    { ...query("<", "000000000005"), ScanIndexForward: false },
    query(">", "000000000005"),
  ]);
});

it("what a store is not given is said with its name", () => {
  const { client } = answering().options;
  for (const [name, store] of Object.entries({ dynamodbIds, dynamodbProgress })) {
    expect(() => store({ client })).toThrow(
      `${name}: no tableName. Pass it, or set PROGRESS_TABLE on the function.`,
    );
    expect(() => store({ tableName: "t", client: {} as typeof client })).toThrow(`${name}: client`);
  }
  expect(() => dynamodbIds({ tableName: "t", client, keepInDays: -1 })).toThrow(
    "dynamodbIds: keepInDays",
  );
});

describe("an append", () => {
  const append = (answers: readonly Answer[], parkedKeys: readonly string[] = [], writes = 1) => {
    const { asked, options } = answering(...answers);
    const entry = minimal(7, { parkedKeys });
    const put = { Put: { TableName: "accounts", Item: { id: "a" } } };
    const appended = dynamodbProgress(options).append(
      "log",
      entry,
      1,
      writes > 0 ? Array.from({ length: writes }, () => put) : undefined,
    );
    return { appended, asked };
  };
  const canceled = (...CancellationReasons: readonly object[]) =>
    refusal("TransactionCanceledException", { CancellationReasons });
  const none = { Code: "None" };

  it("has each key that it parks put once, which says itself only where it is too long for a key", async () => {
    const long = "é".repeat(512);
    const { appended, asked } = append([{}], ["k", long, "k"], 0);
    expect(await appended).toEqual({ ok: true });
    const own = { pk: "log#undefined#keys", log: "log", token: "token-7" };
    expect(asked[0]!.input.TransactItems.slice(1)).toEqual([
      { Put: { TableName: "progress", Item: { ...own, sk: "=k" } } },
      { Put: { TableName: "progress", Item: { ...own, sk: `#${digestOf(long)}`, key: long } } },
    ]);
  });

  it.each([
    ["alone", conditionFailed, 0],
    ["with writes", canceled({ Code: "ConditionalCheckFailed" }, none), 1],
  ])(
    "%s, under a number whose entry does not come with the refusal, asks for that",
    async (_, refused, writes) => {
      const held = append(
        [refused, { Items: [{ sk: "000000000007", token: "other" }] }],
        [],
        writes,
      );
      expect(await held.appended).toEqual({ ok: false, holder: "other" });
      expect(held.asked[0]!.name).toBe(writes ? "TransactWriteCommand" : "PutCommand");
      expect(held.asked[1]).toMatchObject({
        name: "QueryCommand",
        input: {
          ConsistentRead: true,
          KeyConditionExpression: "pk = :log AND sk = :n",
          ExpressionAttributeValues: { ":log": "log", ":n": "000000000007" },
        },
      });
      const gone = append([refused, { Items: [] }], [], writes);
      expect(await gone.appended).toEqual({ ok: false, holder: undefined });
      const nothing = append([refused, {}], [], writes);
      expect(await nothing.appended).toEqual({ ok: false, holder: undefined });
    },
  );

  it("says which writes refused for good, and why", async () => {
    const Message = "The item is too large";
    const error = canceled(
      none,
      none,
      { Code: "ValidationError", Message },
      { Code: "ConditionalCheckFailed", Message: "no" },
      { Code: "ThrottlingError" },
    );
    const { appended } = append([error], [], 4);
    const { refused } = (await appended) as { refused: ReadonlyMap<number, Error> };
    expect([...refused].map(([index, { message }]) => [index, message])).toEqual([
      [1, `ValidationError: ${Message}`],
      [2, "ConditionalCheckFailed: no"],
    ]);
    expect(refused.get(1)!.cause).toMatchObject({ name: error.name });
  });

  it.each([
    ["that met another transaction", [none, { Code: "TransactionConflict" }]],
    ["of which nothing is said", []],
  ])("%s may be sent again", async (_, reasons) => {
    const { appended } = append([canceled(...reasons)]);
    const error = await appended.catch((error) => error);
    expect(error).toMatchObject({ name: "TransactionConflictException" });
    expect(dynamodbProgress(answering().options).isTransient(error)).toBe(true);
  });

  it.each([
    ["a refusal of another kind", denied, 1, []],
    [
      "a transaction that was cancelled without a reason",
      refusal("TransactionCanceledException"),
      1,
      [],
    ],
    ["a key's own put that was refused", canceled(none, { Code: "ValidationError" }), 0, ["k"]],
  ] as const)("rejects with %s", async (_, error, writes, parkedKeys) => {
    const { appended } = append([error], parkedKeys, writes);
    await expect(appended).rejects.toMatchObject({ name: error.name });
  });
});
