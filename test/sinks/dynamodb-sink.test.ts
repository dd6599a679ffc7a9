// What the sink loads when it is made is there: the virtual clock waits for no module.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import "../../src/aws/dynamodb/client.ts";
import fc from "fast-check";
import { json, kinesisConsumer, memoryParking, memoryProgress } from "shardmill";
import { type DynamodbSinkOptions, dynamodbSink } from "shardmill/sinks";
import { kinesisEvent } from "shardmill/testing";
import { describe, expect, it } from "vitest";
import { world } from "../consumer/world.ts";
import { engines, startDynamoDb } from "../dynamodb-runtime/engines.ts";
import { anyCourse, type Row, run } from "./deliveries.ts";

const named = (name: string, message = "No.") => Object.assign(new Error(message), { name });

/** A table in memory that puts on the sink's condition, and no other. */
function table() {
  const items = new Map<string, any>();
  const puts: any[] = [];
  const double = {
    items,
    puts,
    refuse: (_item: any, _put: number): Error | undefined => undefined,
    async send({ input }: any) {
      const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues } = input;
      expect(ConditionExpression).toBe("attribute_not_exists(#position) OR #position < :position");
      puts.push(input.Item);
      const refusal = double.refuse(input.Item, puts.length);
      if (refusal) throw refusal;
      const own = ExpressionAttributeNames["#position"];
      const there = items.get(input.Item.key ?? input.Item.pk);
      if (there?.[own] !== undefined && !(there[own] < ExpressionAttributeValues[":position"])) {
        throw named("ConditionalCheckFailedException");
      }
      items.set(input.Item.key ?? input.Item.pk, input.Item);
      return {};
    },
  };
  return double;
}

function sinking(options: Partial<DynamodbSinkOptions<any>> = {}) {
  const its = world();
  const double = table();
  const park = memoryParking();
  const handler = kinesisConsumer({
    consumer: "profiles",
    decode: json(),
    order: "none",
    progress: memoryProgress(),
    park,
    runtime: its.runtime,
    processBatch: dynamodbSink<any>({
      tableName: "profiles",
      key: ["key"],
      client: double,
      runtime: its.runtime,
      ...options,
    }),
  });
  const deliver = (values: readonly unknown[], from = 0) =>
    its.finish(handler(kinesisEvent(values, { from }), its.context()));
  return { ...its, double, deliver, parked: () => [...park.parked.values()] };
}

const done = { batchItemFailures: [] };

