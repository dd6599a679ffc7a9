/**
 * DynamoDB's operations, one request each: it happens in one moment, changes nothing when it is
 * refused, and is billed in either case.
 */
import type { Random } from "../../../src/time/random.ts";
import { invalid, throttled } from "./errors.ts";
import type { Partitions } from "./partitions.ts";
import {
  type GetInput,
  get,
  partitionOf,
  type QueryInput,
  query,
  type ScanInput,
  scan,
} from "./read.ts";
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
  readonly partitions: Partitions;
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
  ["Scan", performScan],
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
  Scan: [
    ...[...alike, "ConsistentRead", "ExclusiveStartKey", "ExpressionAttributeValues"],
    ...["FilterExpression", "Limit", "ProjectionExpression", "Select"],
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
  const { partition, units, refused, attributes } = prepared;
  view.partitions.admit(partition, "write");
  view.bill(input.TableName, { read: 0, write: units });
  view.partitions.spend(partition, "write", units);
  if (refused) throw refused;
  commit(prepared);
  return {
    ...(attributes && { Attributes: attributes }),
    ...consumed(input, input.TableName, units),
  };
}

function performGet(view: View, input: GetInput & Asks, { asOf }: Service): object {
  refuseUnknown("Get", input);
  const table = view.tableOf(input.TableName);
  const { body, units } = get(table, input, asOf);
  read(view, input.TableName, partitionOf(table, input.Key), units);
  return { ...body, ...consumed(input, input.TableName, units) };
}

function performQuery(view: View, input: QueryInput & Asks, { asOf }: Service): object {
  refuseUnknown("Query", input);
  const { body, partition, units } = query(view.tableOf(input.TableName), input, asOf);
  read(view, input.TableName, partition, units);
  return { ...body, ...consumed(input, input.TableName, units) };
}

function performScan(view: View, input: ScanInput & Asks, { asOf }: Service): object {
  refuseUnknown("Scan", input);
  const { body, units } = scan(view.tableOf(input.TableName), input, asOf);
  view.bill(input.TableName, { read: units, write: 0 });
  return { ...body, ...consumed(input, input.TableName, units) };
}

function read({ bill, partitions }: View, table: string, partition: string, units: number): void {
  partitions.admit(partition, "read");
  bill(table, { read: units, write: 0 });
  partitions.spend(partition, "read", units);
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
  let isAnyServed = false;
  const total = asked.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
  if (total > 100) throw invalid("Too many items requested for the BatchGetItem call");
  for (const [name, { Keys, ...request }] of asked) {
    const table = view.tableOf(name);
    const identities = Keys.map((key) => table.identify(key));
    if (new Set(identities).size < Keys.length) {
      throw invalid("Provided list of item keys contains duplicates");
    }
    const served = leavesKeys ? Math.floor(view.random() * Keys.length) : Keys.length;
    const isHot = (Key: Item) => view.partitions.isHot(partitionOf(table, Key), "read");
    const cool = Keys.slice(0, served).filter((Key) => !isHot(Key));
    // Of each table it is asked apart whether the read is to be consistent.
    const seenAt = request.ConsistentRead ? undefined : asOf;
    const reads = cool.map((Key) => get(table, { ...request, TableName: name, Key }, seenAt));
    reads.forEach(({ units }, at) => {
      view.partitions.spend(partitionOf(table, cool[at]!), "read", units);
    });
    Responses[name] = reads.map(({ body }) => body.Item).filter((item) => item !== undefined);
    const left = Keys.filter((Key) => !cool.includes(Key));
    if (left.length > 0) UnprocessedKeys[name] = { ...request, Keys: left };
    isAnyServed ||= cool.length > 0 || leavesKeys;
    const units = reads.reduce((sum, read) => sum + read.units, 0);
    view.bill(name, { read: units, write: 0 });
    ConsumedCapacity.push({ TableName: name, CapacityUnits: units });
  }
  if (!isAnyServed) throw throttled();
  return { Responses, UnprocessedKeys, ...(asks(input) && { ConsumedCapacity }) };
}

function performTransactWrite(view: View, input: TransactInput): object {
  refuseUnknown("TransactWrite", input);
  for (const action of input.TransactItems) {
    for (const [kind, request] of Object.entries(action)) refuseUnknown(kind, request);
  }
  const ConsumedCapacity: object[] = [];
  view.transactions.write(input, view.partitions, (costs) => {
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
