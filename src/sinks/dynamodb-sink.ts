/** A DynamoDB table: an item a key, and the item of a key is that of its last record. */
import type { CommandSender } from "../aws/command-sender.ts";
import { isUnwritable } from "../aws/dynamodb/unwritable.ts";
import { givenClient, givenText } from "../aws/given.ts";
import type { BatchRecord } from "../consumer/options.ts";
import { putAll, type Refusal } from "../handler/put-all.ts";
import { atPlace } from "../observe/at-place.ts";
import { NonRetryableError } from "../record/errors.ts";
import type { Position } from "../record/position.ts";
import { checkNumber } from "../values/number-option.ts";
import { whenReady } from "../values/ready.ts";
import { putNewestFirst } from "./newest-first.ts";
import {
  checkFunction,
  type FromRecord,
  failuresOf,
  prepare,
  type Sink,
  type SinkOptions,
  sendingOf,
} from "./sink.ts";

/** What `dynamodbSink` takes: which table, and which item a record becomes. */
export interface DynamodbSinkOptions<T> extends SinkOptions {
  readonly tableName: string | undefined;
  /** The names of the table's key attributes, the partition key first. */
  readonly key: readonly [partitionKey: string, sortKey?: string];
  /** The item, or undefined where the record leaves none. @default the decoded value */
  readonly item?: FromRecord<T, Readonly<Record<string, unknown>> | undefined>;
  /** The attribute that says which record an item is of. @default "position" */
  readonly positionAttribute?: string;
  /** How many items are put at once. Minimum: 1. @default 25 */
  readonly concurrency?: number;
  /** Your own client, or anything that sends the commands of `@aws-sdk/lib-dynamodb`. @default one from the environment */
  readonly client?: CommandSender;
}

type Item = Readonly<Record<string, unknown>>;

interface Keyed {
  readonly place: number;
  readonly key: string;
  readonly item: Item;
}

/**
 * Puts an item for each record. An item has the position of its record, and replaces only one of an earlier record: whatever comes again, late or twice at
 * once, the item of a key stays that of its last record. Only the newest of a batch is put.
 *
 * Positions are compared as a stream orders them: let the records of one key have one partition key, and one stream. For counters and sums use
 * `commitWith`. The role needs dynamodb:PutItem on the table.
 *
 * @example
 * kinesisConsumer({ consumer: "profiles", decode: json(), processBatch: dynamodbSink({ tableName: process.env.PROFILES, key: ["user"] }) });
 */
export function dynamodbSink<T>(options: DynamodbSinkOptions<T>): Sink<T> {
  const { concurrency = 25 } = options;
  checkNumber("dynamodbSink: concurrency", concurrency, { least: 1, isWhole: true });
  checkFunction("dynamodbSink: item", options.item);
  const toItem = itemOf(options);
  const putItem = putter(options);
  const sendingIn = sendingOf(options, "dynamodbSink");

  return async (records, context) => {
    const refused = new Map<number, Refusal>();
    const prepared = await prepare(records, toItem, refused);
    const items = prepared.flatMap(({ made, place }) => (made ? [{ ...made, place }] : []));
    const sending = sendingIn(context);
    const failures = await putNewestFirst<Keyed>(items, (items) =>
      putAll({
        ...sending,
        entries: items,
        bytesOf: () => 1,
        maxEntries: concurrency,
        maxBytes: Number.POSITIVE_INFINITY,
        put: (items) => Promise.all(items.map(({ item }) => putItem(item, sending.signal))),
      }),
    );
    for (const [place, refusal] of failures) refused.set(place, refusal);
    return failuresOf(records, refused);
  };
}

/** Undefined: it is there, or one of a later record is. */
type PutItem = (item: Item, abortSignal: AbortSignal) => Promise<Refusal | undefined>;

function putter<T>(options: DynamodbSinkOptions<T>): PutItem {
  const { positionAttribute: position = "position" } = options;
  const tableName = givenText(options.tableName, "tableName", "dynamodbSink");
  const client = givenClient(options.client, "dynamodbSink: client", "DynamoDBClient");
  // It is loaded while the function starts; who has no use for it need not have it installed.
  const loading = Promise.all([
    import("../aws/dynamodb/client.ts"),
    import("@aws-sdk/lib-dynamodb"),
  ]).then(([{ usersClient }, { PutCommand }]) => ({ PutCommand, send: usersClient(client) }));
  loading.catch(() => {});

  return async (item, abortSignal) => {
    const { PutCommand, send } = await loading;
    try {
      await send(
        new PutCommand({
          TableName: tableName,
          Item: item,
          // isNew, or isOlder
          ConditionExpression: "attribute_not_exists(#position) OR #position < :position",
          ExpressionAttributeNames: { "#position": position },
          ExpressionAttributeValues: { ":position": item[position] },
        }),
        { abortSignal },
      );
      return undefined;
    } catch (error) {
      const { message = "", name } = (error ?? {}) as Partial<Error>;
      if (name === "ConditionalCheckFailedException") return undefined;
      // That the table has other keys is no record's fault.
      const isRecord =
        isUnwritable(error) ||
        (name === "ValidationException" && !/missing the key|schema/i.test(message));
      // DynamoDB's own sentences name no table.
      const where = atPlace(error, `dynamodbSink: table "${tableName}"`);
      return { error: where, kind: isRecord ? "final" : "retry" };
    }
  };
}

function itemOf<T>({
  item: make,
  key: names,
  positionAttribute = "position",
}: DynamodbSinkOptions<T>) {
  if (!Array.isArray(names) || names.length < 1 || names.length > 2 || !names.every(isName)) {
    throw new TypeError(
      'dynamodbSink: key must be ["partition key"] or ["partition key", "sort key"].',
    );
  }
  if (!isName(positionAttribute) || names.includes(positionAttribute)) {
    throw new TypeError(
      "dynamodbSink: positionAttribute must be the name of an attribute that is no key.",
    );
  }
  const keyed = (item: unknown, record: Position) => {
    if (item === undefined) return undefined;
    if (typeof item !== "object" || item === null) {
      throw new NonRetryableError(`dynamodbSink: item must be an object; it is ${String(item)}.`);
    }
    const own = item as Item;
    const missing = names.find((name) => own[name!] === undefined || own[name!] === null);
    if (missing !== undefined) {
      throw new NonRetryableError(`dynamodbSink: the item has no ${missing}, a key of its table.`);
    }
    if (positionAttribute in own) {
      throw new NonRetryableError(
        `dynamodbSink: the item has a ${positionAttribute} of its own: give another name as positionAttribute.`,
      );
    }
    return {
      key: JSON.stringify(names.map((name) => textOf(own[name!]))),
      item: { ...own, [positionAttribute]: positionOf(record) },
    };
  };
  return ({ idempotencyKey, record, value }: BatchRecord<T>) =>
    whenReady(make ? make(value, record, idempotencyKey) : value, (item: unknown) =>
      keyed(item, record),
    );
}

const isName = (name: unknown) => typeof name === "string" && name !== "";

const textOf = (key: unknown) =>
  ArrayBuffer.isView(key)
    ? Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("hex")
    : `${typeof key} ${key}`;

/** Text that sorts as the positions of a stream do: sequence numbers have 56 digits at most, an aggregate fewer than 10⁶ records. */
const positionOf = ({ sequenceNumber, subSequenceNumber }: Position) =>
  `${sequenceNumber.padStart(56, "0")}.${String(subSequenceNumber).padStart(6, "0")}`;