describe("dynamodbSink", () => {
  it("puts the newest of each key, with the position of its record", async () => {
    const { deliver, double } = sinking();
    const values = [{ key: "a", n: 1 }, { key: "b" }, { key: "a", n: 2 }];
    expect(await deliver(values)).toEqual(done);
    const { sequenceNumber } = kinesisEvent(values).Records[2]!.kinesis;
    expect(double.puts).toHaveLength(2);
    expect(double.items.get("a")).toEqual({
      key: "a",
      n: 2,
      position: `${sequenceNumber.padStart(56, "0")}.000000`,
    });
  });

  it("leaves an item of a later record alone, and its record is done", async () => {
    const { deliver, double } = sinking();
    await deliver([{ key: "a", n: 2 }], 7);
    const second = sinking({ client: double });
    expect(await second.deliver([{ key: "a", n: 1 }], 3)).toEqual(done);
    expect(double.items.get("a")).toMatchObject({ n: 2 });
  });

  it("tries again what was throttled, and that alone", async () => {
    const { deliver, double } = sinking();
    double.refuse = ({ key }, put) =>
      key === "a" && put <= 2 ? named("ProvisionedThroughputExceededException") : undefined;
    expect(await deliver([{ key: "a" }, { key: "b" }])).toEqual(done);
    expect(double.puts.map(({ key }) => key)).toEqual(["a", "b", "a"]);
  });

  it("parks the record whose item DynamoDB will never take, and puts the one before it", async () => {
    const { deliver, double, parked } = sinking();
    double.refuse = ({ n }) =>
      n === 2 ? named("ValidationException", "Item size has exceeded the maximum") : undefined;
    expect(
      await deliver([
        { key: "a", n: 1 },
        { key: "a", n: 2 },
      ]),
    ).toEqual(done);
    expect(double.items.get("a")).toMatchObject({ n: 1 });
    expect(parked()).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["no number", Number.NaN],
    ["a number that a double does not hold", 2 ** 60],
    ["an empty set", new Set()],
    ["a set of what no set has", new Set([true])],
    ["an object of a class", new URL("https://example.com")],
    ["nothing in a set", new Set([undefined])],
  ])("parks the record in whose item is what the SDK cannot write: %s", async (_, wrong) => {
    const config = { region: "us-east-1", credentials: { accessKeyId: "a", secretAccessKey: "b" } };
    const requests: unknown[] = [];
    const handle = async (request: unknown) => {
      requests.push(request);
      throw Object.assign(new Error("No server."), { name: "AccessDeniedException" });
    };
    const client = DynamoDBDocumentClient.from(
      new DynamoDBClient({ ...config, requestHandler: { handle } as never }),
    );
    const { deliver, parked } = sinking({ client, item: ({ key }) => ({ key, n: wrong }) });
    expect(await deliver([{ key: "a" }])).toEqual(done);
    expect(parked()).toHaveLength(1);
    expect(requests).toEqual([]);
  });

  it.each([
    named("ResourceNotFoundException"),
    named("AccessDeniedException"),
    named("ValidationException", "The provided key element does not match the schema"),
    named(
      "ValidationException",
      "One or more parameter values were invalid: Missing the key pk in the item",
    ),
  ])("parks nothing because of the table: $message", async (error) => {
    const { deliver, double, logs, parked } = sinking();
    double.refuse = () => error;
    expect((await deliver([{ key: "a" }])).batchItemFailures).toHaveLength(1);
    expect(parked()).toEqual([]);
    expect(logs()[0]!.error.message).toMatch(/^dynamodbSink: .*"profiles"/);
    expect(logs()[0]!.error.message).not.toContain("expiresAt");
  });

  it("ends a put that hangs with the invocation: its records are given back, and none has failed", async () => {
    const client = {
      send: (_: unknown, { abortSignal }: { abortSignal?: AbortSignal } = {}) =>
        new Promise<never>((_, reject) => {
          abortSignal?.addEventListener("abort", () => reject(abortSignal.reason));
        }),
    };
    const { deliver, logs } = sinking({ client });
    expect((await deliver([{ key: "a" }, { key: "b" }])).batchItemFailures).toHaveLength(1);
    expect(logs().filter(({ level }) => level === "ERROR")).toEqual([]);
  });

  it("leaves out a record that has no item", async () => {
    const { deliver, double } = sinking({ item: (value) => (value.skip ? undefined : value) });
    expect(await deliver([{ key: "a", skip: true }, { key: "b" }])).toEqual(done);
    expect([...double.items.keys()]).toEqual(["b"]);
  });

  it.each<[string, object, unknown]>([
    ["no key", {}, { n: 1 }],
    ["no object", { item: () => 7 }, { key: "a" }],
    ["a position of its own", {}, { key: "a", position: 1 }],
  ])("parks a record whose item has %s", async (_, options, value) => {
    const { deliver, double, parked } = sinking(options);
    expect(await deliver([value])).toEqual(done);
    expect([double.puts.length, parked().length]).toEqual([0, 1]);
  });

  it("leaves, after any course, the item of each key's last record", () =>
    fc.assert(
      fc.asyncProperty(anyCourse(), async (course) => {
        const double = table();
        await run(course, {
          sink: (outside, runtime) =>
            dynamodbSink<Row>({
              tableName: "rows",
              key: ["key"],
              concurrency: 2,
              runtime,
              client: { send: (command) => outside(() => double.send(command)) },
            }),
        });
        const last = new Map(course.rows.map((row) => [row.key, row.id]));
        expect(new Map([...double.items].map(([key, { id }]) => [key, id]))).toEqual(last);
      }),
    ));
});

describe.each(engines)("dynamodbSink on %s", (engine) => {
  it("puts on the condition that what is there is older", async () => {
    const db = await startDynamoDb(engine);
    const handler = kinesisConsumer({
      consumer: "c",
      decode: json(),
      metrics: false,
      logger: { info() {}, warn() {}, error() {} } as never,
      processBatch: dynamodbSink<any>({
        tableName: "accounts",
        key: ["id"],
        client: db.client,
        item: ({ id, n }) => ({ id, n, tags: new Set(["a"]), nothing: undefined }),
      }),
    });
    const values = [
      { id: "a", n: 1 },
      { id: "b", n: 1 },
      { id: "a", n: 2 },
    ];
    expect(await handler(kinesisEvent(values, { from: 5 }))).toEqual(done);
    expect(await handler(kinesisEvent([{ id: "a", n: 0 }]))).toEqual(done);
    expect(await handler(kinesisEvent([{ id: "b", n: 3 }], { from: 9 }))).toEqual(done);
    const { GetCommand, DynamoDBDocumentClient } = await import("@aws-sdk/lib-dynamodb");
    const read = async (id: string) =>
      (
        await DynamoDBDocumentClient.from(db.client as never).send(
          new GetCommand({ TableName: "accounts", Key: { id } }),
        )
      ).Item;
    expect(await read("a")).toMatchObject({ n: 2, tags: new Set(["a"]) });
    expect(await read("b")).toMatchObject({ n: 3 });
    await db.close();
  });
});

it.each<[string, unknown, string]>([
  ["no table", { key: ["a"] }, "dynamodbSink: no tableName."],
  ["no key", { tableName: "t" }, "key must be"],
  ["a position that is a key", { tableName: "t", key: ["position"] }, "positionAttribute must be"],
  [
    "a concurrency that is none",
    { tableName: "t", key: ["a"], concurrency: 0 },
    "concurrency must",
  ],
])("dynamodbSink refuses %s at the start", (_, options, why) => {
  expect(() => dynamodbSink(options as never)).toThrow(why);
});
