/** FROM: streams, reference tables, nested queries, joins. */
import { type Identifier, showName } from "../nodes/names.ts";
import type { JoinNode, QueryNode, SelectNode, SourceNode } from "../nodes/query.ts";
import { type Frame, type Plan, type PlanColumn, plan } from "../plan/plan.ts";
import { nearest } from "../text/nearest.ts";
import { SqlError } from "../text/sql-error.ts";
import { timestampType } from "../types/sql-type.ts";
import type { Surroundings } from "./expressions.ts";
import { windowOf } from "./frames.ts";
import { joinConditions, usingCondition } from "./join-conditions.ts";
import type { Relation } from "./scope.ts";
import { tableFunction } from "./table-functions.ts";

/** What a query may read. */
export interface Catalog {
  readonly streams: ReadonlyMap<string, readonly PlanColumn[]>;
  readonly references: ReadonlyMap<string, readonly PlanColumn[]>;
  readonly startedAt: number | undefined;
}

export interface From {
  readonly plan: Plan;
  readonly relations: readonly Relation[];
}

type Query = (query: QueryNode) => Plan;

export function fromOf(node: SourceNode, select: SelectNode, catalog: Catalog, query: Query): From {
  if (node.kind === "join") return joined(node, select, catalog, query);
  if (node.over !== undefined) {
    throw new SqlError(
      "A window in FROM says what takes part in a join, and there is none.",
      node.at,
      "Take it out, or write AGGREGATE(…) OVER (…).",
    );
  }
  const source = sourceOf(node, catalog, query, select);
  if (!source.plan) {
    throw new SqlError(
      `${source.relation.alias} is a reference table: it has no rows of its own.`,
      node.at,
      "Join a stream with it: FROM stream LEFT JOIN table ON ….",
    );
  }
  return { plan: source.plan, relations: [source.relation] };
}

interface Source {
  /** Undefined: a reference table. */
  readonly plan: Plan | undefined;
  readonly table: string;
  readonly relation: Relation;
  readonly node: Exclude<SourceNode, JoinNode>;
}

function sourceOf(
  node: Exclude<SourceNode, JoinNode>,
  catalog: Catalog,
  query: Query,
  select: SelectNode,
): Source {
  const alias = node.alias?.name ?? (node.kind === "named" ? node.name.name : "");
  const make = (plan: Plan | undefined, columns: readonly PlanColumn[], table = ""): Source => ({
    ...{ plan, table, node },
    relation: {
      alias,
      offset: 0,
      columns: renamed(columns, node.columns),
      ...(plan ? {} : { isTable: true }),
    },
  });
  if (node.kind === "nested") {
    const nested = query(node.query);
    return make(nested, nested.columns);
  }
  if (node.kind === "tableFunction") {
    const around: Surroundings = {
      scope: { relations: [] },
      aggregate: noAggregate(select),
      startedAt: catalog.startedAt,
    };
    const called = tableFunction(node, query, around);
    return make(called, called.columns);
  }
  const { name } = node.name;
  const stream = catalog.streams.get(name);
  if (stream) return make(plan({ op: "scan", stream: name, columns: stream }), stream);
  const table = catalog.references.get(name);
  if (table) return make(undefined, table, name);
  throw noStream(node.name, [...catalog.streams.keys(), ...catalog.references.keys()]);
}

export function noStream({ name, at, isQuoted }: Identifier, names: readonly string[]): SqlError {
  const other = names.find((other) => other.toUpperCase() === name.toUpperCase());
  const near = other ?? nearest(name, names);
  const why = other && !isQuoted ? "Names without quotes count in upper case. " : "";
  return new SqlError(
    `There is no stream ${showName(name)}.`,
    at,
    near
      ? `${why}Did you mean ${showName(near)}?`
      : names.length > 0
        ? `There are ${names.map(showName).join(", ")}.`
        : "Declare it with CREATE STREAM, or name a source so.",
  );
}

const noAggregate =
  ({ at }: SelectNode) =>
  () => {
    throw new SqlError("An aggregate cannot stand here.", at);
  };

function renamed(
  columns: readonly PlanColumn[],
  names: readonly Identifier[] | undefined,
): readonly PlanColumn[] {
  if (!names) return columns;
  if (names.length !== columns.length) {
    throw new SqlError(
      `There are ${columns.length} columns, and ${names.length} names for them.`,
      names[0]!.at,
    );
  }
  return columns.map((column, at) => ({ ...column, name: names[at]!.name }));
}

