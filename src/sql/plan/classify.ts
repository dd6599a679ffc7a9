/** Whether a pump is complete in one shard: what must come together must come from one. */
import { showName } from "../nodes/names.ts";
import { isNumeric, showType } from "../types/sql-type.ts";
import { type ApplicationPlan, inputsOf, type Plan, type PlanColumn } from "./plan.ts";
import type { Typed } from "./typed.ts";

/**
 * `local`: each shard for itself gives what all together would. `two-stage`: what each shard comes to can be merged. `single`: the rows of all shards
 * must pass one place in one order.
 */
export type PumpClass = "local" | "two-stage" | "single";

/** A pump, and what it needs to be complete. */
export interface Classified {
  readonly pump: string;
  readonly class: PumpClass;
  /** Why it is not local, or why it is. */
  readonly reason: string;
}

interface Found {
  readonly class: PumpClass;
  readonly reason: string;
  /** Columns whose equal values are in one shard, by their places. */
  readonly keys: readonly number[];
}

const rank: Readonly<Record<PumpClass, number>> = { local: 0, "two-stage": 1, single: 2 };

/** Aggregates whose partial results can be merged. */
const mergeable = new Set([
  "COUNT",
  "SUM",
  "AVG",
  "MIN",
  "MAX",
  "STDDEV_POP",
  "STDDEV_SAMP",
  "VAR_POP",
  "VAR_SAMP",
]);

/** Where the partition key stands. */
export interface KeyPlaces {
  /** Of an operator that keeps something: among its terms; of a join among what must be equal; of each of several windows among its partition. */
  readonly operators: ReadonlyMap<Plan, readonly number[]>;
  /** Among the columns of a stream. */
  readonly streams: ReadonlyMap<string, number>;
}

/** `partitionKey`: by source, the column that records are partitioned by. Throws TypeError for a column that there is not. */
export function classify(
  { pumps, sources }: ApplicationPlan,
  partitionKey: Readonly<Record<string, string>>,
): { readonly pumps: readonly Classified[]; readonly places: KeyPlaces } {
  const streams = new Map<string, Found>();
  const operators = new Map<Plan, readonly number[]>();
  for (const [name, key] of Object.entries(partitionKey)) {
    const source = sources.find((source) => source.name === name);
    if (!source?.columns.some((column) => column.name === key)) {
      throw new TypeError(
        `partitionKey names ${name}.${key}, and there is no such column of a source.`,
      );
    }
  }
  for (const { columns, name } of sources) {
    const keys = columns.flatMap((column, at) =>
      column.name === partitionKey[name] || column.name === "PARTITION_KEY" ? [at] : [],
    );
    streams.set(name, { class: "local", reason: "", keys });
  }
  const classified = pumps.map(({ name, plan, target }) => {
    const found = classOf(plan, streams, operators);
    const before = streams.get(target);
    // Of several pumps into one stream the weakest decides, and only keys of all of them are keys.
    streams.set(
      target,
      before
        ? { ...worse(before, found), keys: found.keys.filter((key) => before.keys.includes(key)) }
        : found,
    );
    return Object.freeze({
      pump: name,
      class: found.class,
      reason: found.reason || "It keeps no rows.",
    });
  });
  const known = [...streams].filter(([, { keys }]) => keys.length > 0);
  const places = new Map(known.map(([name, { keys }]) => [name, keys[0]!]));
  return { pumps: classified, places: { operators, streams: places } };
}

const worse = (a: Found, b: Found): Found => (rank[b.class] > rank[a.class] ? b : a);

function classOf(
  plan: Plan,
  streams: ReadonlyMap<string, Found>,
  places: Map<Plan, readonly number[]>,
): Found {
  if (plan.op === "scan") {
    const found = streams.get(plan.stream);
    if (!found) return { class: "local", reason: "Nothing writes the stream.", keys: [] };
    const reason =
      found.class === "local" ? "" : `It reads ${showName(plan.stream)}, which is ${found.class}.`;
    return { ...found, reason, class: found.class === "two-stage" ? "single" : found.class };
  }
  const inputs = inputsOf(plan).map((input) => classOf(input, streams, places));
  const input = inputs.reduce(worse);
  const own = ownClass(plan, input, inputs, places);
  return rank[own.class] >= rank[input.class] && own.reason ? own : { ...input, keys: own.keys };
}

