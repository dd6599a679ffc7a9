/**
 * Requests at random, over a few keys, so that they meet each other. They leave out what dynalite
 * is known to do wrong: the size of an empty string or binary, and the order of characters beyond
 * the Basic Multilingual Plane.
 */
import type { Random } from "../../../src/time/random.ts";

/** One request, in plain values, by the name of its document command without `Command`. */
export interface Step {
  readonly operation: "Put" | "Update" | "Delete" | "Get" | "Query" | "BatchGet" | "TransactWrite";
  readonly input: Readonly<Record<string, unknown>>;
}

/** The table that the requests are about: partition key `pk`, sort key `sk`, both strings. */
export const tableName = "transcript";

const partitions = ["a", "b"];
const sortKeys = ["0001", "0002", "0003", "0004", "0010", "1", "", "é", "\uff5e"];

export function randomSteps(random: Random, count: number): Step[] {
  const chance = chanceOf(random);
  return Array.from({ length: count }, () => chance.pick(kinds)(chance));
}

interface Chance {
  readonly random: Random;
  happens(probability: number): boolean;
  below(limit: number): number;
  pick<T>(options: readonly T[]): T;
}

function chanceOf(random: Random): Chance {
  const below = (limit: number) => Math.floor(random() * limit);
  return {
    random,
    below,
    happens: (probability) => random() < probability,
    pick: (options) => options[below(options.length)]!,
  };
}

/** Each as often as it stands here. */
const kinds: readonly ((chance: Chance) => Step)[] = [
  ...[put, put, put, put, update, update, update, update, update, remove, remove],
  ...[get, query, query, query, query, batchGet, transactWrite, transactWrite, transactWrite],
];

function put(chance: Chance): Step {
  const terms = createTerms();
  const input = { ...common(chance), Item: item(chance), ...condition(chance, terms, 0.7) };
  return { operation: "Put", input: { ...input, ...returnOld(chance), ...terms.input() } };
}

function remove(chance: Chance): Step {
  const terms = createTerms();
  const input = { ...common(chance), Key: key(chance), ...condition(chance, terms, 0.6) };
  return { operation: "Delete", input: { ...input, ...returnOld(chance), ...terms.input() } };
}

