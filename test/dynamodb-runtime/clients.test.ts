/** Clients of all kinds and with all options: what is stored and what is read is the same through each of them. */
import { createRequire } from "node:module";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBDocumentClient,
  GetCommand,
  NumberValue,
  type TranslateConfig,
} from "@aws-sdk/lib-dynamodb";
import { commitWith, type Entry, kinesisConsumer } from "shardmill";
import {
  type CommandSender,
  type DocumentClientOptions,
  dynamodbIds,
  dynamodbParking,
  dynamodbProgress,
} from "shardmill/dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allDone, decode, eventOf } from "../consumer/world.ts";
import { thenable } from "../record/thenables.ts";
import { engines, type LocalDynamoDb, startDynamoDb } from "./engines.ts";
import { at, minimal, newLog } from "./entries.ts";

const require = createRequire(import.meta.url);

/** The SDK once more, as a bundle beside Lambda's own has it. */
function anotherCopy(): any {
  const loaded = Object.keys(require.cache).filter((file) => /@aws-sdk|@smithy/.test(file));
  const before = loaded.map((file) => [file, require.cache[file]] as const);
  for (const file of loaded) delete require.cache[file];
  const copy = { ...require("@aws-sdk/client-dynamodb"), ...require("@aws-sdk/lib-dynamodb") };
  Object.assign(require.cache, Object.fromEntries(before));
  expect(copy.DynamoDBClient).not.toBe(DynamoDBClient);
  return copy;
}

/** Every combination of the options of writing, beside all those of reading in turn. */
const translations = Array.from({ length: 16 }, (_, bits): TranslateConfig => {
  const isOn = (bit: number) => (bits & (1 << bit)) !== 0;
  return {
    marshallOptions: {
      convertEmptyValues: isOn(0),
      removeUndefinedValues: isOn(1),
      convertClassInstanceToMap: isOn(2),
      convertTopLevelContainer: isOn(3),
    },
    unmarshallOptions: {
      wrapNumbers: [false, true, BigInt][bits % 3]!,
      convertWithoutMapWrapper: bits % 5 > 1,
    },
  };
});

const entry: Entry = minimal(1, {
  names: Uint8Array.from({ length: 16 }, (_, byte) => byte),
  arrivals: Uint8Array.from([3]),
  open: [{ position: at(3), attempts: 2, since: 1_767_225_600_123, key: "SFO" }],
  closed: [at(1)],
  parked: [at(5, 3)],
  ends: [1, 2],
  through: at(2, 1),
  until: 1_767_225_700_000,
});

let records = 0;
const parked = () => ({
  id: `c${++records}#us-east-1:123456789012:orders#1735689600#shardId-000000000000#4967`,
  consumer: `c${records}`,
  streamArn: "arn:aws:kinesis:us-east-1:123456789012:stream/orders",
  shardId: "shardId-000000000000",
  sequenceNumber: "4967",
  subSequenceNumber: 0,
  partitionKey: "SFO",
  approximateArrivalTimestamp: 1_767_225_600_123,
  data: new Uint8Array(0),
  error: { name: "Error", message: "" },
  attempts: 5,
  firstFailedAt: 1_767_225_601_000,
  parkedAt: 1_767_225_602_000,
});

