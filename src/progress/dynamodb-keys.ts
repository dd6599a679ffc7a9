import { DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { batchGet } from "../aws/dynamodb/batch-get.ts";
import type { StoreClient } from "../aws/dynamodb/client.ts";
import * as dynamodbLimits from "../aws/dynamodb/limits.ts";
import { digestOf, fitsKey } from "../aws/store-limits.ts";
import type { Entry } from "./entry.ts";
import { keySetOf, type ParkedKey, type ParkedKeyStore } from "./parked-keys.ts";

/**
 * Sets of parked keys in the progress table, one item a key:
 *
 * ```json
 * { "pk": "billing#us-east-1:123456789012:orders#keys", "sk": "=customer-4711",
 *   "log": "billing#us-east-1:123456789012:orders#1767225600#shardId-000000000003", "token": "9f…" }
 * ```
 *
 * They have no `expiresAt`: a key is taken out when it is freed.
 */
export function dynamodbKeys(client: StoreClient, tableName: string): ParkedKeyStore {
  return {
    async page(set, from) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :set",
          ExpressionAttributeValues: { ":set": set },
          ...(from === undefined ? {} : { ExclusiveStartKey: { pk: set, sk: from } }),
        }),
      );
      return { keys: Items.map(toKey), next: LastEvaluatedKey?.sk as string | undefined };
    },

    async find(set, keys) {
      const items = keys.map((key) => ({ pk: set, sk: sortKeyOf(key) }));
      return (await batchGet(client, tableName, items)).map(toKey);
    },

    async free(set, { key, token }) {
      try {
        await client.send(
          new DeleteCommand({
            TableName: tableName,
            Key: { pk: set, sk: sortKeyOf(key) },
            ConditionExpression: "#token = :token",
            ExpressionAttributeNames: { "#token": "token" },
            ExpressionAttributeValues: { ":token": token },
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === "ConditionalCheckFailedException") return false;
        throw error;
      }
    },
  };
}

/** What puts an entry's parked keys into their set, in the entry's transaction. */
export function keyPuts(tableName: string, log: string, { parkedKeys = [], token }: Entry) {
  return [...new Set(parkedKeys)].map((key) => {
    const sk = sortKeyOf(key);
    const long = sk.startsWith("#") ? { key } : {};
    return { Put: { TableName: tableName, Item: { pk: keySetOf(log), sk, log, token, ...long } } };
  });
}

/** The names of Kinesis's own keys fit, unless they are 256 of the longest characters. */
function sortKeyOf(key: string): string {
  const whole = `=${key}`;
  return fitsKey(whole, dynamodbLimits.sortKey) ? whole : `#${digestOf(key)}`;
}

/** The key that an item is. */
export function toKey({ sk, key, log, token }: Record<string, unknown>): ParkedKey {
  return { key: (key ?? (sk as string).slice(1)) as string, log, token } as ParkedKey;
}
