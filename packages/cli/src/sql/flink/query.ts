/** A query as Flink writes it: what is grouped becomes a window, what slides an OVER. */

import { aggregateOf } from "../../../../../src/sql/analyse/aggregates.ts";
import { analyse } from "../../../../../src/sql/analyse/expressions.ts";
import { windowOf } from "../../../../../src/sql/analyse/frames.ts";
import { fromOf as analysedFrom } from "../../../../../src/sql/analyse/from.ts";
import type { Scope } from "../../../../../src/sql/analyse/scope.ts";
import { analyseQuery } from "../../../../../src/sql/analyse/select.ts";
import type { CallNode, ExpressionNode } from "../../../../../src/sql/nodes/expressions.ts";
import type { QueryNode, SelectNode } from "../../../../../src/sql/nodes/query.ts";
import type { Frame, PlanColumn } from "../../../../../src/sql/plan/plan.ts";
import { placed, type Typed } from "../../../../../src/sql/plan/typed.ts";
import type { SqlType } from "../../../../../src/sql/types/sql-type.ts";
import type { Position } from "../../../../../src/sql.ts";
import { type Around, castOf, written } from "./expressions.ts";
import { fromOf, placeOf } from "./from.ts";
import { NoEqual } from "./no-equal.ts";
import { clockOf } from "./windows.ts";
import { lengthOf, named } from "./words.ts";
import type { Made, Side, Sides, Writing } from "./writing.ts";

export function queryOf(node: QueryNode, writing: Writing, wanted?: readonly PlanColumn[]): Made {
  if (node.kind === "select") return selectOf(node, writing, wanted);
  const types = wanted ?? analyseQuery(node, writing.catalog).columns;
  const branches = node.branches.map((branch) => selectOf(branch, writing, types));
  return {
    text: branches.map(({ text }) => text).join(" UNION ALL "),
    columns: branches[0]!.columns,
    hasTime: branches.every(({ hasTime }) => hasTime),
    isOfWindows: branches.some(({ isOfWindows }) => isOfWindows),
  };
}

interface Item {
  readonly name: string;
  readonly node: ExpressionNode | undefined;
  readonly text: string;
  readonly type: SqlType | undefined;
}

function selectOf(node: SelectNode, writing: Writing, wanted?: readonly PlanColumn[]): Made {
  const { catalog } = writing;
  const sides = fromOf(node.from, node, writing);
  const { relations } = analysedFrom(node.from, node, catalog, (query) =>
    analyseQuery(query, catalog),
  );
  const scope: Scope = { relations };
  const typedOf = (expression: ExpressionNode): Typed =>
    analyse(expression, {
      ...{ scope, startedAt: 0 },
      aggregate(call) {
        const found = aggregateOf(call, typedOf, call.over !== undefined);
        return placed(0, found.text, found.type);
      },
    });
  if (node.stagger) {
    throw new NoEqual(
      "WINDOWED BY STAGGER has no equal: a SESSION goes on with each row. Take TUMBLE of the rows' own time.",
      node.stagger.at,
    );
  }
  if (node.orderBy.length > 0)
    writing.note(node.orderBy[0]!.value.at, "ORDER BY is left out: sinks take rows in any order.");
  const clock = node.groupBy
    ? clockIn(node.groupBy, node.groupBy[0]!.at)
    : node.distinct
      ? clockIn(
          node.items.flatMap((item) => (item.kind === "item" ? [item.value] : [])),
          node.at,
        )
      : undefined;
  const windows = clock ? windowed(sides, clock.sizeMs, writing, clock.at) : sides;
  const plain: Omit<Around, "aggregate"> = {
    analyse: typedOf,
    name: (name) => placeOf(name, windows),
    time: clock ? "window_end" : (windows.time ?? ""),
  };
  const refuse = (call: CallNode): never => {
    throw new NoEqual(`${call.name} cannot stand here.`, call.at);
  };
  const where = node.where ? ` WHERE ${written(node.where, { ...plain, aggregate: refuse })}` : "";
  const terms = (clock?.others ?? []).map((term) => ({
    same: typedOf(term).text,
    text: written(term, { ...plain, aggregate: refuse }),
  }));
  const over = overs(node, typedOf, plain, windows.time);
  const around: Around = {
    ...plain,
    aggregate: node.groupBy ? (call, args) => aggregate(call, args) : over,
    name(name) {
      // A bare ROWTIME is that of the row that comes out.
      const isRow = name.parts.length === 1 && name.parts[0]!.name === "ROWTIME";
      return isRow && clock ? "window_end" : placeOf(name, windows);
    },
    ...(clock && {
      term(expression: ExpressionNode) {
        if (expression.kind === "name" && expression.parts.at(-1)!.name === "ROWTIME")
          return undefined;
        if (!/^(round|name|call|binary|case|cast)$/.test(expression.kind)) return undefined;
        const { text } = typedOf(expression);
        if (text === clock.text) {
          if (clock.isValue) return "window_start";
          throw new NoEqual(
            "This term of GROUP BY is an interval, which has no column there.",
            expression.at,
          );
        }
        return terms.find(({ same }) => same === text)?.text;
      },
    }),
  };
  const items = itemsOf(node, windows, around, typedOf);
  const having = node.having ? ` HAVING ${written(node.having, around)}` : "";
  const shown = wanted ? assigned(items, wanted, node.at) : items;
  const group = clock
    ? ` GROUP BY ${[...terms.map(({ text }) => text), "window_start", "window_end", "window_time"].join(", ")}`
    : "";
  const time = clock ? "window_time" : windows.time;
  const columns = shown.map(({ name, text }) => `${text} AS ${named(name)}`);
  const list = [...columns, ...(time === undefined ? [] : [`${time} AS ${named("ROWTIME")}`])];
  return {
    text: `SELECT ${list.join(", ")} FROM ${windows.text}${where}${group}${having}`,
    columns: shown.map(({ name }) => name),
    hasTime: time !== undefined,
    isOfWindows:
      clock !== undefined ||
      (sides.stream !== undefined && writing.streamOf(sides.stream, node.at).isOfWindows),
  };

  /** The term that follows ROWTIME, as a window, and the others. */
  function clockIn(nodes: readonly ExpressionNode[], at: Position) {
    const found = nodes.flatMap((term) => {
      const clock = clockOf(term, typedOf);
      return clock ? [{ ...clock, at: term.at, node: term, text: typedOf(term).text }] : [];
    })[0];
    if (!found) {
      throw new NoEqual(
        "Flink's windows have one length, of days or less, from a multiple of it on: STEP, or FLOOR of ROWTIME. This is none.",
        at,
      );
    }
    if (node.distinct && !node.groupBy)
      writing.note(
        node.at,
        "SELECT DISTINCT gives its rows when the window is over, and not as soon as they come.",
      );
    const { sizeMs, isValue, text } = found;
    return {
      sizeMs,
      isValue,
      text,
      at: found.at,
      others: nodes.filter((term) => typedOf(term).text !== text),
    };
  }
}

