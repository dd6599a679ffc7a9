/** An application of Kinesis Analytics as statements of Flink's SQL: each stream a view, each pump a part of it. */
import { analyseApplication } from "../../../../../src/sql/analyse/application.ts";
import type { Catalog } from "../../../../../src/sql/analyse/from.ts";
import type { CreatePumpNode } from "../../../../../src/sql/nodes/statements.ts";
import { parseApplication } from "../../../../../src/sql/parse/statements.ts";
import type { ApplicationPlan, PlanColumn } from "../../../../../src/sql/plan/plan.ts";
import { streamsOf } from "../../../../../src/sql/plan/plan.ts";
import { columnsOf } from "../../../../../src/sql/schema/schema.ts";
import type { Position, SourceSchema } from "../../../../../src/sql.ts";
import { written } from "./expressions.ts";
import { placeOf } from "./from.ts";
import { NoEqual } from "./no-equal.ts";
import { queryOf } from "./query.ts";
import { named, typed } from "./words.ts";
import type { Writing } from "./writing.ts";

export interface FlinkApplication {
  readonly plan: ApplicationPlan;
  /** CREATE TEMPORARY VIEW statements, in their order. Those of `streams` have the streams' names. */
  readonly views: readonly string[];
  /** Streams that no pump reads: what goes out, unless others are named. */
  readonly ends: readonly string[];
  /** By reference table: the columns that its rows are found by. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** What has no equal, and why. Views that need it are missing. */
  readonly missing: readonly Remark[];
  /** What means a little else there. */
  readonly notes: readonly Remark[];
}

export interface Remark {
  readonly pump: string;
  readonly at: Position;
  readonly why: string;
}

/** Throws SqlError where the application is refused here. */
export function flinkApplication(
  sql: string,
  sources: Readonly<Record<string, SourceSchema>>,
  references: Readonly<Record<string, SourceSchema>>,
): FlinkApplication {
  const nodes = parseApplication(sql);
  const columns = (schemas: Readonly<Record<string, SourceSchema>>) =>
    Object.fromEntries(
      Object.entries(schemas).map(([name, schema]) => [name, columnsOf(schema, name)]),
    );
  const plan = analyseApplication(nodes, {
    ...{ sources: columns(sources), references: columns(references), startedAt: 0 },
  });
  const all = [...plan.sources, ...plan.streams];
  const catalog: Catalog = {
    streams: new Map(all.map(({ columns, name }) => [name, columns])),
    references: new Map(plan.references.map(({ columns, name }) => [name, columns])),
    startedAt: 0,
  };
  const made = new Map<string, { hasTime: boolean; isOfWindows: boolean }>(
    plan.sources.map(({ name }) => [name, { hasTime: true, isOfWindows: false }]),
  );
  const keys = new Map<string, readonly string[]>();
  const missing: Remark[] = [];
  const notes: Remark[] = [];
  const views: string[] = [];
  let number = 0;

  const pumps = plan.pumps.map(
    ({ name }) =>
      nodes.find(
        (node): node is CreatePumpNode => node.kind === "createPump" && node.name.name === name,
      )!,
  );
  /** A stream is written when all of its pumps can be: behind the last of them. */
  const branches = new Map<string, { text: string; hasTime: boolean; isOfWindows: boolean }[]>();
  for (const pump of pumps) {
    const target = pump.insert.target.name;
    const own: string[] = [];
    const writing: Writing = {
      ...{ catalog, isReference: (name) => catalog.references.has(name) },
      referenceOf: (name) => catalog.references.get(name)!,
      streamOf(name, at) {
        const stream = made.get(name);
        if (!stream) throw new NoEqual(`It reads ${name}, which has no equal.`, at);
        return { columns: catalog.streams.get(name)!, ...stream };
      },
      key(table, columns, at) {
        const sorted = columns.toSorted();
        const known = keys.get(table);
        if (known && known.join() !== sorted.join())
          throw new NoEqual(
            `${table} is looked up by ${known.join(", ")} elsewhere: there it has one key.`,
            at,
          );
        keys.set(table, sorted);
      },
      expression: (node, around) =>
        written(node, {
          analyse: () => {
            throw new NoEqual("This condition of a join is not written.", node.at);
          },
          name: (name) => placeOf(name, around),
          time: around.time ?? "",
          aggregate(call) {
            throw new NoEqual("An aggregate cannot stand in ON.", call.at);
          },
        }),
      view(text) {
        const name = `${pump.name.name}$${++number}`;
        own.push(`CREATE TEMPORARY VIEW ${named(name)} AS ${text}`);
        return name;
      },
      query: (node) => queryOf(node, writing),
      fresh: () => `t$${++number}`,
      note: (at, why) => notes.push({ pump: pump.name.name, at, why }),
    };
    try {
      const branch = branchOf(pump, catalog, writing);
      views.push(...own);
      branches.set(target, [...(branches.get(target) ?? []), branch]);
    } catch (error) {
      if (!(error instanceof NoEqual)) throw error;
      missing.push({ pump: pump.name.name, at: error.at, why: error.message });
    }
    const last = pumps.findLast(({ insert }) => insert.target.name === target);
    if (pump !== last) continue;
    const parts = branches.get(target) ?? [];
    if (parts.length < pumps.filter(({ insert }) => insert.target.name === target).length) continue;
    const hasTime = parts.every((part) => part.hasTime);
    views.push(
      `CREATE TEMPORARY VIEW ${named(target)} AS ${parts.map(({ text }) => text).join("\nUNION ALL ")}`,
    );
    made.set(target, { hasTime, isOfWindows: parts.some((part) => part.isOfWindows) });
  }
  const read = new Set(plan.pumps.flatMap(({ plan }) => streamsOf(plan)));
  const ends = plan.streams
    .map(({ name }) => name)
    .filter((name) => !read.has(name) && plan.pumps.some(({ target }) => target === name));
  return { ...{ plan, views, ends, keys, missing }, notes: unlike(notes) };
}

/** What a pump gives its stream: all of its columns, in their order. */
function branchOf({ insert }: CreatePumpNode, catalog: Catalog, writing: Writing) {
  const columns = catalog.streams.get(insert.target.name)!;
  const clash = columns.find(({ name }) => name === "ROWTIME");
  if (clash)
    throw new NoEqual(
      "A column ROWTIME of a stream is the time of its rows there.",
      insert.target.at,
    );
  const listed = insert.columns?.find(({ name }) => name === "ROWTIME");
  if (listed) throw new NoEqual("ROWTIME is not given to a row there.", listed.at);
  const wanted = (insert.columns?.map(
    ({ name }) => columns.find((column) => column.name === name)!,
  ) ?? columns) as readonly PlanColumn[];
  const made = queryOf(insert.query, writing, wanted);
  if (wanted.length === columns.length && wanted.every((column, at) => column === columns[at]))
    return made;
  const items = columns.map((column) =>
    wanted.includes(column)
      ? named(column.name)
      : `CAST(NULL AS ${typed(column.type)}) AS ${named(column.name)}`,
  );
  return {
    ...made,
    text: `SELECT ${[...items, ...(made.hasTime ? [named("ROWTIME")] : [])].join(", ")} FROM (${made.text})`,
  };
}

/** Each once. */
function unlike(remarks: readonly Remark[]): readonly Remark[] {
  return remarks.filter(
    ({ at, why }, place) =>
      remarks.findIndex(
        (other) => other.why === why && other.at.line === at.line && other.at.column === at.column,
      ) === place,
  );
}
