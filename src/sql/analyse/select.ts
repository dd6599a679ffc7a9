/** A query as a plan. */
import type { ExpressionNode } from "../nodes/expressions.ts";
import { showName } from "../nodes/names.ts";
import type { QueryNode, SelectItem, SelectNode } from "../nodes/query.ts";
import { ofTime } from "../plan/of-time.ts";
import { type Plan, type PlanColumn, plan } from "../plan/plan.ts";
import { callTerm, column, type Typed, timeTerm } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { assignment } from "../types/convert.ts";
import { commonType, showType } from "../types/sql-type.ts";
import { analyseCondition, type Surroundings } from "./expressions.ts";
import { type Catalog, fromOf } from "./from.ts";
import { grouped } from "./group.ts";
import { type Scope, termOf } from "./scope.ts";
import { windowed } from "./sliding.ts";
import { refuseAggregate } from "./step.ts";

export function analyseQuery(node: QueryNode, catalog: Catalog): Plan {
  if (node.kind === "select") return analyseSelect(node, catalog);
  const inputs = node.branches.map((branch) => analyseSelect(branch, catalog));
  const [first] = inputs;
  const columns = first!.columns.map(({ name }, at): PlanColumn => {
    const types = inputs.map(({ columns }, branch) => {
      if (columns.length === first!.columns.length) return columns[at]!.type;
      throw new SqlError(
        `This SELECT has ${columns.length} columns, and the first ${first!.columns.length}.`,
        node.branches[branch]!.at,
      );
    });
    const type = types.reduce((a, b) => {
      const common = commonType(a, b);
      if (common) return common;
      throw new SqlError(
        `The column ${showName(name)} is ${showType(a)} here and ${showType(b)} there.`,
        node.at,
        "Make them one type with CAST.",
      );
    });
    return { name, type, course: "any" };
  });
  return plan({ op: "union", inputs: inputs.map((input) => asTypes(input, columns)), columns });
}

/** The same rows with values of these types. */
function asTypes(input: Plan, columns: readonly PlanColumn[]): Plan {
  const items = input.columns.map(({ name, type }, at) => {
    const from = column(at, name, type);
    const to = columns[at]!.type;
    return type.name === to.name && type.scale === to.scale
      ? from
      : callTerm(from.text, to, [from], assignment(type, to)!);
  });
  return plan({ op: "project", input, items, time: undefined, columns });
}

interface Item {
  readonly term: Typed;
  readonly name: string;
  readonly at: Position;
  /** `AS ROWTIME`. */
  readonly isTime: boolean;
}

function analyseSelect(node: SelectNode, catalog: Catalog): Plan {
  const query = (nested: QueryNode) => analyseQuery(nested, catalog);
  const { plan: source, relations } = fromOf(node.from, node, catalog, query);
  const scope: Scope = { relations };
  const plain: Surroundings = {
    scope,
    startedAt: catalog.startedAt,
    aggregate: refuseAggregate("WHERE"),
  };
  const filtered = node.where
    ? plan({
        op: "filter",
        input: source,
        condition: analyseCondition(node.where, plain, "WHERE"),
        columns: source.columns,
      })
    : source;
  if (node.within) {
    throw new SqlError(
      "ORDER BY … WITHIN is not supported.",
      node.within.at,
      "Rows that come late: group by STEP of ROWTIME and of their own time, or use WINDOWED BY STAGGER.",
    );
  }
  const isGrouped = node.groupBy !== undefined || node.stagger !== undefined;
  const step = isGrouped
    ? grouped(node, filtered, scope, catalog)
    : windowed(node, filtered, scope, catalog);
  const items = itemsOf(node.items, scope, step.analyse, isGrouped);
  const conditions = node.having ? [step.analyse(node.having)] : [];
  if (node.having && !isGrouped)
    throw new SqlError(
      "HAVING needs GROUP BY.",
      node.having.at,
      "Use WHERE around a nested SELECT.",
    );
  const order = node.orderBy.map(({ value, descending }) => ({
    term: orderTerm(value, items, step.analyse),
    descending,
  }));
  // The aggregates of all clauses are known from here on.
  const { input, finish } = step.close();
  const done = items.map((item) => ({ ...item, term: finish(item.term, item.at) }));
  let result = input;
  for (const condition of conditions) {
    result = plan({
      op: "filter",
      input: result,
      condition: finish(condition, node.having!.at),
      columns: result.columns,
    });
  }
  if (order.length > 0) result = ordered(result, order, finish, node);
  return project(node, result, done);
}

