/** Put, Update and Delete, alone or in a transaction. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { writeUnits } from "./capacity.ts";
import { conditionFailed, invalid } from "./errors.ts";
import type { Path } from "./expression/syntax.ts";
import { type ExpressionInput, expressionsOf, pick } from "./expressions.ts";
import type { Table } from "./table.ts";
import { canonicalItem, type Item, sizeOf } from "./value.ts";

export interface WriteInput extends ExpressionInput {
  readonly TableName: string;
  readonly Item?: Item;
  readonly Key?: Item;
  readonly ReturnValues?: "NONE" | "ALL_OLD" | "UPDATED_OLD" | "ALL_NEW" | "UPDATED_NEW";
  readonly ReturnValuesOnConditionCheckFailure?: "NONE" | "ALL_OLD";
  readonly ReturnConsumedCapacity?: "NONE" | "TOTAL" | "INDEXES";
}

export type WriteKind = "Put" | "Update" | "Delete" | "ConditionCheck";

/** A write that was checked and not yet done. */
export interface PreparedWrite {
  readonly table: Table;
  readonly key: Item;
  readonly partition: string;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** Why it must not be done: its condition does not hold. */
  readonly refused: Error | undefined;
  readonly units: number;
  readonly attributes: Item | undefined;
}

const largestItem = 400 * 1024;

/** Checks a write against the table as it is. Throws for a request that is wrong in itself. */
export function prepareWrite(kind: WriteKind, table: Table, input: WriteInput): PreparedWrite {
  const expressions = expressionsOf(input);
  const key = keyOf(kind, table, input);
  const partition = table.partitionOf(key);
  const before = table.get(key);
  if (!expressions.conditionHolds(before)) {
    const old = input.ReturnValuesOnConditionCheckFailure === "ALL_OLD" ? before : undefined;
    const units = writeUnits(before, undefined);
    const refused = conditionFailed(old);
    const attributes = undefined;
    return { table, key, partition, before, after: before, refused, units, attributes };
  }
  const { after, paths } = outcome();
  if (after && sizeOf(after) > largestItem) {
    const what = kind === "Update" ? "Item size to update" : "Item size";
    throw invalid(`${what} has exceeded the maximum allowed size`);
  }
  const attributes = returned(input.ReturnValues, before, after, paths);
  const units = writeUnits(before, after);
  return { table, key, partition, before, after, refused: undefined, units, attributes };

  function outcome(): { after: Item | undefined; paths: readonly Path[] } {
    switch (kind) {
      case "Put":
        return { after: canonicalItem(input.Item!), paths: [] };
      case "Delete":
        return { after: undefined, paths: [] };
      case "ConditionCheck":
        return { after: before, paths: [] };
      case "Update": {
        const { item, paths } = expressions.update(before ?? key);
        const changesKey = paths.find(([name]) => table.key.includes(name as string));
        if (changesKey) {
          throw invalid(
            `One or more parameter values were invalid: Cannot update attribute ${changesKey[0]}. This attribute is part of the key`,
          );
        }
        return { after: item, paths };
      }
    }
  }
}

function keyOf(kind: WriteKind, table: Table, { Item, Key }: WriteInput): Item {
  const key = canonicalItem(kind === "Put" ? table.keyOf(Item ?? {}) : (Key ?? {}));
  table.identify(key);
  return key;
}

/** Does a prepared write. */
export function commit({ table, key, before, after }: PreparedWrite): void {
  if (after !== before) table.set(key, after);
}

function returned(
  wanted: WriteInput["ReturnValues"],
  before: Item | undefined,
  after: Item | undefined,
  paths: readonly Path[],
): Record<string, AttributeValue> | undefined {
  const picked = (item: Item | undefined) => {
    const some = item && pick(item, paths);
    return some && Object.keys(some).length > 0 ? some : undefined;
  };
  switch (wanted) {
    case "ALL_OLD":
      return before;
    case "ALL_NEW":
      return after;
    case "UPDATED_OLD":
      return picked(before);
    case "UPDATED_NEW":
      return picked(after);
    default:
      return undefined;
  }
}
