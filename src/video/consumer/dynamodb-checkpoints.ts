/** Checkpoints of video in DynamoDB. */
import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import {
  type DocumentClientOptions,
  documentClient,
  tableNameOf,
} from "../../aws/dynamodb/client.ts";
import { isTransient } from "../../aws/transient.ts";
import type { VideoCheckpoint, VideoCheckpoints } from "./checkpoints.ts";

/**
 * Checkpoints for `consumeVideo` in a DynamoDB table with the key `pk` (S), `sk` (S): the progress table will do. One item for each consumer and
 * stream, which never expires:
 *
 * ```json
 * { "pk": "recorder#door", "sk": "video checkpoint", "owner": "9f…",
 *   "checkpoint": { "fragmentNumber": "9134…9392", "producerTimestamp": 1767225600.5, "serverTimestamp": 1767225601.1, "at": 1767225602001 } }
 * ```
 *
 * The role needs dynamodb:UpdateItem on the table.
 */
export function dynamodbCheckpoints(options: DocumentClientOptions = {}): VideoCheckpoints {
  const TableName = tableNameOf(options, "dynamodbCheckpoints");
  const client = documentClient(options, "dynamodbCheckpoints");
  const keyOf = (key: string) => ({ pk: key, sk: "video checkpoint" });
  const names = { "#owner": "owner" };
  return {
    async claim(key, owner) {
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(key),
          UpdateExpression: "SET #owner = :owner",
          ExpressionAttributeNames: names,
          ExpressionAttributeValues: { ":owner": owner },
          ReturnValues: "ALL_NEW",
        }),
      );
      return Attributes?.checkpoint as VideoCheckpoint | undefined;
    },
    async write(key, owner, checkpoint) {
      try {
        await client.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(key),
            UpdateExpression: "SET checkpoint = :checkpoint",
            // Time line of an item: claimed by us ──▶ moved by us, again and again ──▶ claimed by another, who alone moves it then.
            ConditionExpression: "#owner = :owner",
            ExpressionAttributeNames: names,
            ExpressionAttributeValues: { ":owner": owner, ":checkpoint": checkpoint },
          }),
        );
        return true;
      } catch (error) {
        if ((error as Error).name === "ConditionalCheckFailedException") return false;
        throw error;
      }
    },
    isTransient,
  };
}
