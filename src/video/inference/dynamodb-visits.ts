/** Visits in DynamoDB. */
import { UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import {
  type DocumentClientOptions,
  documentClient,
  tableNameOf,
} from "../../aws/dynamodb/client.ts";
import { givenDays } from "../../aws/given.ts";
import type { VisitStore } from "./visits.ts";

/** What `dynamodbVisits` takes: the table, and how long a visit is remembered. */
export interface DynamodbVisitsOptions extends DocumentClientOptions {
  /** How long a visit is remembered, in days from its beginning: at least as long as the stream keeps its records. @default 9 */
  readonly keepInDays?: number;
}

/**
 * Visits for `notifyOnce` in a DynamoDB table with the key `pk` (S), `sk` (S) and TTL on `expiresAt`: the progress table will do. One item for each
 * camera and person:
 *
 * ```json
 * { "pk": "doorbell#door#ann", "sk": "visit", "began": 1767225600.5, "last": 1767225631.2, "isNotified": true, "expiresAt": 1768003201 }
 * ```
 *
 * The role needs dynamodb:UpdateItem on the table.
 */
export function dynamodbVisits(options: DynamodbVisitsOptions = {}): VisitStore {
  const TableName = tableNameOf(options, "dynamodbVisits");
  const client = documentClient(options, "dynamodbVisits");
  const keepInSeconds = givenDays(options.keepInDays, 9, "dynamodbVisits");

  /** Undefined: it was changed. Or else what is there, of which the condition is not true. */
  async function update(pk: string, input: Partial<UpdateCommandInput>) {
    try {
      const Key = { pk, sk: "visit" };
      const ReturnValuesOnConditionCheckFailure = "ALL_OLD";
      await client.send(
        new UpdateCommand({ TableName, Key, ReturnValuesOnConditionCheckFailure, ...input }),
      );
      return undefined;
    } catch (error) {
      const { name, Item } = error as { name: string; Item?: Record<string, any> };
      if (name === "ConditionalCheckFailedException") return Item ?? {};
      throw error;
    }
  }

  return {
    async begin(key, at, after) {
      const there = await update(key, {
        UpdateExpression: "SET began = :at, #last = :at, isNotified = :no, expiresAt = :expires",
        // Time line of an item: (absent) ──▶ a visit, with its last sighting ──▶ the next, once that was long enough ago
        ConditionExpression: "attribute_not_exists(pk) OR #last < :after",
        ExpressionAttributeNames: { "#last": "last" },
        ExpressionAttributeValues: {
          ":at": at,
          ":after": after,
          ":no": false,
          ":expires": Math.ceil(at) + keepInSeconds,
        },
      });
      if (!there) return undefined;
      const { began, last, isNotified } = plain(there);
      return { began: Number(began), last: Number(last), isNotified: isNotified === true };
    },
    async extend(key, at) {
      await update(key, {
        UpdateExpression: "SET #last = :at",
        ConditionExpression: "#last < :at",
        ExpressionAttributeNames: { "#last": "last" },
        ExpressionAttributeValues: { ":at": at },
      });
    },
    async notified(key, began) {
      await update(key, {
        UpdateExpression: "SET isNotified = :yes",
        ConditionExpression: "began = :began",
        ExpressionAttributeValues: { ":yes": true, ":began": began },
      });
    },
  };
}

/** An error's item is as the wire has it. */
function plain(item: Record<string, any>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      value?.N ?? value?.BOOL ?? value?.S ?? value,
    ]),
  );
}
