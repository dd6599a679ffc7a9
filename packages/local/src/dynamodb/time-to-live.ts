import type { Clock } from "../../../../src/time/clock.ts";
import { type DynaliteStore, Refused, refuse } from "./dynalite-store.ts";
import { type Item, refusedAs } from "./engine.ts";
import type { Input } from "./types.ts";

/** DynamoDB leaves alone what would have expired longer ago than this, as likely a mistake. */
const fiveYearsInSeconds = 5 * 365.25 * 86_400;

/** Time to live, which dynalite lacks: the two operations about it, and the deletes. */
export function timeToLive(store: DynaliteStore, clock: Clock) {
  const attributes = new Map<string, string>();

  async function update(input: Input): Promise<Record<string, unknown>> {
    const { name } = await store.table(String(input.TableName));
    const { Enabled, AttributeName } = specification(input);
    const current = attributes.get(name);
    if (!Enabled && current === undefined) {
      refuse("ValidationException", "TimeToLive is already disabled");
    }
    if (Enabled && current === AttributeName) {
      refuse("ValidationException", "TimeToLive is already enabled");
    }
    if (current !== undefined && current !== AttributeName) {
      refuse("ValidationException", "TimeToLive is active on a different AttributeName");
    }
    if (Enabled) attributes.set(name, AttributeName);
    else attributes.delete(name);
    return { TimeToLiveSpecification: { Enabled, AttributeName } };
  }

  async function describe(input: Input): Promise<Record<string, unknown>> {
    const { name } = await store.table(String(input.TableName));
    const AttributeName = attributes.get(name);
    return {
      TimeToLiveDescription: AttributeName
        ? { TimeToLiveStatus: "ENABLED", AttributeName }
        : { TimeToLiveStatus: "DISABLED" },
    };
  }

  /** Deletes the expired items of all tables and says how many they were. */
  async function deleteExpired(): Promise<number> {
    let deleted = 0;
    for (const [table, attribute] of attributes) deleted += await sweep(table, attribute);
    return deleted;
  }

  async function sweep(TableName: string, attribute: string): Promise<number> {
    const now = Math.floor(clock.now() / 1000);
    const table = await store.table(TableName);
    let deleted = 0;
    let ExclusiveStartKey: unknown;
    do {
      const scan = store.parse("Scan", {
        TableName,
        FilterExpression: "#ttl BETWEEN :oldest AND :now",
        ExpressionAttributeNames: { "#ttl": attribute },
        ExpressionAttributeValues: {
          ":oldest": { N: String(now - fiveYearsInSeconds) },
          ":now": { N: String(now) },
        },
        ...(ExclusiveStartKey !== undefined && { ExclusiveStartKey }),
      });
      const page = await store.perform("Scan", scan);
      for (const item of page.Items as Item[]) {
        if (await deleteUnchanged(TableName, table.keyOf(item), attribute, item)) deleted++;
      }
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey !== undefined);
    return deleted;
  }

  /** Deletes an item unless its time to live was changed since it was read. */
  async function deleteUnchanged(TableName: string, Key: Item, attribute: string, item: Item) {
    const request = store.parse("DeleteItem", {
      TableName,
      Key,
      ConditionExpression: "#ttl = :ttl",
      ExpressionAttributeNames: { "#ttl": attribute },
      ExpressionAttributeValues: { ":ttl": item[attribute] },
    });
    try {
      await store.perform("DeleteItem", request);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (refusedAs(error.answer) === "ConditionalCheckFailedException") return false;
      throw error;
    }
  }

  return {
    update,
    describe,
    deleteExpired,
    /** Forgets a table that is gone. */
    forget: (table: string) => attributes.delete(table),
  };
}

function specification(input: Input): { Enabled: boolean; AttributeName: string } {
  const { Enabled, AttributeName } = (input.TimeToLiveSpecification ?? {}) as Input;
  if (typeof Enabled !== "boolean" || typeof AttributeName !== "string" || AttributeName === "") {
    return refuse(
      "ValidationException",
      "TimeToLiveSpecification needs Enabled and AttributeName, a name of 1 to 255 characters",
    );
  }
  return { Enabled, AttributeName };
}
