/** SELECT, and FROM. */
import type { ExpressionNode, WindowNode } from "../nodes/expressions.ts";
import type { Identifier } from "../nodes/names.ts";
import {
  type CursorNode,
  type JoinNode,
  type OrderItem,
  type QueryNode,
  queryNode,
  type SelectItem,
  type SelectNode,
  type SourceNode,
  type StaggerNode,
} from "../nodes/query.ts";
import { SqlError } from "../text/sql-error.ts";
import { type Cursor, endsNames } from "./cursor.ts";
import { parseInterval } from "./literals.ts";
import { parseWindow } from "./windows.ts";

export function parseQuery(cursor: Cursor): QueryNode {
  const { at } = cursor;
  const branches = [parseBranch(cursor)];
  let isBracketed = false;
  while (cursor.sees("UNION") || cursor.sees("EXCEPT") || cursor.sees("INTERSECT")) {
    if (!cursor.take("UNION", "ALL")) {
      throw new SqlError(
        "Of sets of rows only UNION ALL can be made of streams.",
        cursor.at,
        "Write UNION ALL, or two pumps into one stream.",
      );
    }
    isBracketed = cursor.seesSymbol("(");
    branches.push(parseBranch(cursor));
  }
  if (branches.length === 1) return branches[0]!;
  const last = branches.pop()!;
  const { orderBy } = last;
  const isSorted = !isBracketed && orderBy.length > 0;
  branches.push(isSorted ? queryNode({ ...last, orderBy: Object.freeze([]) }) : last);
  const union = queryNode({ kind: "union", branches: Object.freeze(branches), at } as const);
  if (!isSorted) return union;
  // What stands behind the last SELECT sorts the rows of all of them.
  const nothing = { alias: undefined, columns: undefined, over: undefined, at };
  return queryNode({
    ...{ kind: "select", isStream: true, distinct: false, where: undefined, groupBy: undefined },
    ...{ stagger: undefined, having: undefined, windows: new Map(), within: undefined, orderBy },
    items: Object.freeze([queryNode({ kind: "star", of: undefined, at } as const)]),
    from: queryNode({ kind: "nested", query: union, ...nothing } as const),
    at,
  } as const);
}

function parseBranch(cursor: Cursor): SelectNode {
  if (!cursor.takeSymbol("(")) return parseSelect(cursor);
  const query = parseSelect(cursor);
  cursor.expectSymbol(")");
  return query;
}

function parseSelect(cursor: Cursor): SelectNode {
  const { at } = cursor;
  cursor.expect("SELECT");
  let isStream = cursor.take("STREAM");
  const distinct = cursor.take("DISTINCT");
  if (!distinct) cursor.take("ALL");
  isStream ||= cursor.take("STREAM");
  const items = [parseItem(cursor)];
  while (cursor.takeSymbol(",")) items.push(parseItem(cursor));
  cursor.expect("FROM", "A SELECT needs a FROM.");
  const from = parseFrom(cursor);
  const where = cursor.take("WHERE") ? cursor.expression() : undefined;
  const groupBy = cursor.take("GROUP", "BY") ? cursor.expressions() : undefined;
  const stagger = cursor.sees("WINDOWED") ? parseStagger(cursor) : undefined;
  const having = cursor.take("HAVING") ? cursor.expression() : undefined;
  const windows = new Map<string, WindowNode>();
  if (cursor.take("WINDOW")) {
    do {
      const { name, at } = cursor.identifier("A name for the window");
      if (windows.has(name)) throw new SqlError(`There are two windows ${name}.`, at);
      cursor.expect("AS");
      windows.set(name, parseWindow(cursor));
    } while (cursor.takeSymbol(","));
  }
  const orderBy = cursor.take("ORDER", "BY") ? parseOrder(cursor) : [];
  const within = cursor.take("WITHIN") ? parseInterval(cursor) : undefined;
  return queryNode({
    ...{ kind: "select", isStream, distinct, items: Object.freeze(items), from, where },
    groupBy: groupBy && Object.freeze(groupBy),
    ...{ stagger, having, windows, orderBy: Object.freeze(orderBy), within, at },
  });
}

function parseItem(cursor: Cursor): SelectItem {
  const { at } = cursor;
  if (cursor.takeSymbol("*")) return queryNode({ kind: "star", of: undefined, at });
  const [dot, star] = [cursor.ahead(1), cursor.ahead(2)];
  if (dot.kind === "symbol" && dot.value === "." && star.kind === "symbol" && star.value === "*") {
    const of = cursor.identifier("A stream");
    cursor.next();
    cursor.next();
    return queryNode({ kind: "star", of, at });
  }
  const value = cursor.expression();
  return queryNode({ kind: "item", value, alias: parseAlias(cursor), at });
}

/** `AS name`, or only the name. */
function parseAlias(cursor: Cursor): Identifier | undefined {
  if (cursor.take("AS")) return cursor.identifier("A name");
  const { kind, value } = cursor.token;
  if (cursor.sees("LIMIT") && cursor.ahead(1).kind === "number") {
    throw new SqlError(
      "A stream has no end, so it has no LIMIT.",
      cursor.at,
      "Take TOP_K_ITEMS_TUMBLING, a window of ROWS, or WHERE.",
    );
  }
  const isName = kind === "name" || (kind === "word" && !endsNames.has(value));
  return isName ? cursor.identifier("A name") : undefined;
}