/** TUMBLE takes a table or a view by its name. */
function windowed(sides: Sides, sizeMs: number, writing: Writing, at: Position): Sides {
  if (sides.time === undefined)
    throw new NoEqual(
      "These rows have no time of Flink's any more, so there are no windows of them.",
      at,
    );
  if (sides.stream !== undefined) {
    const [side] = sides.sides;
    if (writing.streamOf(sides.stream, at).isOfWindows)
      writing.note(
        at,
        `The rows of ${sides.stream} are those of windows: there their time is a millisecond before the window's end, here the end itself, so a row may fall into the window before.`,
      );
    return {
      ...sides,
      text: `TABLE(TUMBLE(TABLE ${named(sides.stream)}, DESCRIPTOR(${named("ROWTIME")}), ${lengthOf(sizeMs)})) AS ${named(side!.alias)}`,
    };
  }
  const columns = sides.sides.flatMap((side) =>
    shownOf(side).map(({ name }) => `${side.place(name)} AS ${named(`${side.alias}.${name}`)}`),
  );
  const view = writing.view(
    `SELECT ${[...columns, `${sides.time} AS ${named("ROWTIME")}`].join(", ")} FROM ${sides.text}`,
  );
  const place = `${named(view)}.`;
  return {
    text: `TABLE(TUMBLE(TABLE ${named(view)}, DESCRIPTOR(${named("ROWTIME")}), ${lengthOf(sizeMs)})) AS ${named(view)}`,
    sides: sides.sides.map((side) => ({
      ...side,
      columns: shownOf(side),
      place: (column: string) => `${place}${named(`${side.alias}.${column}`)}`,
      time: side.time === undefined ? undefined : `${place}${named("ROWTIME")}`,
    })),
    time: `${place}${named("ROWTIME")}`,
    stream: undefined,
  };
}

/** What Kinesis says of a record is not carried through a view. */
const shownOf = ({ columns }: Side) =>
  columns.filter((column) => !("isHidden" in column && column.isHidden));

/** Their names there. */
const aggregates: Readonly<Record<string, string>> = {
  STDDEV: "STDDEV_SAMP",
  VARIANCE: "VAR_SAMP",
};
const inGroups =
  /^(COUNT|SUM|AVG|MIN|MAX|STDDEV_POP|STDDEV_SAMP|VAR_POP|VAR_SAMP|FIRST_VALUE|LAST_VALUE)$/;