function update(chance: Chance): Step {
  const terms = createTerms();
  const UpdateExpression = updateExpression(chance, terms);
  const whole = ["NONE", "ALL_OLD", "ALL_NEW"];
  // Of an attribute that was updated inside, DynamoDB Local returns all, and DynamoDB that part.
  const isInside = /[.[]/.test(UpdateExpression);
  const input = {
    ...common(chance),
    Key: key(chance),
    UpdateExpression,
    ...condition(chance, terms, 0.4),
    ReturnValues: chance.pick(isInside ? whole : [...whole, "UPDATED_OLD", "UPDATED_NEW"]),
    ReturnValuesOnConditionCheckFailure: chance.pick(["NONE", "ALL_OLD"]),
  };
  return { operation: "Update", input: { ...input, ...terms.input() } };
}

function get(chance: Chance): Step {
  const terms = createTerms();
  const projection = chance.happens(0.4)
    ? { ProjectionExpression: `${terms.name("n")}, ${terms.name("map")}.${terms.name("k")}, sk` }
    : {};
  const input = { ...common(chance), Key: key(chance), ...projection };
  return { operation: "Get", input: { ...input, ...consistent(chance), ...terms.input() } };
}

function query(chance: Chance): Step {
  const terms = createTerms();
  const pk = chance.pick([...partitions, "nothing here"]);
  const hash = `${terms.name("pk")} = ${terms.value(pk)}`;
  const range = rangeCondition(chance, terms);
  const filter = chance.happens(0.3) ? { FilterExpression: test(chance, terms, 1) } : {};
  const start =
    range === "" && chance.happens(0.3)
      ? { ExclusiveStartKey: { pk, sk: chance.pick(sortKeys.filter(Boolean)) } }
      : {};
  const input = {
    ...common(chance),
    KeyConditionExpression: hash + range,
    ScanIndexForward: chance.happens(0.6),
    ...(chance.happens(0.5) && { Limit: 1 + chance.below(4) }),
    ...(chance.happens(0.1) && { Select: "COUNT" }),
  };
  return {
    operation: "Query",
    input: { ...input, ...filter, ...start, ...consistent(chance), ...terms.input() },
  };
}

function rangeCondition(chance: Chance, terms: Terms): string {
  const sk = terms.name("sk");
  const value = () => terms.value(chance.pick(sortKeys.filter(Boolean)));
  switch (chance.below(5)) {
    case 0:
      return ` AND ${sk} ${chance.pick(["=", "<", "<=", ">", ">="])} ${value()}`;
    case 1:
      return ` AND begins_with(${sk}, ${terms.value(chance.pick(["0", "000", "é", "x"]))})`;
    case 2:
      return ` AND ${sk} BETWEEN ${terms.value("0002")} AND ${terms.value(chance.pick(["0004", "1", "\uff5e"]))}`;
    default:
      terms.forget("sk");
      return "";
  }
}

function batchGet(chance: Chance): Step {
  const Keys = distinctKeys(chance, 5);
  const RequestItems = { [tableName]: { Keys, ...consistent(chance) } };
  return { operation: "BatchGet", input: { RequestItems, ReturnConsumedCapacity: "TOTAL" } };
}

function transactWrite(chance: Chance): Step {
  const actions = distinctKeys(chance, 4).map((Key) => {
    const kind = chance.pick(["Put", "Update", "Delete", "ConditionCheck"] as const);
    const terms = createTerms();
    const input = {
      TableName: tableName,
      ...(kind === "Put" ? { Item: { ...item(chance), ...Key } } : { Key }),
      ...(kind === "Update" && { UpdateExpression: soundUpdate(chance, terms) }),
      ...condition(chance, terms, kind === "ConditionCheck" ? 1 : 0.4),
      ReturnValuesOnConditionCheckFailure: chance.pick(["NONE", "ALL_OLD"]),
    };
    return { [kind]: { ...input, ...terms.input() } };
  });
  return { operation: "TransactWrite", input: { TransactItems: actions } };
}

function common(chance: Chance) {
  const ReturnConsumedCapacity = chance.happens(0.5) ? "TOTAL" : "NONE";
  return { TableName: tableName, ReturnConsumedCapacity };
}

const consistent = (chance: Chance) => ({ ConsistentRead: chance.happens(0.5) });

const returnOld = (chance: Chance) => ({
  ReturnValues: chance.pick(["NONE", "ALL_OLD"]),
  ReturnValuesOnConditionCheckFailure: chance.pick(["NONE", "ALL_OLD"]),
});

function key(chance: Chance) {
  return { pk: chance.pick(partitions), sk: chance.pick(sortKeys) };
}

function distinctKeys(chance: Chance, most: number) {
  const keys = new Map<string, ReturnType<typeof key>>();
  for (let left = 1 + chance.below(most); left > 0; left--) {
    const one = { ...key(chance), sk: chance.pick(sortKeys.filter(Boolean)) };
    keys.set(JSON.stringify(one), one);
  }
  return [...keys.values()];
}

function item(chance: Chance) {
  const some = <T>(name: string, value: () => T) =>
    chance.happens(0.4) ? { [name]: value() } : {};
  return {
    ...key(chance),
    ...some("n", () => chance.pick([0, 1, -1, 2.5, 1e21, 1e-7, 12345678901])),
    ...some("s", () => chance.pick(["", "x", "xyz", "é", "long ".repeat(300)])),
    ...some("tags", () => new Set(["red", "blue", "green"].slice(0, 1 + chance.below(3)))),
    ...some("list", () => [1, "two", [null, true]].slice(0, chance.below(4))),
    ...some("map", () => ({ k: chance.below(3), deep: { flag: chance.happens(0.5) } })),
    ...some("bytes", () => new Uint8Array(chance.below(4)).fill(chance.below(256))),
    ...some("flag", () => chance.happens(0.5)),
  };
}

/** The names and values that an expression uses. */
interface Terms {
  name(attribute: string): string;
  value(value: unknown): string;
  forget(attribute: string): void;
  input(): object;
}

function createTerms(): Terms {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  return {
    name(attribute) {
      names[`#${attribute}`] = attribute;
      return `#${attribute}`;
    },
    value(value) {
      const name = `:v${Object.keys(values).length}`;
      values[name] = value;
      return name;
    },
    forget(attribute) {
      delete names[`#${attribute}`];
    },
    input: () => ({
      ...(Object.keys(names).length > 0 && { ExpressionAttributeNames: names }),
      ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
    }),
  };
}

function condition(chance: Chance, terms: Terms, probability: number) {
  return chance.happens(probability) ? { ConditionExpression: test(chance, terms, 2) } : {};
}

function test(chance: Chance, terms: Terms, depth: number): string {
  if (depth > 0 && chance.happens(0.4)) {
    const left = test(chance, terms, depth - 1);
    if (chance.happens(0.3)) return `NOT (${left})`;
    return `${left} ${chance.pick(["AND", "OR"])} ${test(chance, terms, depth - 1)}`;
  }
  const attribute = () =>
    terms.name(chance.pick(["n", "s", "tags", "list", "map", "bytes", "flag"]));
  const operator = chance.pick(["=", "<>", "<", "<=", ">", ">="]);
  switch (chance.below(9)) {
    case 0:
      return `attribute_exists(${attribute()})`;
    case 1:
      return `attribute_not_exists(${attribute()})`;
    case 2:
      return `${terms.name("n")} ${operator} ${terms.value(chance.pick([0, 1, 2.5, 1e21]))}`;
    case 3:
      return `${terms.name("s")} ${operator} ${terms.value(chance.pick(["", "x", "é"]))}`;
    case 4:
      return `begins_with(${terms.name("s")}, ${terms.value("x")})`;
    case 5:
      return `contains(${terms.name(chance.pick(["tags", "s", "list"]))}, ${terms.value(chance.pick(["red", "two"]))})`;
    case 6:
      return `size(${terms.name(chance.pick(["tags", "list", "map"]))}) ${operator} ${terms.value(1)}`;
    case 7:
      return `${terms.name("n")} BETWEEN ${terms.value(-1)} AND ${terms.value(chance.pick([0, 2.5]))}`;
    default:
      return `${terms.name("map")}.${terms.name("k")} IN (${terms.value(0)}, ${terms.value(1)})`;
  }
}

/** May also be wrong for the item that it meets. */
function updateExpression(chance: Chance, terms: Terms): string {
  if (chance.happens(0.8)) return soundUpdate(chance, terms);
  return chance.pick([
    () => `SET ${terms.name("map")}.${terms.name("k")} = ${terms.value(7)}`,
    () => `SET ${terms.name("n")} = ${terms.name("n")} + ${terms.value(1)}`,
    () => `SET ${terms.name("s")} = ${terms.name("other")}`,
    () => `REMOVE ${terms.name("list")}[0]`,
  ])();
}

/** Fits every item. */
function soundUpdate(chance: Chance, terms: Terms): string {
  const n = () => terms.name("n");
  const tags = () => terms.name("tags");
  const clauses = {
    SET: [
      () => `${terms.name("s")} = ${terms.value(chance.pick(["x", "set", "é"]))}`,
      () =>
        `${n()} = if_not_exists(${n()}, ${terms.value(0)}) ${chance.pick(["+", "-"])} ${terms.value(1.5)}`,
      () => {
        const list = terms.name("list");
        return `${list} = list_append(if_not_exists(${list}, ${terms.value([])}), ${terms.value(["more"])})`;
      },
      () => `${terms.name("map")} = ${terms.value({ k: 1 })}`,
    ],
    ADD: [
      () => `${n()} ${terms.value(chance.pick([1, -2, 0.1]))}`,
      () => `${tags()} ${terms.value(new Set(["red", "gold"]))}`,
    ],
    DELETE: [() => `${tags()} ${terms.value(new Set(["red", "blue"]))}`],
    REMOVE: [() => terms.name("flag"), () => terms.name("bytes"), () => terms.name("s")],
  };
  const action = chance.pick(["SET", "SET", "ADD", "DELETE", "REMOVE"] as const);
  return `${action} ${chance.pick(clauses[action])()}`;
}
