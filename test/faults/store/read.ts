/** Get and Query. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { readUnits } from "./capacity.ts";
import { invalid } from "./errors.ts";
import { begins, evaluate, need, resolvePath } from "./expression/evaluate.ts";
import type { Condition } from "./expression/syntax.ts";
import { type ExpressionInput, type Expressions, expressionsOf } from "./expressions.ts";
import type { Table } from "./table.ts";
import { canonicalItem, compare, type Item, sizeOf } from "./value.ts";

export interface GetInput extends ExpressionInput {
  readonly TableName: string;
  readonly Key: Item;
  readonly ConsistentRead?: boolean;
}

export interface QueryInput extends ExpressionInput {
  readonly TableName: string;
  readonly KeyConditionExpression: string;
  readonly Select?: "ALL_ATTRIBUTES" | "SPECIFIC_ATTRIBUTES" | "COUNT";
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
  readonly ConsistentRead?: boolean;
}

export type ScanInput = Omit<QueryInput, "KeyConditionExpression" | "ScanIndexForward">;

export interface Read<T> {
  readonly body: T;
  readonly units: number;
}

/** The partition of a key. */
export const partitionOf = (table: Table, key: Item): string =>
  table.partitionOf(canonicalItem(key));

/** A page ends with the item that fills it. */
const pageBytes = 1024 * 1024;

export function get(table: Table, input: GetInput, asOf?: number): Read<{ Item?: Item }> {
  const key = canonicalItem(input.Key);
  table.identify(key);
  const { project } = expressionsOf(input);
  const item = table.get(key, asOf);
  return {
    body: item ? { Item: project(item) } : {},
    units: readUnits(item ? sizeOf(item) : 0, input.ConsistentRead === true),
  };
}

export interface Page {
  readonly Items?: readonly Item[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: Item;
}

export function query(
  table: Table,
  input: QueryInput,
  asOf?: number,
): Read<Page> & { readonly partition: string } {
  const expressions = expressionsOf(input);
  const { partition, from, matches } = keyCondition(table, expressions);
  const forward = input.ScanIndexForward !== false;
  const items = table.partition(partition, asOf, from).filter(matches);
  if (!forward) items.reverse();
  const rest = afterStart(table, items, input.ExclusiveStartKey, forward);
  return { ...pageOf(table, rest, input, expressions), partition: table.partitionOf(partition) };
}

/** All items, partition by partition. */
export function scan(table: Table, input: ScanInput, asOf?: number): Read<Page> {
  const items = table.all(asOf);
  const { ExclusiveStartKey: start } = input;
  const last = start && table.identify(canonicalItem(start));
  const at = items.findIndex((item) => table.identify(table.keyOf(item)) === last);
  return pageOf(table, start ? items.slice(at + 1) : items, input, expressionsOf(input));
}

function pageOf(
  table: Table,
  rest: readonly Item[],
  input: ScanInput,
  expressions: Expressions,
): Read<Page> {
  const scanned: Item[] = [];
  let bytes = 0;
  let full = false;
  for (const item of rest) {
    scanned.push(item);
    bytes += sizeOf(item);
    full = scanned.length === input.Limit || bytes >= pageBytes;
    if (full) break;
  }
  const found = scanned.filter(expressions.passesFilter);
  const last = scanned.at(-1);
  return {
    body: {
      ...(input.Select !== "COUNT" && { Items: found.map(expressions.project) }),
      Count: found.length,
      ScannedCount: scanned.length,
      ...(full && last && { LastEvaluatedKey: table.keyOf(last) }),
    },
    units: readUnits(bytes, input.ConsistentRead === true),
  };
}

function afterStart(table: Table, items: Item[], start: Item | undefined, forward: boolean) {
  if (start === undefined) return items;
  const key = canonicalItem(start);
  table.identify(key);
  const sortKey = table.key[1];
  if (sortKey === undefined) return [];
  return items.filter((item) => {
    const order = compare(item[sortKey]!, key[sortKey]!)!;
    return forward ? order > 0 : order < 0;
  });
}

/** The partition that a key condition names, and its test of the sort key. */
function keyCondition(table: Table, { keyCondition, bindings }: Expressions) {
  const [partitionKey, sortKey] = table.key as [string, string?];
  const tests = new Map<string, KeyTest>();
  for (const part of conjuncts(keyCondition!)) {
    if (part.kind !== "compare" && part.kind !== "between" && part.kind !== "call") {
      throw invalid(`Invalid operator used in KeyConditionExpression: ${part.kind.toUpperCase()}`);
    }
    const [subject, ...rest] = part.args;
    if (subject?.kind !== "path") {
      throw invalid("Invalid condition in KeyConditionExpression: No key attribute specified");
    }
    const [name] = resolvePath(subject.path, bindings) as [string];
    if (tests.has(name)) {
      throw invalid("KeyConditionExpressions must only contain one condition per key");
    }
    tests.set(
      name,
      keyTest(
        part,
        rest.map((operand) => need(evaluate(operand, {}, bindings))),
      ),
    );
  }
  const hash = tests.get(partitionKey);
  if (!hash) throw invalid(`Query condition missed key schema element: ${partitionKey}`);
  if (!hash.isEquality || [...tests.keys()].some((name) => !table.key.includes(name))) {
    throw invalid("Query key condition not supported");
  }
  const range = sortKey === undefined ? undefined : tests.get(sortKey);
  return {
    partition: { [partitionKey]: hash.from! },
    from: range?.from,
    matches: (item: Item) => !range || range.holds(item[sortKey!]!),
  };
}

/** A condition on one attribute of the key. */
interface KeyTest {
  readonly isEquality: boolean;
  holds(value: AttributeValue): boolean;
  /** Nothing less can meet it. */
  readonly from: AttributeValue | undefined;
}

function conjuncts(condition: Condition): Condition[] {
  return condition.kind === "and" ? condition.args.flatMap(conjuncts) : [condition];
}

function keyTest(
  part: Extract<Condition, { kind: "compare" | "between" | "call" }>,
  [low, high]: readonly AttributeValue[],
): KeyTest {
  const order = (value: AttributeValue) => compare(value, low!)!;
  const test = (from: AttributeValue | undefined, holds: KeyTest["holds"]): KeyTest => {
    return { isEquality: part.kind === "compare" && part.operator === "=", from, holds };
  };
  if (part.kind === "between") {
    return test(low, (value) => order(value) >= 0 && compare(value, high!)! <= 0);
  }
  const operator = part.kind === "call" ? part.name : part.operator;
  switch (operator) {
    case "begins_with":
      return test(low, (value) => begins(value, low));
    case "=":
      return test(low, (value) => order(value) === 0);
    case "<":
      return test(undefined, (value) => order(value) < 0);
    case "<=":
      return test(undefined, (value) => order(value) <= 0);
    case ">":
      return test(low, (value) => order(value) > 0);
    case ">=":
      return test(low, () => true);
    default:
      throw invalid(`Invalid operator used in KeyConditionExpression: ${operator}`);
  }
}