/** Left to right; a reference table stands right of its stream. */
function joined(node: JoinNode, select: SelectNode, catalog: Catalog, query: Query): From {
  const { at } = node;
  if (node.right.kind === "join")
    throw new SqlError(
      "Joins are taken from left to right.",
      node.right.at,
      "Leave out the brackets.",
    );
  const right = sourceOf(node.right, catalog, query, select);
  const leftSource =
    node.left.kind === "join" ? undefined : sourceOf(node.left, catalog, query, select);
  const left = leftSource
    ? from(leftSource)
    : joined(node.left as JoinNode, select, catalog, query);
  const around = (relations: readonly Relation[]): Surroundings => ({
    ...{ scope: { relations }, aggregate: noAggregate(select), startedAt: catalog.startedAt },
  });
  if (leftSource && !leftSource.plan) {
    throw new SqlError(
      `A stream is joined with a reference table, not the other way.`,
      at,
      `Write FROM stream JOIN ${showName(leftSource.relation.alias)} ON ….`,
    );
  }
  const width = left.plan.columns.length;
  const names = left.relations.map(({ alias }) => alias);
  if (right.relation.alias !== "" && names.includes(right.relation.alias)) {
    throw new SqlError(
      `FROM names ${showName(right.relation.alias)} twice.`,
      right.node.at,
      "Give one of them another name: AS b.",
    );
  }
  const { using } = node;
  if (using && (node.type === "RIGHT" || node.type === "FULL")) {
    throw new SqlError(`A ${node.type} JOIN cannot have USING.`, at, "Write ON a.key = b.key.");
  }
  const on = using ? usingCondition(using, left.relations, right.relation) : node.on;
  const joint = using ? { merged: new Set(using.map(({ name }) => name)) } : {};
  if (!right.plan) {
    const relations = [...left.relations, { ...right.relation, ...joint, offset: width }];
    const split = on
      ? joinConditions(on, around(relations), width)
      : { equal: [], condition: undefined };
    const type = node.type === "CROSS" ? "INNER" : node.type;
    if (type !== "INNER" && type !== "LEFT") {
      throw new SqlError(
        `A ${type} JOIN would have rows of a reference table without a time.`,
        at,
        "Write INNER JOIN or LEFT JOIN.",
      );
    }
    const columns = [...left.plan.columns, ...right.relation.columns];
    return {
      plan: plan({ op: "lookup", type, input: left.plan, table: right.table, ...split, columns }),
      relations,
    };
  }
  const frame = (over: typeof right.node.over): Frame | undefined => {
    if (over === undefined) return undefined;
    const window = windowOf(over, select.windows, around([]), at);
    if (window.partition.length > 0)
      throw new SqlError(
        "A window of a join has no PARTITION BY.",
        at,
        "Say in ON what belongs together.",
      );
    return window.frame;
  };
  let [leftFrame, rightFrame] = [frame(leftSource?.node.over), frame(right.node.over)];
  // Of both only the current rows take part: those of one ROWTIME.
  if (!leftFrame && !rightFrame) leftFrame = rightFrame = { mode: "range", preceding: 0 };
  const times = width + right.plan.columns.length;
  const relations = [
    // Of a left side that is a join itself, the time is the joined row's.
    ...left.relations.map((relation) => (leftSource ? { ...relation, timeAt: times } : relation)),
    { ...right.relation, ...joint, offset: width, timeAt: times + 1 },
  ];
  const split = on
    ? joinConditions(on, around(relations), width, times)
    : { equal: [], condition: undefined };
  const columns: PlanColumn[] = [
    ...[...left.plan.columns, ...right.plan.columns].map(({ name, type, isHidden }) => ({
      ...{ name, type, course: "any" as const },
      ...(isHidden && { isHidden }),
    })),
    {
      name: `${showName(names[0] ?? "")}.ROWTIME`,
      type: timestampType,
      course: "any",
      isHidden: true,
    },
    {
      name: `${showName(right.relation.alias)}.ROWTIME`,
      type: timestampType,
      course: "any",
      isHidden: true,
    },
  ];
  const type = node.type === "CROSS" ? "INNER" : node.type;
  return {
    plan: plan({
      op: "join",
      type,
      left: left.plan,
      right: right.plan,
      leftFrame,
      rightFrame,
      ...split,
      columns,
    }),
    relations,
  };
}

const from = ({ plan, relation }: Source): From => ({ plan: plan as Plan, relations: [relation] });