function parseStagger(cursor: Cursor): StaggerNode {
  const { at } = cursor;
  cursor.expect("WINDOWED");
  cursor.expect("BY");
  cursor.expect("STAGGER");
  cursor.expectSymbol("(");
  cursor.expect("PARTITION");
  cursor.expect("BY");
  const partition = cursor.expressions();
  cursor.expect("RANGE");
  const length = parseInterval(cursor);
  cursor.expectSymbol(")");
  return queryNode({ kind: "stagger", partition: Object.freeze(partition), length, at });
}

function parseOrder(cursor: Cursor): OrderItem[] {
  const order: OrderItem[] = [];
  do {
    const value = cursor.expression();
    const descending = cursor.take("DESC");
    if (!descending) cursor.take("ASC");
    order.push(Object.freeze({ value, descending }));
  } while (cursor.takeSymbol(","));
  return order;
}

function parseFrom(cursor: Cursor): SourceNode {
  let left = parseJoins(cursor);
  for (let { at } = cursor; cursor.takeSymbol(","); at = cursor.at) {
    left = queryNode({
      kind: "join",
      type: "CROSS",
      left,
      right: parseJoins(cursor),
      on: undefined,
      at,
    });
  }
  return left;
}

function parseJoins(cursor: Cursor): SourceNode {
  let left = parseSource(cursor);
  for (;;) {
    const { at } = cursor;
    const type = parseJoinType(cursor);
    if (!type) return left;
    const right = parseSource(cursor);
    if (cursor.take("USING")) {
      cursor.expectSymbol("(", "USING (column, column).");
      const using = cursor.identifiers("A column");
      cursor.expectSymbol(")");
      left = queryNode({ kind: "join", type, left, right, on: undefined, using, at });
      continue;
    }
    const on = cursor.take("ON") ? cursor.expression() : undefined;
    if (on === undefined && type !== "CROSS")
      throw cursor.unexpected("ON", "A join needs its condition.");
    left = queryNode({ kind: "join", type, left, right, on, at });
  }
}

function parseJoinType(cursor: Cursor): JoinNode["type"] | undefined {
  if (cursor.take("JOIN") || cursor.take("INNER", "JOIN")) return "INNER";
  if (cursor.take("CROSS", "JOIN")) return "CROSS";
  for (const type of ["LEFT", "RIGHT", "FULL"] as const) {
    if (cursor.take(type, "OUTER", "JOIN") || cursor.take(type, "JOIN")) return type;
  }
  return undefined;
}

function parseSource(cursor: Cursor): SourceNode {
  const { at } = cursor;
  if (cursor.take("TABLE")) {
    cursor.expectSymbol("(");
    const name = cursor.identifier("A function").name;
    cursor.expectSymbol("(");
    const args: (ExpressionNode | CursorNode)[] = [];
    if (!cursor.seesSymbol(")")) {
      do args.push(parseTableArgument(cursor));
      while (cursor.takeSymbol(","));
    }
    cursor.expectSymbol(")");
    cursor.expectSymbol(")");
    return queryNode({
      kind: "tableFunction",
      name,
      args: Object.freeze(args),
      ...parseAliased(cursor),
      at,
    });
  }
  if (cursor.takeSymbol("(")) {
    const query = parseQuery(cursor);
    cursor.expectSymbol(")", "A SELECT in FROM stands in brackets.");
    return queryNode({ kind: "nested", query, ...parseAliased(cursor), at });
  }
  cursor.take("STREAM");
  const name = cursor.identifier("A stream");
  if (!name.isQuoted && cursor.seesSymbol("(")) {
    throw new SqlError(
      `${name.name}(…) is no stream.`,
      at,
      "A window stands in GROUP BY STEP(stream.ROWTIME BY …); a function that gives rows is written FROM TABLE(name(CURSOR(SELECT …))).",
    );
  }
  return queryNode({ kind: "named", name, ...parseAliased(cursor), at });
}

function parseTableArgument(cursor: Cursor): ExpressionNode | CursorNode {
  const { at } = cursor;
  if (!cursor.take("CURSOR")) return cursor.expression();
  cursor.expectSymbol("(");
  const query = parseQuery(cursor);
  cursor.expectSymbol(")");
  return queryNode({ kind: "cursor", query, at });
}

/** `OVER (…) AS t(a, b)`: the window may stand before the name or behind it. */
function parseAliased(cursor: Cursor) {
  const before = parseOver(cursor);
  const alias = parseAlias(cursor);
  let columns: readonly Identifier[] | undefined;
  if (alias && cursor.takeSymbol("(")) {
    columns = cursor.identifiers("A column");
    cursor.expectSymbol(")");
  }
  const over = before ?? parseOver(cursor);
  return { alias, columns, over };
}

function parseOver(cursor: Cursor): WindowNode | string | undefined {
  if (!cursor.take("OVER")) return undefined;
  return cursor.seesSymbol("(") ? parseWindow(cursor) : cursor.identifier("A window").name;
}
