import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import type { StoreClient } from "./client.ts";
import * as dynamodbLimits from "./limits.ts";

/** The items that have these keys, by consistent reads, in any order; what DynamoDB leaves unread is asked for again. */
export async function batchGet(
  client: StoreClient,
  tableName: string,
  keys: readonly Record<string, unknown>[],
): Promise<Record<string, any>[]> {
  const items: Record<string, any>[] = [];
  for (let left = keys; left.length > 0; ) {
    const { Responses, UnprocessedKeys } = await client.send(
      new BatchGetCommand({
        RequestItems: {
          [tableName]: { Keys: left.slice(0, dynamodbLimits.batchGet), ConsistentRead: true },
        },
      }),
    );
    items.push(...(Responses?.[tableName] ?? []));
    const unread = UnprocessedKeys?.[tableName]?.Keys ?? [];
    left = [...unread, ...left.slice(dynamodbLimits.batchGet)];
  }
  return items;
}
