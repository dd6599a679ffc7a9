/** Parked records in a DynamoDB table. */
import {
  type DynamoDBDocumentClient,
  paginateQuery,
  paginateScan,
  QueryCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { parkedUnder } from "../../../../src/park/dynamodb-parking.ts";
import { UsageError } from "../command-line/usage-error.ts";
import {
  type Found,
  type Hold,
  type Payload,
  parkedItem,
  payloadElsewhere,
  type Source,
} from "./found.ts";
import { noConsumer } from "./not-there.ts";

type Item = Record<string, unknown>;

/** How many bytes of payloads are kept from when their items were found; the others are read once more. */
const keptAtMost = 64 * 1024 * 1024;

export function tableSource(
  client: DynamoDBDocumentClient,
  table: string,
  consumer: string | undefined,
  now: () => number,
  keptBytes = keptAtMost,
): Source {
  return {
    async *find() {
      let room = keptBytes;
      const who = await consumerOf(client, table, consumer);
      if (who === undefined) return;
      const pages = paginateQuery(
        { client },
        {
          ...{ TableName: table, ConsistentRead: true },
          KeyConditionExpression: "#pk = :pk",
          ExpressionAttributeNames: { "#pk": "pk" },
          ExpressionAttributeValues: { ":pk": parkedUnder(who) },
        },
      );
      for await (const { Items = [] } of pages) {
        for (const item of Items) {
          let payload = payloadOf(item);
          if (payload && "data" in payload) {
            room -= payload.data.byteLength;
            if (room < 0) payload = { read: reader(client, table, item) };
          }
          const parked = parkedItem(item, payload);
          const hold = holdOf(client, table, item, now);
          const what = `the item ${item.sk} of ${item.pk} is no parked record that this shardmill can read.`;
          yield parked
            ? ({ kind: "parked", item: parked, hold } satisfies Found)
            : ({ kind: "unreadable", what, hold } satisfies Found);
        }
      }
    },
    close: () => client.destroy(),
  };
}

const payloadOf = ({ data, ...fields }: Item): Payload | undefined =>
  data instanceof Uint8Array ? { data } : payloadElsewhere(fields);

/** Keeps nothing of the item but its key. A query, since that is allowed already. */
function reader(client: DynamoDBDocumentClient, TableName: string, { pk, sk }: Item) {
  return async (): Promise<Uint8Array> => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        ...{ TableName, ConsistentRead: true, ProjectionExpression: "#data" },
        KeyConditionExpression: "#pk = :pk AND #sk = :sk",
        ExpressionAttributeNames: { "#pk": "pk", "#sk": "sk", "#data": "data" },
        ExpressionAttributeValues: { ":pk": pk, ":sk": sk },
      }),
    );
    const data = Items[0]?.data;
    if (data instanceof Uint8Array) return data;
    throw new Error(`its payload is not in the item ${sk} of ${pk} any more.`);
  };
}

/** The one whose records are parked here, where there is one. */
async function consumerOf(
  client: DynamoDBDocumentClient,
  table: string,
  given: string | undefined,
): Promise<string | undefined> {
  const parked = new Set<string>();
  const known = new Set<string>();
  const pages = paginateScan(
    { client },
    {
      ...{ TableName: table, ProjectionExpression: "#pk" },
      ExpressionAttributeNames: { "#pk": "pk" },
    },
  );
  // One that is named is looked for by its key; the others only when it has nothing.
  if (given !== undefined && (await hasParked(client, table, given))) return given;
  for await (const { Items = [] } of pages) {
    for (const { pk } of Items) {
      const [name = "", rest, , shardId = ""] = String(pk).split("#");
      if (rest === "parked") parked.add(name);
      else if (shardId.startsWith("shardId-")) known.add(name).add(name.split("@")[0]!);
    }
  }
  if (given !== undefined) {
    // It has progress: nothing of it was ever parked.
    if (known.has(given)) return undefined;
    throw noConsumer(given, `in ${table}`, [...parked]);
  }
  if (parked.size <= 1) return [...parked][0];
  throw new UsageError(
    `records of several consumers are parked in ${table}. Give --consumer: ${[...parked].sort().join(", ")}.`,
  );
}

async function hasParked(
  client: DynamoDBDocumentClient,
  table: string,
  consumer: string,
): Promise<boolean> {
  const pages = paginateQuery(
    { client },
    {
      ...{ TableName: table, Limit: 1, KeyConditionExpression: "#pk = :pk" },
      ExpressionAttributeNames: { "#pk": "pk" },
      ExpressionAttributeValues: { ":pk": parkedUnder(consumer) },
    },
  );
  for await (const { Items = [] } of pages) return Items.length > 0;
  return false;
}

function holdOf(
  client: DynamoDBDocumentClient,
  table: string,
  { pk, sk, parkedAgain }: Item,
  now: () => number,
): Hold {
  let own: string | undefined;
  const update = async (
    change: string,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean> => {
    const names = {
      ...{ "#state": "state", "#token": "redriveToken", "#until": "heldUntil" },
      "#again": "parkedAgain",
    };
    const used = Object.entries(names).filter(([name]) => `${change} ${condition}`.includes(name));
    try {
      await client.send(
        new UpdateCommand({
          ...{ TableName: table, Key: { pk, sk } },
          ...{ UpdateExpression: change, ConditionExpression: condition },
          ExpressionAttributeNames: Object.fromEntries(used),
          ExpressionAttributeValues: values,
        }),
      );
      return true;
    } catch (error) {
      if ((error as Error).name === "ConditionalCheckFailedException") return false;
      throw error;
    }
  };
  const mine = () => ({ ":redriving": "redriving", ":token": own });
  const giveBack = async (): Promise<void> => {
    if (own === undefined) return;
    await update(
      "SET #state = :confirmed REMOVE #token, #until",
      "#state = :redriving AND #token = :token",
      { ":confirmed": "confirmed", ...mine() },
    );
  };
  return {
    where: `table ${table}`,
    async confirm() {
      await update("SET #state = :confirmed", "#state = :parked", {
        ...{ ":confirmed": "confirmed", ":parked": "parked" },
      });
    },
    async take(token, until) {
      own = token;
      // Confirmed, or taken by a redrive whose time is over.
      const isFree = "#state = :confirmed OR (#state = :redriving AND #until < :now)";
      return update("SET #state = :redriving, #token = :token, #until = :until", isFree, {
        ...{ ":confirmed": "confirmed", ":redriving": "redriving", ":now": now() },
        ...{ ":token": token, ":until": until },
      });
    },
    async finish() {
      // Neither another redrive's, nor parked again since it was looked at.
      const isOurs =
        own === undefined ? "#state = :parked" : "#state = :redriving AND #token = :token";
      const isSeen = parkedAgain === undefined ? "attribute_not_exists(#again)" : "#again = :again";
      const isFinished = await update(
        "SET #state = :redriven, redrivenAt = :now REMOVE #token, #until",
        `${isOurs} AND ${isSeen}`,
        {
          ...{ ":redriven": "redriven", ":now": now() },
          ...(own === undefined ? { ":parked": "parked" } : mine()),
          ...(parkedAgain === undefined ? {} : { ":again": parkedAgain }),
        },
      );
      if (!isFinished) await giveBack();
      return isFinished;
    },
    giveBack,
  };
}
