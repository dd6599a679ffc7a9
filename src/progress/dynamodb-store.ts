import {
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";
import { batchGet } from "../aws/dynamodb/batch-get.ts";
import { type DocumentClientOptions, documentClient, tableNameOf } from "../aws/dynamodb/client.ts";
import { isTransient } from "../aws/transient.ts";
import { formatPosition, type Position, parsePosition } from "../record/position.ts";
import { dynamodbKeys, keyPuts } from "./dynamodb-keys.ts";
import {
  type Entry,
  type FoldMark,
  type OpenRecord,
  packArrivals,
  unpackArrivals,
} from "./entry.ts";
import { parentsOf } from "./parent-shards.ts";
import type { Appended, EntryStore, Page } from "./store.ts";

/** The first page is small: where entries are small, a fold stands among the newest of them. */
const firstPage = 300;

/** Logs in a DynamoDB table: see `dynamodbProgress`. */
export function dynamodbEntries(options: DocumentClientOptions = {}): EntryStore {
  const tableName = tableNameOf(options, "dynamodbProgress");
  const client = documentClient(options, "dynamodbProgress");

  async function query(
    log: string,
    operator: "<" | ">" | "=",
    n: number,
    input: Partial<QueryCommandInput> = {},
  ): Promise<Page> {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: tableName,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :log AND sk ${operator} :n`,
        ExpressionAttributeValues: { ":log": log, ":n": sortKey(n) },
        ...input,
      }),
    );
    return { entries: Items.map(toEntry), more: LastEvaluatedKey !== undefined };
  }

  return {
    readAfter: (log, n) => query(log, ">", n),

    readBefore: (log, before) =>
      query(log, "<", before, {
        ScanIndexForward: false,
        ...(Number.isFinite(before) ? {} : { Limit: firstPage }),
      }),

    async readSome(log, numbers) {
      const keys = numbers.map((n) => ({ pk: log, sk: sortKey(n) }));
      return (await batchGet(client, tableName, keys)).map(toEntry);
    },

    async append(log, entry, expiresAt, writes) {
      const put = {
        TableName: tableName,
        Item: toItem(log, entry, expiresAt),
        // The sole condition: the number is free. Who holds it is told by ALL_OLD.
        ConditionExpression: "attribute_not_exists(pk)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
      };
      const taken = async (item: Held | undefined): Promise<Appended> => {
        return {
          ok: false,
          holder: item?.token.S ?? (await query(log, "=", entry.n)).entries[0]?.token,
        };
      };
      const keys = keyPuts(tableName, log, entry);
      try {
        if (!writes && keys.length === 0) await client.send(new PutCommand(put));
        else {
          const items = [{ Put: put }, ...keys, ...(writes ?? [])] as ConstructorParameters<
            typeof TransactWriteCommand
          >[0]["TransactItems"];
          await client.transact(new TransactWriteCommand({ TransactItems: items }));
        }
        return { ok: true };
      } catch (error) {
        const { name, Item, CancellationReasons } = error as Refusal;
        if (name === "ConditionalCheckFailedException") return taken(Item);
        if (!CancellationReasons) throw error;
        const [own, ...others] = CancellationReasons;
        if (own?.Code === "ConditionalCheckFailed") return taken(own.Item);
        const refused = refusedWrites(error, others);
        // None of the user's: a key's own put has no condition that could fail.
        if (keys.length > 0) throw error;
        return { ok: false, refused };
      }
    },

    parkedKeys: dynamodbKeys(client, tableName),
    isTransient,
    parentsOf,
    location: tableName,
  };
}

type Held = { readonly token: { readonly S: string } };

interface Refusal {
  readonly name: string;
  readonly Item?: Held;
  readonly CancellationReasons?: readonly Reason[];
}

interface Reason {
  readonly Code?: string;
  readonly Message?: string;
  readonly Item?: Held;
}

/** Which writes cancelled the transaction for good. None: another transaction was in the way, so it is sent again. */
function refusedWrites(error: unknown, reasons: readonly Reason[]): Map<number, unknown> {
  const refused = new Map<number, unknown>();
  reasons.forEach(({ Code, Message }, index) => {
    if (Code === "ConditionalCheckFailed" || Code === "ValidationError") {
      refused.set(index, new Error(`${Code}: ${Message}`, { cause: error }));
    }
  });
  if (refused.size === 0)
    throw Object.assign(error as Error, { name: "TransactionConflictException" });
  return refused;
}

const digits = 12;

/** `~` sorts behind every digit: the end of the log. */
const sortKey = (n: number) => (Number.isFinite(n) ? String(n).padStart(digits, "0") : "~");

/** Attributes that hold lists of positions. */
const positionLists = ["closed", "parked", "abandoned"] as const;
/** Attributes that hold one. */
const positions = ["first", "last", "through"] as const;
/** Attributes that are stored as they are. */
const plain = [
  "at",
  "writer",
  "token",
  "v",
  "until",
  "ends",
  "since",
  "parents",
  "parkedKeys",
  "windows",
] as const;

/** An entry as an item. Absent attributes cost nothing, and most entries need few. */
export function toItem(log: string, entry: Entry, expiresAt: number): Record<string, unknown> {
  const item: Record<string, unknown> = { pk: log, sk: sortKey(entry.n), expiresAt };
  for (const key of plain) if (entry[key] !== undefined) item[key] = entry[key];
  for (const key of positions) if (entry[key]) item[key] = formatPosition(entry[key]);
  for (const key of positionLists) {
    if (entry[key]?.length) item[key] = entry[key].map(formatPosition);
  }
  if (entry.kind !== "done") item.kind = entry.kind;
  if (entry.names?.length) {
    item.names = entry.names;
    item.arrivals = entry.arrivals;
  }
  if (entry.folds?.length) item.folds = packMarks(entry.folds);
  if (entry.open?.length) {
    item.open = Object.fromEntries(
      entry.open.map(({ position, attempts, since, key, hung }) => [
        formatPosition(position),
        hung ? [attempts, since, key, "hung"] : [attempts, since, key],
      ]),
    );
  }
  return item;
}

/**
 * The folds before a fold, in a few bytes each: where the first begins less one, their numbers, their
 * times. Each begins behind the one before.
 */
function packMarks(marks: readonly FoldMark[]): Uint8Array {
  const numbers = marks.map(({ n }) => n);
  return packArrivals([marks[0]!.since - 1, ...numbers, ...marks.map(({ at }) => at)]);
}

function unpackMarks(packed: Uint8Array): FoldMark[] {
  const numbers = unpackArrivals(packed);
  const count = numbers.length >> 1;
  return Array.from({ length: count }, (_, mark) => ({
    n: numbers[mark + 1]!,
    since: numbers[mark]! + 1,
    at: numbers[count + mark + 1]!,
  }));
}

/** The inverse of `toItem`. */
export function toEntry(item: Record<string, any>): Entry {
  const entry: Record<string, unknown> = {
    n: Number(item.sk),
    kind: item.kind ?? "done",
    names: item.names,
    arrivals: item.arrivals,
    open: Object.entries<[number, number, string, string?]>(item.open ?? {}).map(
      ([position, [attempts, since, key, hung]]): OpenRecord => ({
        position: parsePosition(position),
        attempts,
        since,
        key,
        hung: hung !== undefined,
      }),
    ),
    folds: item.folds && unpackMarks(item.folds),
  };
  for (const key of plain) entry[key] = item[key];
  for (const key of positions) entry[key] = item[key] && parsePosition(item[key]);
  for (const key of positionLists) entry[key] = item[key]?.map(parsePosition);
  return entry as unknown as Entry & { first: Position };
}
