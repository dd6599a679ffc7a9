import type { Answer, Consumed } from "./engine.ts";
import type { Input, TableCost, Units } from "./types.ts";

const billed = new Set([
  "BatchGetItem",
  "BatchWriteItem",
  "DeleteItem",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "TransactGetItems",
  "TransactWriteItems",
  "UpdateItem",
]);

/** The same request, asking what it costs; undefined if it is free. */
export function askForCost(operation: string, input: Input): Input | undefined {
  if (!billed.has(operation)) return undefined;
  if (input.ReturnConsumedCapacity === "INDEXES") return input;
  return { ...input, ReturnConsumedCapacity: "TOTAL" };
}

/** The answer without the cost, for a caller who did not ask for it. */
export function hideCost(input: Input, answer: Answer): Answer {
  if (input.ReturnConsumedCapacity && input.ReturnConsumedCapacity !== "NONE") return answer;
  const { ConsumedCapacity: _, ...body } = answer.body;
  return { ...answer, body };
}

interface ConsumedCapacity {
  readonly TableName: string;
  readonly CapacityUnits?: number;
}

/** What an answer says that its request cost. */
export function costOf(operation: string, answer: Answer): Consumed {
  if (answer.consumed) return answer.consumed;
  const said = answer.body.ConsumedCapacity as ConsumedCapacity | ConsumedCapacity[] | undefined;
  const reads = /Get|Query|Scan/.test(operation);
  const consumed: Record<string, Units> = {};
  for (const { TableName, CapacityUnits = 0 } of said === undefined ? [] : [said].flat()) {
    consumed[TableName] = reads
      ? { read: CapacityUnits, write: 0 }
      : { read: 0, write: CapacityUnits };
  }
  return consumed;
}

/** The tables that a request names. */
export function tablesOf(input: Input): readonly string[] {
  const names = new Set<string>();
  if (typeof input.TableName === "string") names.add(input.TableName);
  for (const name of Object.keys((input.RequestItems as object | undefined) ?? {})) names.add(name);
  const actions = Array.isArray(input.TransactItems) ? input.TransactItems : [];
  for (const action of actions) {
    for (const part of Object.values(action ?? {})) {
      const name = (part as Input | null)?.TableName;
      if (typeof name === "string") names.add(name);
    }
  }
  return [...names];
}

/** Sums costs by table. */
export function costBook() {
  const tables = new Map<string, TableCost>();
  return {
    enter(input: Input, consumed: Consumed) {
      for (const table of tablesOf(input)) {
        const { requests, read, write } = tables.get(table) ?? { requests: 0, read: 0, write: 0 };
        const units = consumed[table] ?? { read: 0, write: 0 };
        tables.set(table, {
          requests: requests + 1,
          read: read + units.read,
          write: write + units.write,
        });
      }
    },
    costs: (): Readonly<Record<string, TableCost>> => Object.fromEntries(tables),
  };
}
