/** An application as a plan: its streams, and its pumps in the order in which rows run through them. */
import { type Identifier, showName } from "../nodes/names.ts";
import type {
  CreatePumpNode,
  CreateStreamNode,
  InsertNode,
  StatementNode,
} from "../nodes/statements.ts";
import {
  type ApplicationPlan,
  type Plan,
  type PlanColumn,
  type PumpPlan,
  plan,
  streamsOf,
} from "../plan/plan.ts";
import { callTerm, constant, placed, type Typed } from "../plan/typed.ts";
import { SqlError } from "../text/sql-error.ts";
import { assignment } from "../types/convert.ts";
import {
  type Column,
  nullType,
  type SqlType,
  showType,
  timestampType,
  varchar,
} from "../types/sql-type.ts";
import { typeOf } from "../types/written.ts";
import { type Catalog, noStream } from "./from.ts";
import { analyseQuery } from "./select.ts";

/** What an application is given from outside. */
export interface Given {
  /** The columns of what comes in, by its name in the application. */
  readonly sources: Readonly<Record<string, readonly Column[]>>;
  readonly references?: Readonly<Record<string, readonly Column[]>> | undefined;
  /** When the application was started, in epoch milliseconds: only CURRENT_TIMESTAMP and its kin ask. */
  readonly startedAt?: number | undefined;
}

/** What Kinesis says of each record: columns that `*` leaves out. */
export const systemColumns: readonly PlanColumn[] = [
  { name: "APPROXIMATE_ARRIVAL_TIME", type: timestampType },
  { name: "PARTITION_KEY", type: varchar(256) },
  { name: "SEQUENCE_NUMBER", type: varchar(128) },
  { name: "SHARD_ID", type: varchar(128) },
].map((column) => Object.freeze({ ...column, course: "any" as const, isHidden: true }));

/** Throws SqlError. */
export function analyseApplication(
  statements: readonly StatementNode[],
  given: Given,
): ApplicationPlan {
  const streams = new Map<string, readonly PlanColumn[]>();
  const sources = Object.entries(given.sources).map(([name, columns]) => {
    const own = columns.map((column) => ({ ...column, course: "any" as const }));
    const system = systemColumns.filter(({ name }) => !own.some((column) => column.name === name));
    streams.set(name, Object.freeze([...own, ...system]));
    return plan({ name, columns: streams.get(name)! });
  });
  const declared = new Map<string, CreateStreamNode>();
  for (const node of statements) {
    if (node.kind === "createStream") declareStream(node, declared, streams);
  }
  const references = new Map(
    Object.entries(given.references ?? {}).map(([name, columns]) => [
      name,
      columns.map((column) => ({ ...column, course: "any" as const })),
    ]),
  );
  const catalog: Catalog = { streams, references, startedAt: given.startedAt };
  const nodes = statements.filter((node) => node.kind === "createPump");
  const pumps = nodes.map((node) => pumpOf(node, catalog, declared));
  const twice = nodes.find(
    ({ name }, at) => nodes.findIndex((other) => other.name.name === name.name) < at,
  );
  if (twice)
    throw new SqlError(
      `There are two pumps ${showName(twice.name.name)}.`,
      twice.name.at,
      "Give one of them another name.",
    );
  return plan({
    sources: Object.freeze(sources),
    references: Object.freeze([...references].map(([name, columns]) => plan({ name, columns }))),
    streams: Object.freeze(
      [...declared.keys()].map((name) => plan({ name, columns: streams.get(name)! })),
    ),
    pumps: Object.freeze(inOrder(pumps, nodes)),
  });
}

function declareStream(
  node: CreateStreamNode,
  declared: Map<string, CreateStreamNode>,
  streams: Map<string, readonly PlanColumn[]>,
): void {
  const { name, at } = node.name;
  if (name.toUpperCase() === "ERROR_STREAM")
    throw new SqlError("The name error_stream is taken: it is where rows go that fail.", at);
  const before = declared.get(name);
  const columns = node.columns.map(
    ({ name, type, isNotNull }): PlanColumn => ({
      ...{ name: name.name, type: typeOf(type), course: "any" as const },
      ...(isNotNull && { isNotNull }),
    }),
  );
  for (const [place, column] of node.columns.entries()) {
    if (node.columns.findIndex((other) => other.name.name === column.name.name) < place) {
      throw new SqlError(
        `The stream ${showName(name)} has two columns ${showName(column.name.name)}.`,
        column.name.at,
      );
    }
  }
  if (streams.has(name) && !before)
    throw new SqlError(`${showName(name)} is a source: it cannot be declared again.`, at);
  if (before && JSON.stringify(columns) !== JSON.stringify(streams.get(name))) {
    throw new SqlError(
      `The stream ${showName(name)} is declared twice, with other columns.`,
      at,
      `First in line ${before.at.line}.`,
    );
  }
  declared.set(name, node);
  streams.set(name, Object.freeze(columns));
}