function itemsOf(
  nodes: readonly SelectItem[],
  scope: Scope,
  analyseItem: (node: ExpressionNode) => Typed,
  isGrouped: boolean,
): readonly Item[] {
  return nodes.flatMap((node, place): Item[] => {
    if (node.kind === "item") {
      const term = analyseItem(node.value);
      const last = node.value.kind === "name" ? node.value.parts.at(-1)!.name : `EXPR$${place}`;
      const isTime = node.alias?.name === "ROWTIME";
      if (isTime && term.type.name !== "TIMESTAMP") {
        throw new SqlError(
          `What is AS ROWTIME must be a TIMESTAMP; ${term.text} is ${showType(term.type)}.`,
          node.at,
        );
      }
      return [{ term, name: node.alias?.name ?? last, at: node.at, isTime }];
    }
    if (isGrouped)
      throw new SqlError("SELECT * cannot stand with GROUP BY.", node.at, "Name the columns.");
    const relations = scope.relations.filter(({ alias }) => !node.of || alias === node.of.name);
    if (relations.length === 0)
      throw new SqlError(`FROM has no ${showName(node.of!.name)} here.`, node.at);
    return relations.flatMap((relation) =>
      relation.columns.flatMap(({ isHidden, name }, at) =>
        isHidden || name === "ROWTIME" || (!node.of && relation.merged?.has(name))
          ? []
          : [{ term: termOf(relation, at), name, at: node.at, isTime: false }],
      ),
    );
  });
}

/** A name of the SELECT list, its place there, or any expression. */
function orderTerm(
  value: ExpressionNode,
  items: readonly Item[],
  analyseItem: (node: ExpressionNode) => Typed,
): Typed {
  if (value.kind === "name" && value.parts.length === 1) {
    const named = items.find(({ name }) => name === value.parts[0]!.name);
    if (named) return named.term;
  }
  if (value.kind !== "number") return analyseItem(value);
  const counted = items[Number(value.text) - 1];
  if (counted) return counted.term;
  throw new SqlError(`The SELECT list has no column ${value.text}.`, value.at);
}

function ordered(
  input: Plan,
  order: readonly { readonly term: Typed; readonly descending: boolean }[],
  finish: (term: Typed, at: Position) => Typed,
  node: SelectNode,
): Plan {
  const { at } = node.orderBy[0]!.value;
  const keys = order.map(({ term, descending }) => ({ term: finish(term, at), descending }));
  const [first] = keys;
  if (first!.descending || first!.term.course !== "up") {
    throw new SqlError(
      "A stream can only be sorted within what is complete: the first key must follow ROWTIME, upwards.",
      at,
      "Such as ORDER BY FLOOR(ROWTIME TO SECOND), score DESC.",
    );
  }
  const isPlain = keys.length === 1 && first!.term.kind === "time";
  if (isPlain) return input;
  return plan({
    op: "order",
    input,
    keys: Object.freeze(keys),
    clockOfTime: isOfGroups(first!.term, input)
      ? timeTerm("row")
      : ofTime(first!.term, input.columns),
    columns: input.columns,
  });
}

/** Groups come all at the moment in which their window is over: behind it they are whole, whether another window comes or not. */
function isOfGroups(term: Typed, input: Plan): boolean {
  if (input.op === "filter") return isOfGroups(term, input.input);
  return input.op === "group" && term.kind === "column" && term.index === input.clock;
}

function project(node: SelectNode, input: Plan, items: readonly Item[]): Plan {
  const times = items.filter(({ isTime }) => isTime);
  if (times.length > 1) throw new SqlError("Only one column can be AS ROWTIME.", times[1]!.at);
  const time = times[0]?.term;
  const columns = items.map(({ term, name, isTime }): PlanColumn => {
    const found = time ? undefined : ofTime(term, input.columns);
    return {
      name,
      type: term.type,
      course: term.course,
      ...(found && { ofTime: found }),
      ...(isTime && { isHidden: true }),
    };
  });
  const projected = plan({
    op: "project",
    input,
    items: items.map(({ term }) => term),
    time,
    columns,
  });
  if (!node.distinct) return projected;
  const sorted = items.map(({ term }) =>
    term.course !== "up" && term.course !== "down" ? "" : term.kind === "time" ? "time" : "term",
  );
  const clock = sorted.indexOf(sorted.includes("term") ? "term" : "time");
  if (clock < 0) {
    throw new SqlError(
      "SELECT DISTINCT must know when it may forget: it needs a column that follows ROWTIME.",
      node.at,
      "Such as FLOOR(stream.ROWTIME TO MINUTE) in the SELECT list.",
    );
  }
  const keys = items.flatMap(({ term }, at) => (term.kind === "time" ? [] : [at]));
  return plan({ op: "distinct", input: projected, clock, keys, columns: projected.columns });
}
