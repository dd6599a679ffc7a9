import { PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type DocumentClientOptions, documentClient, tableNameOf } from "../aws/dynamodb/client.ts";
import * as dynamodbLimits from "../aws/dynamodb/limits.ts";
import { givenDays } from "../aws/given.ts";
import { digestOf, dynamodbItemSize, fitsKey } from "../aws/store-limits.ts";
import { streamPlace } from "../progress/entry.ts";
import { type Fields, sendFittingForm } from "./forms.ts";
import type { ParkedState } from "./parked-state.ts";
import { type ParkedRecord, type ParkingStore, placeInStream } from "./parking.ts";
import { givenOverflow, type PayloadStore } from "./payload.ts";

/** What `dynamodbParking` takes: the table, and what becomes of large payloads. */
export interface DynamodbParkingOptions extends DocumentClientOptions {
  /** How long a parked record is kept, in days. @default 90 */
  readonly keepInDays?: number;
  /**
   * Takes payloads above 380 KB: `s3Payloads(…)` of `shardmill/s3`. @default none: such a record is
   * parked as a pointer into the stream, with a warning
   */
  readonly overflow?: PayloadStore;
}

const largestPayload = 380 * 1024;

/** Room for what a redrive writes into the item. */
const roomForRedrive = 1024;

/** How often others may change an item while it is parked again. */
const rounds = 5;

/** Parked records: see `dynamodbParking`. */
export function dynamodbParkedItems(options: DynamodbParkingOptions = {}): ParkingStore {
  const TableName = tableNameOf(options, "dynamodbParking");
  const client = documentClient(options, "dynamodbParking");
  const keepInSeconds = givenDays(options.keepInDays, 90, "dynamodbParking");
  const overflow = givenOverflow(options.overflow, "dynamodbParking");

  /** False: the item is not in one of these states. */
  const update = (
    Key: Fields,
    states: readonly [ParkedState, ParkedState?],
    change: Fields,
    more = "",
  ): Promise<boolean> => {
    const set = Object.entries(change);
    return isMet(
      client.send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: `SET ${set.map((_, place) => `#${place} = :${place}`).join(", ")} ${more}`,
          ConditionExpression: `#state IN (${states.map((_, place) => `:state${place}`).join(", ")})`,
          ExpressionAttributeNames: {
            "#state": "state",
            ...Object.fromEntries(set.map(([name], place) => [`#${place}`, name])),
          },
          ExpressionAttributeValues: {
            ...Object.fromEntries(states.map((state, place) => [`:state${place}`, state])),
            ...Object.fromEntries(set.map(([, value], place) => [`:${place}`, value])),
            ...(more.includes(":one") && { ":one": 1 }),
          },
        }),
      ),
    );
  };

  async function send(key: Fields, item: Fields): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      const put = new PutCommand({
        TableName,
        Item: { ...item, ...key, state: "parked" },
        ConditionExpression: "attribute_not_exists(pk)",
      });
      if (await isMet(client.send(put))) return;
      // Parked before and not confirmed, or brought back since. What is there of the payload stays: this form may be a pointer.
      const anew = { ...item, state: "parked" };
      const unheld = "REMOVE redriveToken, heldUntil, redrivenAt ADD parkedAgain :one";
      if (await update(key, ["parked", "redriven"], anew, unheld)) return;
      // On its way back, or free to be: that is not ours to undo. It learns that there is more.
      const { expiresAt } = item;
      if (await update(key, ["confirmed", "redriving"], { expiresAt }, "ADD parkedAgain :one"))
        return;
    }
    throw new Error(`${key.sk} of ${key.pk} was changed by others ${rounds} times in a row.`);
  }

  return {
    location: TableName,

    park(parked) {
      const { key, isWhole } = keyOf(parked);
      const expiresAt = Math.ceil(parked.parkedAt / 1000) + keepInSeconds;
      // The key tells the id, unless it is a digest.
      const itemOf = ({ id, ...fields }: Fields) =>
        withoutUndefined({ ...fields, id: isWhole ? undefined : id, expiresAt });
      return sendFittingForm(parked, {
        overflow,
        largestPayload,
        most: dynamodbLimits.item - roomForRedrive,
        sizeOf: (fields) => dynamodbItemSize({ ...itemOf(fields), ...key }),
        send: (fields) => send(key, itemOf(fields)),
        mostIn: (error) => {
          const { name, message } = error as Error;
          const isTooLarge = name === "ValidationException" && /item size/i.test(message);
          return isTooLarge ? dynamodbLimits.item : undefined;
        },
      });
    },

    async confirm(parked) {
      // Not one that a redrive has taken or finished in the meantime.
      await update(keyOf(parked).key, ["parked"], { state: "confirmed" });
    },
  };
}

/** False: the condition of the request is not met. */
const isMet = (sent: Promise<unknown>): Promise<boolean> =>
  sent.then(
    () => true,
    (error: Error) => {
      if (error.name === "ConditionalCheckFailedException") return false;
      throw error;
    },
  );

/** Not every document client leaves out what is undefined. */
const withoutUndefined = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** `isWhole`: it tells the record's id. Else a digest stands in its place. */
function keyOf(parked: ParkedRecord): { readonly key: Fields; readonly isWhole: boolean } {
  const sk = `${streamPlace(parked.streamArn)}#${placeInStream(parked)}`;
  const isWhole = fitsKey(sk, dynamodbLimits.sortKey);
  const key = { pk: parkedUnder(parked.consumer), sk: isWhole ? sk : digestOf(parked.id) };
  return { key, isWhole };
}

/** The partition key of a consumer's parked records. */
export function parkedUnder(consumer: string): string {
  const pk = `${consumer}#parked`;
  return fitsKey(pk, dynamodbLimits.partitionKey) ? pk : `${digestOf(consumer)}#parked`;
}
