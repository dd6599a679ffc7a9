import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type DocumentClientOptions, documentClient, tableNameOf } from "../dynamodb/client.ts";
import type { DescribedError } from "../observe/log.ts";
import { type ParkedRecord, type Parking, parking, placeInStream } from "./parking.ts";
import { type PayloadStore, storedPayload } from "./payload.ts";

export interface DynamodbParkingOptions extends DocumentClientOptions {
  /** How long a parked record is kept, in days. @default 90 */
  readonly keepInDays?: number;
  /**
   * Takes payloads above 380 KB: `s3Payloads(…)` of `shardmill/s3`. @default none: such a record is
   * parked as a pointer into the stream, with a warning
   */
  readonly overflow?: PayloadStore;
}

/** What fits into an item beside everything else that stands in it; the item's limit is 400 KB. */
const largestPayload = 380 * 1024;

/**
 * Parks records in a DynamoDB table with the key `pk` (S), `sk` (S) and TTL on `expiresAt`: the
 * progress table will do. All parked records of a consumer stand under one partition key:
 *
 * ```json
 * { "pk": "departures#parked",
 *   "sk": "us-east-1:123456789012:flights#shardId-000000000000#4967…2214.3",
 *   "state": "parked", "data": "<the payload>", "partitionKey": "SFO", "attempts": 5,
 *   "error": { "name": "TypeError", "message": "…" }, "expiresAt": 1775001600 }
 * ```
 *
 * `state` becomes `confirmed` once the log says that the record is parked; `redriving` while
 * `shardmill redrive` has it, under `redriveToken` until `heldUntil`; and `redriven`.
 */
export function dynamodbParking(options: DynamodbParkingOptions = {}): Parking {
  const tableName = tableNameOf(options, "dynamodbParking");
  const client = documentClient(options);
  const keepInSeconds = (options.keepInDays ?? 90) * 86_400;

  return parking({
    location: tableName,
    async park(parked) {
      const { id, error, data, ...attributes } = parked;
      const { payload, warning } = await storedPayload(parked, largestPayload, options.overflow);
      await client
        .send(
          new PutCommand({
            TableName: tableName,
            Item: {
              ...keyOf(parked),
              ...withoutUndefined(attributes),
              ...payload,
              error: shortened(error),
              state: "parked",
              expiresAt: Math.ceil(parked.parkedAt / 1000) + keepInSeconds,
            },
            // Absent, or parked before and not confirmed: a confirmed item may be on its way back already.
            ConditionExpression: "attribute_not_exists(#pk) OR #state = :parked",
            ExpressionAttributeNames: { "#pk": "pk", "#state": "state" },
            ExpressionAttributeValues: { ":parked": "parked" },
          }),
        )
        .catch(isThereAlready);
      return warning;
    },

    async confirm(parked) {
      await client
        .send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(parked),
            UpdateExpression: "SET #state = :confirmed",
            // Not one that a redrive has taken or finished in the meantime.
            ConditionExpression: "#state = :parked",
            ExpressionAttributeNames: { "#state": "state" },
            ExpressionAttributeValues: { ":confirmed": "confirmed", ":parked": "parked" },
          }),
        )
        .catch(isThereAlready);
    },
  });
}

/** So much of an error that the item stays below its limit: a record must not be lost over a long message. */
function shortened({ name, message, stack, cause }: DescribedError): object {
  return withoutUndefined({
    name: name.slice(0, 100),
    message: message.slice(0, 1000),
    stack: stack?.slice(0, 2000),
    cause: cause && shortened(cause),
  });
}

/** Not every document client leaves out what is undefined. */
const withoutUndefined = (attributes: object) =>
  Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));

function isThereAlready(error: Error): void {
  if (error.name !== "ConditionalCheckFailedException") throw error;
}

function keyOf(parked: ParkedRecord): { pk: string; sk: string } {
  const [, , , region, account, resource = ""] = parked.streamArn.split(":");
  const stream = resource.slice(resource.indexOf("/") + 1);
  return {
    pk: `${parked.consumer}#parked`,
    sk: `${region}:${account}:${stream}#${placeInStream(parked)}`,
  };
}
