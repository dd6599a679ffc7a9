/** Parked records in a DynamoDB table. */
import {
  type DynamoDBDocumentClient,
  paginateQuery,
  paginateScan,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { UsageError } from "../usage-error.ts";
import { type Found, type Hold, type Payload, parkedItem, type Source } from "./found.ts";
import { noConsumer } from "./not-there.ts";

type Item = Record<string, unknown>;

export function tableSource(
  client: DynamoDBDocumentClient,
  table: string,
  consumer: string | undefined,
  now: () => number,
): Source {
  return {
    async *find() {
      const who = await consumerOf(client, table, consumer);
      if (who === undefined) return;
      const pages = paginateQuery(
        { client },
        {
          ...{ TableName: table, ConsistentRead: true },
          KeyConditionExpression: "#pk = :pk",
          ExpressionAttributeNames: { "#pk": "pk" },
          ExpressionAttributeValues: { ":pk": `${who}#parked` },
        },
      );
      for await (const { Items = [] } of pages) {
        for (const item of Items) {
          const parked = parkedItem(item, payloadOf(item));
          const hold = holdOf(client, table, item, now);
          if (parked) yield { kind: "parked", item: parked, hold } satisfies Found;
        }
      }
    },
    close: () => client.destroy(),
  };
}

function payloadOf({ data, payloadLocation, pointer }: Item): Payload | undefined {
  if (data instanceof Uint8Array) return { data };
  if (typeof payloadLocation === "string") return { payloadLocation };
  return pointer === true ? { pointer } : undefined;
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
      ExpressionAttributeValues: { ":pk": `${consumer}#parked` },
    },
  );
  for await (const { Items = [] } of pages) return Items.length > 0;
  return false;
}

function holdOf(
  client: DynamoDBDocumentClient,
  table: string,
  { pk, sk }: Item,
  now: () => number,
): Hold {
  let own = "";
  const update = async (
    change: string,
    condition: string,
    values: Record<string, unknown>,
  ): Promise<boolean> => {
    const names = { "#state": "state", "#token": "redriveToken", "#until": "heldUntil" };
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
      const mine = own === "" ? "#state <> :redriving" : "#state = :redriving AND #token = :token";
      await update("SET #state = :redriven, redrivenAt = :now REMOVE #token, #until", mine, {
        ...{ ":redriven": "redriven", ":redriving": "redriving", ":now": now() },
        ...(own === "" ? {} : { ":token": own }),
      });
    },
    async giveBack() {
      await update(
        "SET #state = :confirmed REMOVE #token, #until",
        "#state = :redriving AND #token = :token",
        { ":confirmed": "confirmed", ":redriving": "redriving", ":token": own },
      );
    },
  };
}
