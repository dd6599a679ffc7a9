/**
 * DynamoDB in memory, for the fault simulation: it takes the commands of `@aws-sdk/lib-dynamodb`
 * (and those of the plain client), lives on a given clock and chance, and goes wrong as told.
 */
import type { DynamoDBDocumentClient, TranslateConfig } from "@aws-sdk/lib-dynamodb";
import type { Clock } from "../../../src/time/clock.ts";
import type { Random } from "../../../src/time/random.ts";
import { type Command, operationOf, replyTo, requestOf } from "./document.ts";
import { aborted, broken, cancelled, conflict, noTable, throttled, timedOut } from "./errors.ts";
import { defaultStaleByMs, drawFate, type Fate, type Faults } from "./faults.ts";
import { type Cost, type Operation, operations, type View } from "./operations.ts";
import { createTable, type Table, type TableSchema } from "./table.ts";
import { transactions } from "./transact.ts";

export interface FakeDynamoDbOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Tables by name. Their keys may be strings, numbers or binaries. */
  readonly tables: Readonly<Record<string, TableSchema>>;
  /** @default none */
  readonly faults?: Faults;
  /** As for `DynamoDBDocumentClient.from`. */
  readonly translateConfig?: TranslateConfig;
  /** Told of each request when its fate is drawn. */
  readonly onRequest?: (request: { operation: string; input: object; fate: Fate }) => void;
}

export interface FakeDynamoDb {
  /** Stands in for the document client, and for the plain one. */
  readonly send: DynamoDBDocumentClient["send"];
  /** What goes wrong from now on. */
  setFaults(faults: Faults): void;
  /** A table's items, as DynamoDB writes them. */
  items(table: string): ReturnType<Table["all"]>;
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
  translateConfig = {},
  onRequest,
}: FakeDynamoDbOptions): FakeDynamoDb {
  let faults = atFirst;
  const remember = { now: clock.now, rememberMs: () => faults.staleByMs ?? defaultStaleByMs };
  const tables = new Map(
    Object.entries(schemas).map(([name, schema]) => [name, createTable(name, schema, remember)]),
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
  const view: View = { tableOf, bill, random, transactions: transactions(tableOf, clock.now) };

  async function send(command: Command, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
    const operation = operationOf(command);
    const perform = operations.get(operation);
    if (!perform) throw new Error(`The fake DynamoDB has no operation ${operation}`);
    const input = requestOf(command, translateConfig);
    if (abortSignal?.aborted) throw aborted();
    const fate = drawFate(operation, input.ConsistentRead === true, faults, random);
    onRequest?.({ operation, input, fate });
    return replyTo(command, await meet(fate, perform, input, abortSignal), translateConfig);
  }

  /** Lets a request meet its fate. An abort ends the waiting; it does not call the request back. */
  async function meet(
    fate: Fate,
    perform: Operation,
    input: object,
    signal: AbortSignal | undefined,
  ): Promise<object> {
    let land = () => {};
    const outcome = new Promise<object>((resolve, reject) => {
      land = () => {
        try {
          if (fate.refusal) throw refusals[fate.refusal](input, random);
          resolve(perform(view, input, { asOf: asOf(fate), leavesKeys: fate.leavesKeys }));
        } catch (error) {
          reject(error);
        }
      };
    });
    outcome.catch(() => {});
    if (fate.landsAfter > 0) clock.after(fate.landsAfter, land);
    else land();
    if (fate.hearsAfter > 0) {
      await clock.sleep(fate.hearsAfter, signal).catch(() => {
        throw aborted();
      });
    }
    if (fate.replyLost) throw timedOut(fate.hearsAfter);
    return outcome;
  }

  const asOf = ({ staleBy }: Fate) => (staleBy > 0 ? clock.now() - staleBy : undefined);

  return {
    send: send as unknown as DynamoDBDocumentClient["send"],
    setFaults(next) {
      faults = next;
    },
    items: (table) => tableOf(table).all(),
    costs: () => Object.fromEntries(book),
  };
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