function aggregate({ at, name, nulls, star }: CallNode, args: readonly string[]): string {
  const there = aggregates[name] ?? name;
  if (!inGroups.test(there) || nulls === "respect")
    throw new NoEqual(
      `There is no ${name}${nulls === "respect" ? " … RESPECT NULLS" : ""} like this there.`,
      at,
    );
  return `${there}(${star ? "*" : args.join(", ")})`;
}

/** Aggregates with OVER: Flink has one window in a SELECT. */
function overs(
  node: SelectNode,
  typedOf: (node: ExpressionNode) => Typed,
  plain: Omit<Around, "aggregate">,
  time: string | undefined,
): Around["aggregate"] {
  let only: string | undefined;
  return (call, args) => {
    if (!call.over) throw new NoEqual(`${call.name} needs OVER.`, call.at);
    if (time === undefined)
      throw new NoEqual(
        "These rows have no time of Flink's any more, so there are no windows of them.",
        call.over.at,
      );
    const refuse = () => {
      throw new NoEqual("An aggregate cannot stand here.", call.at);
    };
    const { frame, partition } = windowOf(
      call.over,
      node.windows,
      { scope: { relations: [] }, startedAt: 0, aggregate: refuse },
      call.over.at,
    );
    const by = partition.map((term) => written(term, { ...plain, aggregate: refuse }));
    const partitions = by.length > 0 ? `PARTITION BY ${by.join(", ")} ` : "";
    const isLag = call.name === "LAG";
    if (isLag) {
      const offset = call.args[1]
        ? Number((typedOf(call.args[1]) as { value?: unknown }).value)
        : 1;
      if (frame.mode !== "rows" || frame.preceding < offset || call.nulls)
        throw new NoEqual(
          "LAG looks back as far as there are rows there: it has an equal within ROWS of at least as many.",
          call.at,
        );
    }
    const over = `(${partitions}ORDER BY ${time}${isLag ? "" : ` ${frameText(frame)}`})`;
    only ??= over;
    if (only !== over)
      throw new NoEqual(
        "Flink has one window in a SELECT, and this is a second: give it a pump of its own, and join.",
        call.over.at,
      );
    return isLag ? `LAG(${args.join(", ")}) OVER ${over}` : `${aggregate(call, args)} OVER ${over}`;
  };
}

function frameText({ mode, preceding }: Frame): string {
  const from =
    preceding === Number.POSITIVE_INFINITY
      ? "UNBOUNDED"
      : mode === "rows"
        ? preceding
        : lengthOf(preceding);
  return `${mode.toUpperCase()} BETWEEN ${from} PRECEDING AND CURRENT ROW`;
}

function itemsOf(
  node: SelectNode,
  { sides }: Sides,
  around: Around,
  typedOf: (node: ExpressionNode) => Typed,
): readonly Item[] {
  return node.items.flatMap((item, place): Item[] => {
    if (item.kind === "star") {
      return sides
        .filter(({ alias }) => !item.of || alias === item.of.name)
        .flatMap((side) =>
          side.columns.flatMap((column) => {
            const { name } = column;
            const isLeftOut =
              ("isHidden" in column && column.isHidden) ||
              name === "ROWTIME" ||
              (!item.of && side.merged?.has(name));
            return isLeftOut
              ? []
              : [
                  {
                    name,
                    node: undefined,
                    text: side.place(name),
                    type: (column as Partial<PlanColumn>).type,
                  },
                ];
          }),
        );
    }
    if (item.alias?.name === "ROWTIME")
      throw new NoEqual(
        "A row keeps its time there: no column AS ROWTIME gives it another. Say it in the WATERMARK of the source.",
        item.at,
      );
    const last = item.value.kind === "name" ? item.value.parts.at(-1)!.name : `EXPR$${place}`;
    const name = item.alias?.name ?? last;
    // It stands behind the others anyway.
    if (
      name === "ROWTIME" &&
      item.value.kind === "name" &&
      node.groupBy === undefined &&
      around.time === written(item.value, around)
    )
      return [
        {
          name: "EXPR$ROWTIME",
          node: item.value,
          text: `CAST(${around.time} AS TIMESTAMP(3))`,
          type: typedOf(item.value).type,
        },
      ];
    const text = written(item.value, around);
    const { kind, type } = typedOf(item.value);
    // As a column it is a value, and no time that windows go on from.
    const isTime = kind === "time" || text === around.time;
    return [
      { name, node: item.value, text: isTime ? `CAST(${text} AS TIMESTAMP(3))` : text, type },
    ];
  });
}

/** What a stream takes, by places. */
function assigned(
  items: readonly Item[],
  wanted: readonly PlanColumn[],
  at: Position,
): readonly Item[] {
  return wanted.map(({ name, type }, place) => {
    const item = items[place]!;
    const text = item.type ? castOf(item.text, item.type, type, item.node?.at ?? at) : item.text;
    return { ...item, name, text };
  });
}