describe.each(engines)("on %s", (engine) => {
  let db: LocalDynamoDb;
  beforeAll(async () => {
    db = await startDynamoDb(engine);
  }, 60_000);
  afterAll(() => db.close());

  /** A plain client that nobody has made a document client of. */
  const plain = (Client = DynamoDBClient) => new Client({ ...db.settings, maxAttempts: 1 });

  async function works(client: DocumentClientOptions["client"]): Promise<void> {
    const options = { tableName: "progress", client: client! };
    const store = dynamodbProgress(options);
    const log = newLog();
    expect(await store.append(log, entry, 1_800_000_000)).toEqual({ ok: true });
    expect(await store.append(log, { ...entry, token: "b" }, 1_800_000_000)).toEqual({
      ok: false,
      holder: entry.token,
    });
    const [read] = (await store.readAfter(log, 0)).entries;
    expect(read).toMatchObject({ ...entry, kind: "done" });

    const ids = dynamodbIds(options);
    const id = newLog();
    const claim = { holder: "h", until: 5000, token: "t" };
    expect(await ids.claim(id, claim, 1000)).toBeUndefined();
    expect(await ids.claim(id, { ...claim, holder: "other" }, 2000)).toMatchObject(claim);
    expect(await ids.complete(id, claim, 3000)).toBe(true);

    const record = parked();
    await dynamodbParking(options).park(record);
    await dynamodbParking(options).confirm(record);
    expect(await db.items(`${record.consumer}#parked`)).toMatchObject([
      { state: "confirmed", data: new Uint8Array(0), error: { message: "" }, attempts: 5 },
    ]);
  }

  it("a document client may have whatever options", async () => {
    await Promise.all(
      translations.map(async (translation) => {
        const client = DynamoDBDocumentClient.from(plain(), translation);
        await works(client).catch((cause) => {
          throw new Error(`with ${JSON.stringify(translation)}`, { cause });
        });
      }),
    );
  }, 120_000);

  it.each<[string, () => DocumentClientOptions["client"]]>([
    ["a plain client", () => plain()],
    [
      "a plain client of which a document client was made",
      () => {
        const client = plain();
        DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } });
        return client;
      },
    ],
    ["a plain client of another copy of the SDK", () => plain(anotherCopy().DynamoDBClient)],
    [
      "a document client of another copy of the SDK",
      () => {
        const copy = anotherCopy();
        return copy.DynamoDBDocumentClient.from(plain(copy.DynamoDBClient), {
          unmarshallOptions: { wrapNumbers: true },
        });
      },
    ],
    [
      "what hands commands on to one, with promises of another make",
      () => {
        const inner = DynamoDBDocumentClient.from(plain(), {
          unmarshallOptions: { wrapNumbers: true },
        });
        return { send: (command: never) => thenable(inner.send(command)) } as never;
      },
    ],
    [
      "a client whose send was replaced",
      () => {
        const client = plain();
        const { send } = client;
        return Object.assign(client, { send: (...given: never) => send.apply(client, given) });
      },
    ],
  ])("%s works", async (_, make) => {
    await works(make());
  });

  it("a document client of one's own keeps its own options beside ours", async () => {
    const client = plain();
    const own = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: true } });
    const other = plain();
    const log = newLog();
    for (const each of [client, other]) dynamodbProgress({ tableName: "progress", client: each });
    const later = DynamoDBDocumentClient.from(other, { unmarshallOptions: { wrapNumbers: true } });
    const store = dynamodbProgress({ tableName: "progress", client: other });
    await store.append(log, entry, 1_800_000_000);
    expect((await store.readAfter(log, 0)).entries[0]!.at).toBe(entry.at);
    const get = { TableName: "progress", Key: { pk: log, sk: "000000000001" } };
    for (const documents of [own, later]) {
      const { Item } = await documents.send(new GetCommand(get));
      expect(Item!.at).toBeInstanceOf(NumberValue);
    }
  });

  it("writes of commitWith are marshalled as the user's client does it", async () => {
    class Money {
      cents = 12n;
      note = "";
    }
    const client = DynamoDBDocumentClient.from(plain(), {
      marshallOptions: { convertClassInstanceToMap: true, convertEmptyValues: true },
      unmarshallOptions: { wrapNumbers: true },
    });
    const handler = kinesisConsumer({
      consumer: `money-${engine}`,
      decode,
      metrics: false,
      progress: dynamodbProgress({ tableName: "progress", client }),
      process: ({ id }) =>
        commitWith({
          Put: { TableName: "accounts", Item: { id: `${id}-${engine}`, total: new Money() } },
        }),
    });
    expect(await handler(eventOf(["a", "b"]))).toEqual(allDone);
    const get = { TableName: "accounts", Key: { id: `a-${engine}` } };
    const { Item } = await db.documents.send(new GetCommand(get));
    expect(Item!.total).toEqual({ cents: 12, note: null });
  });

  it("writes that touch one item are told by its number, whatever kind of number that is", async () => {
    const client = plain();
    const handler = kinesisConsumer({
      consumer: `kinds-${engine}`,
      decode,
      order: "none",
      metrics: false,
      progress: dynamodbProgress({ tableName: "progress", client }),
      process: ({ id }) =>
        commitWith({
          Update: {
            TableName: "counters",
            Key: { n: id === "a" ? 7 : 7n },
            UpdateExpression: "ADD balance :one",
            ExpressionAttributeValues: { ":one": 1 },
          },
        }),
    });
    expect(await handler(eventOf(["a", "b"]))).toEqual(allDone);
    const get = { TableName: "counters", Key: { n: 7 } };
    const { Item } = await db.documents.send(new GetCommand(get));
    expect(Item!.balance).toBe(2);
  });

  describe("what is set up wrong is said, with the table, the region and what to do", () => {
    const uses: [string, (options: DocumentClientOptions) => Promise<unknown>][] = [
      ["dynamodbProgress", (options) => dynamodbProgress(options).readAfter("log", 0)],
      [
        "dynamodbProgress",
        (options) => dynamodbProgress(options).append(newLog(), entry, 1_800_000_000),
      ],
      ["dynamodbParking", (options) => dynamodbParking(options).park(parked()) as Promise<unknown>],
      [
        "dynamodbIds",
        (options) => dynamodbIds(options).claim("id", { holder: "h", until: 1, token: "t" }, 0),
      ],
    ];

    it.each(uses)("%s without its table", async (who, use) => {
      const error: any = await use({ tableName: "nowhere", client: plain() }).catch((e) => e);
      expect(error.name).toBe("ResourceNotFoundException");
      expect(error.message).toMatch(
        new RegExp(`^${who}: there is no table "nowhere" in us-east-1 .* pk \\(HASH\\) and sk`),
      );
      expect(error.cause.name).toBe("ResourceNotFoundException");
      expect(error.$metadata.httpStatusCode).toBe(400);
    });

    it.each(uses)("%s with a table of other keys", async (who, use) => {
      const error: any = await use({ tableName: "accounts", client: plain() }).catch((e) => e);
      expect(error.name).toBe("ValidationException");
      expect(error.message).toMatch(
        new RegExp(`^${who}: the table "accounts" in us-east-1 has other keys than it should: .*`),
      );
    });

    it("a transaction names the tables of its writes too", async () => {
      const store = dynamodbProgress({ tableName: "progress", client: plain() });
      const Delete = { TableName: "nowhere", Key: { id: "a" } };
      const writes = [{ Delete }];
      await expect(store.append(newLog(), entry, 1_800_000_000, writes)).rejects.toThrow(
        /no table "progress" or "nowhere" in us-east-1/,
      );
    });
  });
});

it.each([
  [
    "AccessDeniedException",
    /^dynamodbProgress: the function's role is not allowed to use the table "t" in eu-west-1: Not this\.$/,
  ],
  [
    "ExpiredTokenException",
    /credentials are not taken for the table "t" in eu-west-1: Not this\. .* AWS_PROFILE/,
  ],
  ["CredentialsProviderError", /credentials are not taken/],
  ["UnrecognizedClientException", /credentials are not taken/],
  ["ProvisionedThroughputExceededException", /^Not this\.$/],
])("%s is said with the table and the region", async (name, message) => {
  const config = { region: async () => "eu-west-1", translateConfig: {} };
  const client = {
    config,
    send: () => Promise.reject(Object.assign(new Error("Not this."), { name })),
  } as unknown as CommandSender;
  const error: any = await dynamodbProgress({ tableName: "t", client })
    .readAfter("log", 0)
    .catch((error) => error);
  expect(error.name).toBe(name);
  expect(error.message).toMatch(message);
});
