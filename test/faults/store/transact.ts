/** TransactWriteItems: all of its writes, or none. */
import type { CancellationReason } from "@aws-sdk/client-dynamodb";
import { cancelled, type conditionFailed, invalid, tokenReused } from "./errors.ts";
import type { Partitions } from "./partitions.ts";
import type { Table } from "./table.ts";
import { sizeOf } from "./value.ts";
import {
  commit,
  type PreparedWrite,
  prepareWrite,
  type WriteInput,
  type WriteKind,
} from "./write.ts";

export interface TransactInput {
  readonly TransactItems: readonly { readonly [Kind in WriteKind]?: WriteInput }[];
  readonly ClientRequestToken?: string;
  readonly ReturnConsumedCapacity?: "NONE" | "TOTAL" | "INDEXES";
}

/** Write units by table. */
export type Costs = Readonly<Record<string, number>>;

const kinds = ["Put", "Update", "Delete", "ConditionCheck"] as const;

/** How long a token is remembered. */
const tokenLifeMs = 10 * 60_000;

export interface Transactions {
  /** Throws what the caller gets; `bill` is told the cost in either case. */
  write(input: TransactInput, partitions: Partitions, bill: (costs: Costs) => void): void;
}

export function transactions(tableOf: (name: string) => Table, now: () => number): Transactions {
  const tokens = new Map<string, { readonly at: number; readonly items: string }>();

  /** Whether this very request was already done; refuses another one under its token. */
  function isRepeated({ ClientRequestToken: token, TransactItems }: TransactInput): boolean {
    if (token === undefined) return false;
    const known = tokens.get(token);
    if (!known || known.at + tokenLifeMs <= now()) return false;
    if (known.items !== JSON.stringify(TransactItems)) throw tokenReused();
    return true;
  }

  return {
    write(input, partitions, bill) {
      const actions = checked(input, tableOf);
      if (isRepeated(input)) return;
      const outcomes = actions.map((action) => attempt(action, partitions));
      refuseLarge(outcomes);
      bill(sum(outcomes));
      for (const { prepared, units } of outcomes) {
        if (prepared) partitions.spend(prepared.partition, "write", 2 * units);
      }
      if (outcomes.some(({ reason }) => reason.Code !== "None")) {
        throw cancelled(outcomes.map(({ reason }) => reason));
      }
      for (const { prepared } of outcomes) commit(prepared!);
      if (input.ClientRequestToken !== undefined) {
        const items = JSON.stringify(input.TransactItems);
        tokens.set(input.ClientRequestToken, { at: now(), items });
      }
    },
  };
}

interface Action {
  readonly kind: WriteKind;
  readonly table: Table;
  readonly request: WriteInput;
}

function checked({ TransactItems: items }: TransactInput, tableOf: (name: string) => Table) {
  if (items.length < 1 || items.length > 100) {
    throw invalid(`A transaction has 1 to 100 actions, and this one has ${items.length}`);
  }
  const seen = new Set<string>();
  return items.map((item): Action => {
    const present = kinds.filter((kind) => item[kind] !== undefined);
    const [kind] = present;
    if (kind === undefined || present.length > 1) {
      throw invalid("TransactItems can only contain one of Check, Put, Update or Delete");
    }
    const request = item[kind]!;
    if (kind === "ConditionCheck" && request.ConditionExpression === undefined) {
      throw invalid("A ConditionCheck needs a ConditionExpression");
    }
    const table = tableOf(request.TableName);
    const key = identity(table, kind === "Put" ? request.Item : request.Key);
    if (key !== undefined && seen.has(key)) {
      throw invalid("Transaction request cannot include multiple operations on one item");
    }
    if (key !== undefined) seen.add(key);
    return { kind, table, request };
  });
}

/** Undefined for what is no key of the table: its action will say so. */
function identity(table: Table, item: WriteInput["Item"]): string | undefined {
  if (!item || table.key.some((attribute) => item[attribute] === undefined)) return undefined;
  return table.identify(table.keyOf(item));
}

interface Outcome {
  readonly table: string;
  readonly prepared: PreparedWrite | undefined;
  readonly reason: CancellationReason;
  readonly units: number;
}

/** Bytes of all items in a transaction. */
const largestTransaction = 4 * 1024 * 1024;

function refuseLarge(outcomes: readonly Outcome[]): void {
  const bytes = outcomes.reduce((sum, { prepared }) => sum + sizeOf(prepared?.after ?? {}), 0);
  if (bytes > largestTransaction) {
    throw invalid("The aggregate size of the items in the transaction cannot exceed 4 MB");
  }
}

function attempt({ kind, table, request }: Action, partitions: Partitions): Outcome {
  try {
    const prepared = prepareWrite(kind, table, request);
    const { partition, units, refused } = prepared;
    if (partitions.isHot(partition, "write")) {
      const reason = {
        Code: "ThrottlingError",
        Message: "Throughput exceeds the current capacity",
      };
      return { table: table.name, prepared: undefined, units: 0, reason };
    }
    if (!refused) return { table: table.name, prepared, units, reason: { Code: "None" } };
    const old = refused as ReturnType<typeof conditionFailed>;
    const reason = {
      Code: "ConditionalCheckFailed",
      Message: refused.message,
      ...(old.Item && { Item: old.Item }),
    };
    return { table: table.name, prepared, units, reason };
  } catch (error) {
    if ((error as Error).name !== "ValidationException") throw error;
    const reason = { Code: "ValidationError", Message: (error as Error).message };
    return { table: table.name, prepared: undefined, units: 1, reason };
  }
}

/** A transaction pays each write twice: to prepare and to commit. */
function sum(outcomes: readonly Outcome[]): Costs {
  const costs: Record<string, number> = {};
  for (const { table, units } of outcomes) costs[table] = (costs[table] ?? 0) + 2 * units;
  return costs;
}
