/** The expressions of one request: parsed, bound to its names and values, and all of them used. */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { invalid } from "./errors.ts";
import { type Bindings, meets, resolvePath, valueAt } from "./expression/evaluate.ts";
import {
  type Condition,
  type Parsed,
  type Path,
  parseCondition,
  parseProjection,
  parseUpdate,
} from "./expression/syntax.ts";
import { applyUpdate } from "./expression/update.ts";
import { canonicalItem, type Item } from "./value.ts";

/** The parts of a request that its expressions are made of. */
export interface ExpressionInput {
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly KeyConditionExpression?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Item;
}

export interface Expressions {
  readonly bindings: Bindings;
  readonly keyCondition: Condition | undefined;
  /** True without a condition. */
  conditionHolds(item: Item | undefined): boolean;
  /** True without a filter. */
  passesFilter(item: Item): boolean;
  update(item: Item): { item: Item; paths: readonly Path[] };
  /** What the projection leaves of an item. */
  project(item: Item): Item;
}

export function expressionsOf(input: ExpressionInput): Expressions {
  const bindings = {
    names: input.ExpressionAttributeNames ?? {},
    values: canonicalItem(input.ExpressionAttributeValues ?? {}),
  };
  const used = new Set<string>();
  function read<T>(parse: (text: string) => Parsed<T>, text: string | undefined): T | undefined {
    if (text === undefined) return undefined;
    const { syntax, used: inThis } = parse(text);
    for (const name of inThis) used.add(name);
    return syntax;
  }
  const condition = read(parseCondition, input.ConditionExpression);
  const update = read(parseUpdate, input.UpdateExpression);
  const keyCondition = read(parseCondition, input.KeyConditionExpression);
  const filter = read(parseCondition, input.FilterExpression);
  const projection = read(parseProjection, input.ProjectionExpression);
  refuseUnused("ExpressionAttributeNames", Object.keys(bindings.names), used);
  refuseUnused("ExpressionAttributeValues", Object.keys(bindings.values), used);

  return {
    bindings,
    keyCondition,
    conditionHolds: (item = {}) => condition === undefined || meets(condition, item, bindings),
    passesFilter: (item) => filter === undefined || meets(filter, item, bindings),
    update: (item) => (update ? applyUpdate(update, item, bindings) : { item, paths: [] }),
    project(item) {
      if (projection === undefined) return item;
      return pick(
        item,
        projection.map((path) => resolvePath(path, bindings)),
      );
    },
  };
}

function refuseUnused(kind: string, given: readonly string[], used: ReadonlySet<string>) {
  const unused = given.filter((name) => !used.has(name));
  if (unused.length > 0) {
    throw invalid(`Value provided in ${kind} unused in expressions: keys: {${unused.join(", ")}}`);
  }
}

/** What an item has at some paths, in the shape that it has there. */
export function pick(item: Item, paths: readonly Path[]): Item {
  const picked: Record<string, AttributeValue> = {};
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value !== undefined) graft(picked, path, value);
  }
  return picked;
}

function graft(into: Record<string, AttributeValue>, path: Path, value: AttributeValue) {
  const [name, ...rest] = path as [string, ...Path];
  into[name] = grow(into[name], rest, value);
}

function grow(
  current: AttributeValue | undefined,
  path: Path,
  value: AttributeValue,
): AttributeValue {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  if (typeof step === "number") return { L: [...(current?.L ?? []), grow(undefined, rest, value)] };
  return { M: { ...current?.M, [step]: grow(current?.M?.[step], rest, value) } };
}
