/**
 * DynamoDB in memory, for the fault simulation: it takes the commands of `@aws-sdk/lib-dynamodb`
 * (and those of the plain client), lives on a given clock and chance, and goes wrong as told.
 */
import type { DynamoDBDocumentClient, TranslateConfig } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../../../src/time/clock.ts";
import type { Random } from "../../../src/time/random.ts";
import { type Command, operationOf, replyTo, requestOf } from "./document.ts";
import { aborted, broken, cancelled, conflict, noTable, throttled } from "./errors.ts";
import { defaultStaleByMs, drawFate, type Fate, type Faults } from "./faults.ts";
import { meet } from "./meet.ts";
import { type Cost, operations, type View } from "./operations.ts";
import { partitions } from "./partitions.ts";
import { createTable, type Table, type TableSchema } from "./table.ts";
import { transactions } from "./transact.ts";
import type { Item } from "./value.ts";

export interface FakeDynamoDbOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Tables by name. Their keys may be strings, numbers or binaries. */
  readonly tables: Readonly<Record<string, TableSchema>>;
  /** @default none */
  readonly faults?: Faults;
  /** The clock of the store itself is ahead by so many milliseconds: TTL goes by it. @default 0 */
  readonly skewMs?: number;
  /** Deletes items whose attribute `expiresAt` is over. @default never */
  readonly timeToLive?: TimeToLive;
  /** As for `DynamoDBDocumentClient.from`. */
  readonly translateConfig?: TranslateConfig;
  /** Told of each request when its fate is drawn. */
  readonly onRequest?: (request: { operation: string; input: object; fate: Fate }) => void;
}

/** DynamoDB deletes what has expired at once, or within days. */
export interface TimeToLive {
  /** From how late on, and up to how late, in milliseconds; each item has its own moment in between. */
  readonly lateMs: readonly [number, number];
}

export interface FakeDynamoDb {
  /** Stands in for the document client, and for the plain one. */
  readonly send: DynamoDBDocumentClient["send"];
  /** The same, and nothing goes wrong, and nothing takes time. */
  readonly untroubled: (command: never) => Promise<unknown>;
  /** What goes wrong from now on. */
  setFaults(faults: Faults): void;
  /** A table's items, or those of a partition of it, as DynamoDB writes them. */
  items(table: string, partition?: string): ReturnType<Table["all"]>;
  /** How often items of a table were changed so far; TTL is not counted. */
  changes(table: string): number;
  /** Requests performed, and the capacity units they cost, by table. */
  costs(): Readonly<Record<string, Cost & { readonly requests: number }>>;
}

/**
 * @example
 * const db = fakeDynamoDb({ clock, random, tables: { progress: { sortKey: "sk" } }, faults: { lostReply: 0.01 } });
 * const store = dynamodbProgress({ tableName: "progress", client: db });
 */
export function fakeDynamoDb({
  clock,
  random,
  tables: schemas,
  faults: atFirst = {},
  skewMs = 0,
  timeToLive,
  translateConfig = {},
  onRequest,
}: FakeDynamoDbOptions): FakeDynamoDb {
  let currentFaults = atFirst;
  const now = () => clock.now() + skewMs;
  const options = {
    now: clock.now,
    rememberMs: () => currentFaults.staleByMs ?? defaultStaleByMs,
    ...(timeToLive && { isExpired: (item: Item) => isExpired(item, now(), timeToLive) }),
  };
  const tables = new Map(
    Object.entries(schemas).map(([name, schema]) => [name, createTable(name, schema, options)]),
  );
  const tableOf = (name: string) => {
    const table = tables.get(name);
    if (!table) throw noTable(name);
    return table;
  };
  const book = new Map<string, Cost & { readonly requests: number }>();
  const bill = (table: string, { read, write }: Cost) => {
    const sum = book.get(table) ?? { requests: 0, read: 0, write: 0 };
    book.set(table, {
      requests: sum.requests + 1,
      read: sum.read + read,
      write: sum.write + write,
    });
  };
  const view: View = {
    ...{ tableOf, bill, random },
    partitions: partitions(clock.now, () => currentFaults.partitionUnits || undefined),
    transactions: transactions(tableOf, now),
  };

  async function send(
    command: Command,
    { abortSignal }: { abortSignal?: AbortSignal } = {},
    faults = currentFaults,
  ) {
    const operation = operationOf(command);
    const perform = operations.get(operation);
    if (!perform) throw new Error(`The fake DynamoDB has no operation ${operation}`);
    const input = requestOf(command, translateConfig);
    if (abortSignal?.aborted) throw aborted();
    const fate = drawFate(operation, input.ConsistentRead === true, faults, random);
    onRequest?.({ operation, input, fate });
    const service = { asOf: asOf(fate), leavesKeys: fate.leavesKeys };
    const reply = await meet(
      clock,
      fate,
      () => perform(view, input, service),
      (refusal) => refusals[refusal](input, random),
      abortSignal,
    );
    return replyTo(command, reply, translateConfig);
  }

  const asOf = ({ staleBy }: Fate) => (staleBy > 0 ? clock.now() - staleBy : undefined);

  return {
    send: send as unknown as DynamoDBDocumentClient["send"],
    untroubled: (command) => send(command, {}, {}),
    setFaults(next) {
      currentFaults = next;
    },
    items(name, partition) {
      const table = tableOf(name);
      return partition === undefined
        ? table.all()
        : table.partition({ [table.key[0]!]: { S: partition } });
    },
    changes: (name) => tableOf(name).changes,
    costs: () => Object.fromEntries(book),
  };
}

function isExpired({ expiresAt, sk }: Item, now: number, { lateMs }: TimeToLive): boolean {
  const overFor = now - Number(expiresAt?.N) * 1000;
  if (!(overFor > 0)) return false;
  const [soonest, latest] = lateMs;
  // Any number that is the same for the same item.
  const digits = Number(sk?.S?.slice(-6)) || 0;
  return overFor > soonest + (((digits * 7919) % 1000) / 1000) * (latest - soonest);
}

const refusals = {
  throttled,
  broken,
  conflict({ TransactItems }: { TransactItems?: readonly unknown[] }, random: Random): Error {
    if (!TransactItems) return conflict();
    const met = Math.floor(random() * TransactItems.length);
    const reason = { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };
    return cancelled(TransactItems.map((_, at) => (at === met ? reason : { Code: "None" })));
  },
};
