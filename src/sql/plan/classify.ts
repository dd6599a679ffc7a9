/** Whether a pump is complete in one shard: what must come together must come from one. */
import { showName } from "../nodes/names.ts";
import { isNumeric, showType } from "../types/sql-type.ts";
import {
  type ApplicationPlan,
  type GroupPlan,
  inputsOf,
  type Plan,
  type PlanColumn,
} from "./plan.ts";
import type { Typed } from "./typed.ts";

/**
 * `local`: each shard for itself gives what all together would. `two-stage`: what each shard comes to is merged, or the pump reads what was. `single`: the
 * rows of all shards must pass one place in one order.
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
  /** Its time is known without a row: that of the source, or something of it. */
  readonly isTimed: boolean;
}

const rank: Readonly<Record<PumpClass, number>> = { local: 0, "two-stage": 1, single: 2 };

/** Aggregates of which several results come to one, in whatever order. */
const mergeable = new Set(["COUNT", "SUM", "AVG", "MIN", "MAX"]);

/** Where the partition key stands. */
export interface KeyPlaces {
  /** Of an operator that keeps something: among its terms; of a join among what must be equal; of each of several windows among its partition. */
  readonly operators: ReadonlyMap<Plan, readonly number[]>;
  /** Among the columns of a stream. */
  readonly streams: ReadonlyMap<string, number>;
}

/** Where an application is cut in two: below, in each shard; what is above runs once, on what the shards come to. */
export interface Stages {
  /** Whose groups are merged. */
  readonly cuts: readonly GroupPlan[];
  /** The pumps that run above, whole or in part. */
  readonly above: ReadonlySet<string>;
}

/** What is known of each plan on the way. */
interface Finding {
  readonly streams: Map<string, Found>;
  readonly operators: Map<Plan, readonly number[]>;
  readonly cuts: GroupPlan[];
}

/** `partitionKey`: by source, the column that records are partitioned by. Throws TypeError for a column that there is not. */
export function classify(
  { pumps, sources }: ApplicationPlan,
  partitionKey: Readonly<Record<string, string>>,
): {
  readonly pumps: readonly Classified[];
  readonly places: KeyPlaces;
  /** Undefined: no pump has two stages, or another is single, for which there must be one shard. */
  readonly stages: Stages | undefined;
} {
  const finding: Finding = { streams: new Map(), operators: new Map(), cuts: [] };
  const { cuts, operators, streams } = finding;
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
    streams.set(name, { class: "local", reason: "", keys, isTimed: true });
  }
  const classified = pumps.map(({ name, plan, target }) => {
    const found = classOf(plan, finding);
    const before = streams.get(target);
    streams.set(target, before ? together(before, found, target) : found);
    return Object.freeze({
      pump: name,
      class: found.class,
      reason: found.reason || "It keeps no rows.",
    });
  });
  const known = [...streams].filter(([, { keys }]) => keys.length > 0);
  const places = new Map(known.map(([name, { keys }]) => [name, keys[0]!]));
  const above = classified.filter((pump) => pump.class === "two-stage");
  const isSingle = classified.some((pump) => pump.class === "single");
  const stages =
    above.length === 0 || isSingle
      ? undefined
      : { cuts, above: new Set(above.map(({ pump }) => pump)) };
  return { pumps: classified, places: { operators, streams: places }, stages };
}

/** Of several pumps into one stream the weakest decides, and only keys of all of them are keys. Rows of each shard and merged ones have no order. */
function together(one: Found, other: Found, stream: string): Found {
  const isMixed =
    one.class !== other.class && [one, other].some((found) => found.class === "two-stage");
  return {
    ...worse(one, other),
    ...(isMixed ? { class: "single", reason: mixed(`rows of ${showName(stream)}`) } : {}),
    keys: other.keys.filter((key) => one.keys.includes(key)),
    isTimed: one.isTimed && other.isTimed,
  };
}

const mixed = (what: string) =>
  `Some ${what} come from each shard, and others were merged: they have no common order.`;

const worse = (a: Found, b: Found): Found => (rank[b.class] > rank[a.class] ? b : a);

function classOf(plan: Plan, finding: Finding): Found {
  if (plan.op === "scan") {
    const found = finding.streams.get(plan.stream);
    if (!found)
      return { class: "local", reason: "Nothing writes the stream.", keys: [], isTimed: true };
    const { class: kind } = found;
    if (kind === "local") return { ...found, reason: "" };
    const how = kind === "two-stage" ? "merged: it runs behind that" : kind;
    return { ...found, reason: `It reads ${showName(plan.stream)}, which is ${how}.`, keys: [] };
  }
  const inputs = inputsOf(plan).map((input) => classOf(input, finding));
  const input = inputs.reduce(worse);
  const isTimed = inputs.every((one) => one.isTimed) && keepsTime(plan);
  if (inputs.some((one) => one.class === "two-stage")) {
    const isMixed = inputs.some((one) => one.class === "local");
    if (isMixed) return { class: "single", reason: mixed("of its rows"), keys: [], isTimed };
    return { ...input, keys: [], isTimed };
  }
  const own = ownClass(plan, input, inputs, finding);
  const isOwn = rank[own.class] >= rank[input.class] && own.reason;
  if (plan.op === "group" && own.class === "two-stage" && isOwn) finding.cuts.push(plan);
  return isOwn ? { ...own, isTimed } : { ...input, keys: own.keys, isTimed };
}

/** Whether the time of what comes out follows from that of what comes in alone. */
const keepsTime = (plan: Plan) =>
  plan.op !== "project" || !plan.time || (plan.time.isOfTime && plan.time.course === "up");

function ownClass(
  plan: Exclude<Plan, { op: "scan" }>,
  input: Found,
  inputs: readonly Found[],
  { operators: places }: Finding,
): Omit<Found, "isTimed"> {
  const same = (keys: readonly number[], reason = "") =>
    ({ class: "local", reason, keys }) as const;
  const single = (reason: string) => ({ class: "single", reason, keys: [] }) as const;
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
      if (apart)
        return single(
          `${apart.text} is of all rows of a group, and of parts it does not come to the same.`,
        );
      if (!plan.clockOfTime || !input.isTimed)
        return single("When its groups are complete is said by rows, and not by time alone.");
      return {
        class: "two-stage",
        reason: "Its groups do not contain the partition key; what shards come to is merged.",
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
      return single(`${plan.name} learns from all rows.`);
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