function pumpOf(
  { name, insert }: CreatePumpNode,
  catalog: Catalog,
  declared: ReadonlyMap<string, CreateStreamNode>,
): PumpPlan {
  const target = catalog.streams.get(insert.target.name);
  if (!target) throw noStream(insert.target, [...declared.keys()]);
  if (!declared.has(insert.target.name)) {
    throw new SqlError(
      `${showName(insert.target.name)} is a source: only its stream writes it.`,
      insert.target.at,
      "Declare a stream with CREATE STREAM.",
    );
  }
  return plan({
    name: name.name,
    target: insert.target.name,
    plan: inserted(insert, target, analyseQuery(insert.query, catalog)),
  });
}

/** Columns are matched by their places; what is not named becomes NULL. */
function inserted(
  { at, columns: listed, target, query }: InsertNode,
  columns: readonly PlanColumn[],
  input: Plan,
): Plan {
  const isTime = (column: PlanColumn) => column.isHidden === true && column.name === "ROWTIME";
  const wanted =
    listed?.filter(({ name }) => name !== "ROWTIME") ??
    columns.map(({ name }): Pick<Identifier, "name"> => ({ name }));
  let places = input.columns.map((_, place) => place);
  // A column AS ROWTIME is the row's time, and a column beside only where there is one for it.
  if (places.length !== wanted.length)
    places = places.filter((place) => !isTime(input.columns[place]!));
  if (listed && wanted.length < listed.length)
    places = places.filter((place) => input.columns[place]!.name !== "ROWTIME");
  if (places.length !== wanted.length) {
    throw new SqlError(
      `${showName(target.name)} takes ${wanted.length} columns here, and the SELECT gives ${places.length}.`,
      query.at,
      `It takes ${wanted.map(({ name }) => showName(name)).join(", ")}.`,
    );
  }
  for (const each of listed ?? []) {
    if (each.name === "ROWTIME" || columns.some(({ name }) => name === each.name)) continue;
    throw new SqlError(
      `${showName(target.name)} has no column ${showName(each.name)}.`,
      each.at,
      `It has ${columns.map(({ name }) => showName(name)).join(", ")}.`,
    );
  }
  const isProject = input.op === "project";
  const items = columns.map((column): Typed => {
    const nth = wanted.findIndex(({ name }) => name === column.name);
    if (nth < 0) return constant(null, nullType, "NULL");
    const place = places[nth]!;
    const from = input.columns[place]!;
    const term = isProject ? input.items[place]! : placed(place, showName(from.name), from.type);
    return assigned(term, column, at);
  });
  const time = isProject ? input.time : undefined;
  return plan({ op: "project", input: isProject ? input.input : input, items, time, columns });
}

function assigned(term: Typed, { name, type }: PlanColumn, at: InsertNode["at"]): Typed {
  const convert = assignment(term.type, type);
  if (!convert) {
    throw new SqlError(
      `The column ${showName(name)} is ${showType(type)}; ${term.text} is ${showType(term.type)}.`,
      at,
      `Write CAST(${term.text} AS ${showType(type)}), if that is meant.`,
    );
  }
  if (term.type.name === "NULL" || isSame(term.type, type)) return term;
  return callTerm(`${term.text} as ${showType(type)}`, type, [term], convert, {
    course: term.course,
  });
}

const isSame = (a: SqlType, b: SqlType) =>
  a.name === b.name && a.length === b.length && a.scale === b.scale && a.precision === b.precision;

/** Each behind those whose stream it reads. Throws SqlError for a circle. */
function inOrder(pumps: readonly PumpPlan[], nodes: readonly CreatePumpNode[]): PumpPlan[] {
  const done: PumpPlan[] = [];
  const left = new Set(pumps);
  while (left.size > 0) {
    const next = [...left].find(
      (pump) =>
        !streamsOf(pump.plan).some((stream) => [...left].some((other) => other.target === stream)),
    );
    if (!next) {
      const stuck = nodes[pumps.indexOf([...left][0]!)]!;
      throw new SqlError(
        "The pumps run in a circle.",
        stuck.at,
        "A pump cannot read what comes of what it writes.",
      );
    }
    left.delete(next);
    done.push(next);
  }
  return done;
}