function ownClass(
  plan: Exclude<Plan, { op: "scan" }>,
  input: Found,
  inputs: readonly Found[],
  places: Map<Plan, readonly number[]>,
): Found {
  const same = (keys: readonly number[], reason = ""): Found => ({ class: "local", reason, keys });
  const single = (reason: string): Found => ({ class: "single", reason, keys: [] });
  switch (plan.op) {
    case "filter":
      return same(input.keys);
    case "lookup":
      return same(input.keys);
    case "project":
      return same(placesOf(plan.items, input.keys));
    case "union":
      return same(inputs[0]!.keys.filter((key) => inputs.every(({ keys }) => keys.includes(key))));
    case "group": {
      const keys = placesOf(plan.terms, input.keys);
      places.set(plan, keys);
      if (keys.length > 0)
        return same(keys, `Its groups contain the partition key, ${plan.terms[keys[0]!]!.text}.`);
      const apart = plan.aggregates.find(({ name }) => !mergeable.has(name));
      if (apart) return single(`${apart.text} needs the order of all rows of a group.`);
      return {
        class: "two-stage",
        reason: "Its groups do not contain the partition key; what shards come to can be merged.",
        keys: [],
      };
    }
    case "stagger": {
      const keys = placesOf(plan.terms, input.keys);
      places.set(plan, keys);
      return keys.length > 0
        ? same(keys, `Its windows are by the partition key, ${plan.terms[keys[0]!]!.text}.`)
        : single("When a window opens depends on the first row of all shards.");
    }
    case "window": {
      const found = plan.windows.map(({ partition }) => placesOf(partition, input.keys)[0]);
      places.set(
        plan,
        found.map((place) => place ?? 0),
      );
      const apart = plan.windows.find((_, at) => found[at] === undefined);
      if (apart)
        return single(
          `The window of ${apart.aggregates[0]!.text} is not partitioned by the partition key.`,
        );
      return same(input.keys, "Its windows are partitioned by the partition key.");
    }
    case "distinct":
      return placesOf(
        plan.keys.map((at) => columnAt(plan.columns, at)),
        input.keys,
      ).length > 0
        ? same(input.keys, "The rows that it compares have the partition key.")
        : single("Rows that are equal may come through different shards.");
    case "order":
      return single("The rows of all shards have one order.");
    case "join": {
      const place = plan.equal.findIndex(
        ([a, b]) =>
          placesOf([a], inputs[0]!.keys).length > 0 && placesOf([b], inputs[1]!.keys).length > 0,
      );
      places.set(plan, [place]);
      if (place < 0) return single("Rows that belong together may come through different shards.");
      return same(inputs[0]!.keys, "Both sides are joined by the partition key.");
    }
    case "tableFunction":
      if (!plan.name.endsWith("_TUMBLING")) return single(`${plan.name} learns from all rows.`);
      return {
        class: "two-stage",
        reason: `${plan.name} counts over all shards; what they come to can be merged.`,
        keys: [],
      };
  }
}

const columnAt = (columns: readonly PlanColumn[], index: number) =>
  ({ kind: "column", index, ...columns[index]! }) as unknown as Typed;

/** Where a term is one of the keys. */
const placesOf = (terms: readonly Typed[], keys: readonly number[]): readonly number[] =>
  terms.flatMap((term, at) => (isKey(term, keys) ? [at] : []));

/** The column itself, or its value as another type keeps it whole. */
function isKey(term: Typed, keys: readonly number[]): boolean {
  if (term.kind === "column") return keys.includes(term.index);
  const from = term.kind === "call" && term.args.length === 1 ? term.args[0]! : undefined;
  if (!from || term.text !== `${from.text} as ${showType(term.type)}`) return false;
  // Of a text that is cut two keys may become one.
  const isWhole =
    (term.type.length ?? Infinity) >= (from.type.length ?? 0) && !isNumeric(term.type);
  return isWhole && isKey(from, keys);
}

/** One line a pump. */
export function showClassified(pumps: readonly Classified[]): string {
  const width = Math.max(0, ...pumps.map(({ pump }) => showName(pump).length));
  const lines = pumps.map(
    ({ class: kind, pump, reason }) =>
      `${showName(pump).padEnd(width)}  ${kind.padEnd(9)}  ${reason}`,
  );
  return `${lines.join("\n")}\n`;
}
