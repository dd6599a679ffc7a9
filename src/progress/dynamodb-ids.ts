import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type DocumentClientOptions, documentClient, tableNameOf } from "../aws/dynamodb/client.ts";
import * as dynamodbLimits from "../aws/dynamodb/limits.ts";
import { givenDays } from "../aws/given.ts";
import { digestOf, fitsKey } from "../aws/store-limits.ts";
import type { IdItem, IdStore } from "./stream-ids.ts";

/** What `dynamodbIds` takes: the table, and how long an id is remembered. */
export interface DynamodbIdsOptions extends DocumentClientOptions {
  /** How long an id is remembered after its effect, in days. @default 7 */
  readonly keepInDays?: number;
}

/**
 * Stream-wide ids in a DynamoDB table with the key `pk` (S), `sk` (S) and TTL on `expiresAt`: the
 * progress table will do.
 *
 * ```json
 * { "pk": "billing/orders/id/4711", "sk": "id", "state": "done", "expiresAt": 1767830400,
 *   "holder": "billing#us-east-1:123456789012:orders#1767225600#shardId-000000000003#4967…2214",
 *   "token": "9f…" }
 * ```
 *
 * An id that is too long for a key, with consumer and stream more than 2,048 bytes, stands under its SHA-256.
 *
 * The function's role needs dynamodb:PutItem, UpdateItem, DeleteItem and GetItem on the table.
 */
export function dynamodbIds(options: DynamodbIdsOptions = {}): IdStore {
  const TableName = tableNameOf(options, "dynamodbIds");
  const client = documentClient(options, "dynamodbIds");
  const keepInSeconds = givenDays(options.keepInDays, 7, "dynamodbIds");
  // A digest stands under another sort key: no id can be taken for that of another.
  const keyOf = (id: string) =>
    fitsKey(id, dynamodbLimits.partitionKey)
      ? { pk: id, sk: "id" }
      : { pk: digestOf(id), sk: "id by its SHA-256" };

  return {
    async claim(id, { holder, until, token }, now) {
      const item = { ...keyOf(id), state: "began", holder, until, token };
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item: { ...item, expiresAt: Math.ceil(until / 1000) + keepInSeconds },
            // Time line of an item:  (absent) ── began ──▶ done ──▶ expired, and not deleted yet
            //   absent               nobody has the id
            //   expired              what it says no longer counts
            //   began, over          its invocation cannot be running any more
            //   began, same holder   this very record, in an earlier delivery that died
            ConditionExpression:
              "attribute_not_exists(#pk) OR #expires < :second OR (#state = :began AND (#until < :now OR #holder = :holder))",
            ExpressionAttributeNames: {
              "#pk": "pk",
              "#expires": "expiresAt",
              "#state": "state",
              "#until": "until",
              "#holder": "holder",
            },
            ExpressionAttributeValues: {
              ":second": Math.floor(now / 1000),
              ":began": "began",
              ":now": now,
              ":holder": holder,
            },
          }),
        );
        return undefined;
      } catch (error) {
        if (!isRefused(error)) throw error;
        const { Item } = await client.send(
          new GetCommand({ TableName, Key: keyOf(id), ConsistentRead: true }),
        );
        // Given back in this very moment: asked for again.
        return (Item as IdItem | undefined) ?? this.claim(id, { holder, until, token }, now);
      }
    },

    async complete(id, { holder, token }, now) {
      // On no condition: the effect has happened, whoever has taken the id over since.
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(id),
          UpdateExpression:
            "SET #state = :done, #holder = :holder, #token = :token, #expires = :expires REMOVE #until",
          ExpressionAttributeNames: {
            "#state": "state",
            "#holder": "holder",
            "#token": "token",
            "#expires": "expiresAt",
            "#until": "until",
          },
          ExpressionAttributeValues: {
            ":done": "done",
            ":holder": holder,
            ":token": token,
            ":expires": Math.ceil(now / 1000) + keepInSeconds,
          },
          ReturnValues: "UPDATED_OLD",
        }),
      );
      return Attributes?.token === token;
    },

    async release(id, { token }) {
      try {
        await client.send(
          new DeleteCommand({
            TableName,
            Key: keyOf(id),
            ConditionExpression: "#token = :token",
            ExpressionAttributeNames: { "#token": "token" },
            ExpressionAttributeValues: { ":token": token },
          }),
        );
      } catch (error) {
        if (!isRefused(error)) throw error;
      }
    },
  };
}

const isRefused = (error: unknown) => (error as Error).name === "ConditionalCheckFailedException";
