/**
 * DynamoDB's operations, one request each: it happens in one moment, changes nothing when it is
 * refused, and is billed in either case.
 */
import type { Random } from "../../../src/time/random.ts";
import { invalid } from "./errors.ts";
import { type GetInput, get, type QueryInput, query } from "./read.ts";
import type { Table } from "./table.ts";
import type { TransactInput, Transactions } from "./transact.ts";
import type { Item } from "./value.ts";
import { commit, prepareWrite, type WriteInput, type WriteKind } from "./write.ts";

export interface Cost {
  readonly read: number;
  readonly write: number;
}

/** The store as an operation sees it. */
export interface View {
  tableOf(name: string): Table;
  bill(table: string, cost: Cost): void;
  readonly random: Random;
  readonly transactions: Transactions;
}

/** How one request is served. */
export interface Service {
  /** The moment that a read sees; undefined is now. */
  readonly asOf: number | undefined;
  /** A BatchGet does only some of its work. */
  readonly leavesKeys: boolean;
}

/** Throws the error that the caller gets. */
export type Operation = (view: View, input: any, service: Service) => object;

type Asks = { readonly ReturnConsumedCapacity?: "NONE" | "TOTAL" | "INDEXES" };

export const operations = new Map<string, Operation>([
  ["Put", (view, input: WriteInput) => write("Put", view, input)],
  ["Update", (view, input: WriteInput) => write("Update", view, input)],
  ["Delete", (view, input: WriteInput) => write("Delete", view, input)],
  ["Get", performGet],
  ["Query", performQuery],
  ["BatchGet", performBatchGet],
  ["TransactWrite", performTransactWrite],
]);

const alike = ["TableName", "ExpressionAttributeNames", "ReturnConsumedCapacity"];
const writing = [...alike, "ConditionExpression", "ExpressionAttributeValues"];
const returning = ["ReturnValues", "ReturnValuesOnConditionCheckFailure"];
const known: Readonly<Record<string, readonly string[]>> = {
  Put: [...writing, ...returning, "Item"],
  Update: [...writing, ...returning, "Key", "UpdateExpression"],
  Delete: [...writing, ...returning, "Key"],
  ConditionCheck: [...writing, "ReturnValuesOnConditionCheckFailure", "Key"],
  Get: [...alike, "Key", "ConsistentRead", "ProjectionExpression"],
  Query: [
    ...[...alike, "ConsistentRead", "ExclusiveStartKey", "ExpressionAttributeValues"],
    ...["FilterExpression", "KeyConditionExpression", "Limit", "ProjectionExpression"],
    ...["ScanIndexForward", "Select"],
  ],
  BatchGet: ["RequestItems", "ReturnConsumedCapacity"],
  TransactWrite: ["TransactItems", "ClientRequestToken", "ReturnConsumedCapacity"],
};

/** A setting that the fake would ignore must not pass in silence. */
function refuseUnknown(operation: string, input: object) {
  const strange = Object.entries(input).find(
    ([name, value]) => value !== undefined && !known[operation]?.includes(name),
  );
  if (strange) throw new Error(`The fake DynamoDB does not know ${strange[0]} of ${operation}`);
}

function write(kind: WriteKind, view: View, input: WriteInput): object {
  refuseUnknown(kind, input);
  const prepared = prepareWrite(kind, view.tableOf(input.TableName), input);
  const { units, refused, attributes } = prepared;
  view.bill(input.TableName, { read: 0, write: units });
  if (refused) throw refused;
  commit(prepared);
  return {
    ...(attributes && { Attributes: attributes }),
    ...consumed(input, input.TableName, units),
  };
}

function performGet(view: View, input: GetInput & Asks, { asOf }: Service): object {
  refuseUnknown("Get", input);
  const { body, units } = get(view.tableOf(input.TableName), input, asOf);
  view.bill(input.TableName, { read: units, write: 0 });
  return { ...body, ...consumed(input, input.TableName, units) };
}

function performQuery(view: View, input: QueryInput & Asks, { asOf }: Service): object {
  refuseUnknown("Query", input);
  const { body, units } = query(view.tableOf(input.TableName), input, asOf);
  view.bill(input.TableName, { read: units, write: 0 });
  return { ...body, ...consumed(input, input.TableName, units) };
}

interface BatchGetInput extends Asks {
  readonly RequestItems: Readonly<
    Record<string, Omit<GetInput, "TableName" | "Key"> & { Keys: Item[] }>
  >;
}

function performBatchGet(view: View, input: BatchGetInput, { asOf, leavesKeys }: Service): object {
  refuseUnknown("BatchGet", input);
  const Responses: Record<string, Item[]> = {};
  const UnprocessedKeys: Record<string, object> = {};
  const ConsumedCapacity: object[] = [];
  const asked = Object.entries(input.RequestItems);
  const total = asked.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
  if (total > 100) throw invalid("Too many items requested for the BatchGetItem call");
  for (const [name, { Keys, ...request }] of asked) {
    const table = view.tableOf(name);
    const identities = Keys.map((key) => table.identify(key));
    if (new Set(identities).size < Keys.length) {
      throw invalid("Provided list of item keys contains duplicates");
    }
    const served = leavesKeys ? Math.floor(view.random() * Keys.length) : Keys.length;
    // Of each table it is asked apart whether the read is to be consistent.
    const seenAt = request.ConsistentRead ? undefined : asOf;
    const reads = Keys.slice(0, served).map((Key) =>
      get(table, { ...request, TableName: name, Key }, seenAt),
    );
    Responses[name] = reads.map(({ body }) => body.Item).filter((item) => item !== undefined);
    if (served < Keys.length) UnprocessedKeys[name] = { ...request, Keys: Keys.slice(served) };
    const units = reads.reduce((sum, read) => sum + read.units, 0);
    view.bill(name, { read: units, write: 0 });
    ConsumedCapacity.push({ TableName: name, CapacityUnits: units });
  }
  return { Responses, UnprocessedKeys, ...(asks(input) && { ConsumedCapacity }) };
}

function performTransactWrite(view: View, input: TransactInput): object {
  refuseUnknown("TransactWrite", input);
  for (const action of input.TransactItems) {
    for (const [kind, request] of Object.entries(action)) refuseUnknown(kind, request);
  }
  const ConsumedCapacity: object[] = [];
  view.transactions.write(input, (costs) => {
    for (const [TableName, units] of Object.entries(costs)) {
      view.bill(TableName, { read: 0, write: units });
      ConsumedCapacity.push({ TableName, CapacityUnits: units, WriteCapacityUnits: units });
    }
  });
  return asks(input) ? { ConsumedCapacity } : {};
}

function asks({ ReturnConsumedCapacity: asked }: Asks): boolean {
  return asked === "TOTAL" || asked === "INDEXES";
}

function consumed(input: Asks, TableName: string, CapacityUnits: number): object {
  return asks(input) ? { ConsumedCapacity: { TableName, CapacityUnits } } : {};
}
