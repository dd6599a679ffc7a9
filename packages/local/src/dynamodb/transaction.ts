/** What reading and writing transactions have in common. */
import { type DynaliteTable, Refused, refuse } from "./dynalite-store.ts";
import { type Consumed, type Item, refusal } from "./engine.ts";
import type { Input } from "./types.ts";

/** A transaction's answer, with what it cost. */
export interface Transacted {
  readonly body: Record<string, unknown>;
  readonly consumed: Consumed;
}

/** How one action of a transaction ended. */
export interface Reason {
  readonly Code: "None" | "ConditionalCheckFailed" | "ValidationError";
  readonly Message?: string;
  readonly Item?: Item;
}

/** A part of a transaction's cost. */
export interface Cost {
  readonly table: DynaliteTable;
  readonly units: number;
}

/** A transaction bills each of its reads and writes twice: to prepare and to commit. */
export const transactionFactor = 2;

/** The members of a transaction, at least one and at most a hundred. */
export function transactItems(input: Input): readonly Record<string, Input>[] {
  const items = input.TransactItems;
  const constraint = (value: string, text: string) =>
    refuse(
      "ValidationException",
      `1 validation error detected: Value ${value} at 'transactItems' failed to satisfy constraint: Member must ${text}`,
    );
  if (!Array.isArray(items)) return constraint("null", "not be null");
  if (items.length === 0) return constraint("'[]'", "have length greater than or equal to 1");
  if (items.length > 100) return constraint("'[…]'", "have length less than or equal to 100");
  return items;
}

export function refuseDuplicates(actions: readonly { table: DynaliteTable; key: Item }[]): void {
  const seen = new Set<string>();
  for (const { table, key } of actions) {
    const identity = identityOf(table, key);
    if (identity === undefined) continue;
    if (seen.has(identity)) {
      refuse(
        "ValidationException",
        "Transaction request cannot include multiple operations on one item",
      );
    }
    seen.add(identity);
  }
}

/** Undefined for what is not a key of the table: the action itself will be refused for it. */
function identityOf(table: DynaliteTable, key: Item): string | undefined {
  try {
    return table.identify(key);
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

/** The refusal of a transaction of which at least one action failed. It is billed all the same. */
export function cancelled(reasons: readonly Reason[], consumed: Consumed): Refused {
  const codes = reasons.map(({ Code }) => Code).join(", ");
  const answer = refusal("TransactionCanceledException", "", {
    CancellationReasons: reasons,
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
  });
  const { message: _, ...body } = answer.body;
  return new Refused({ ...answer, body, consumed });
}

/** Costs by table. */
export function totalCost(costs: readonly Cost[], kind: "read" | "write"): Consumed {
  const consumed: Record<string, { read: number; write: number }> = {};
  for (const { table, units } of costs) {
    consumed[table.name] ??= { read: 0, write: 0 };
    consumed[table.name]![kind] += units * transactionFactor;
  }
  return consumed;
}

/** The answer, with its cost if the request asked for it. */
export function transacted(
  input: Input,
  body: Record<string, unknown>,
  consumed: Consumed,
): Transacted {
  const asked = input.ReturnConsumedCapacity;
  if (asked !== "TOTAL" && asked !== "INDEXES") return { body, consumed };
  const ConsumedCapacity = Object.entries(consumed).map(([TableName, { read, write }]) => {
    const units = {
      CapacityUnits: read + write,
      ...(read && { ReadCapacityUnits: read }),
      ...(write && { WriteCapacityUnits: write }),
    };
    return { TableName, ...units, ...(asked === "INDEXES" && { Table: units }) };
  });
  return { body: { ...body, ConsumedCapacity }, consumed };
}
