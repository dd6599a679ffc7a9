/** FROM as Flink writes it: streams, nested queries, joins within a time, reference tables as of a row's time. */

import { windowOf } from "../../../../../src/sql/analyse/frames.ts";
import type { ExpressionNode } from "../../../../../src/sql/nodes/expressions.ts";
import type { NameNode } from "../../../../../src/sql/nodes/names.ts";
import type { JoinNode, SelectNode, SourceNode } from "../../../../../src/sql/nodes/query.ts";
import type { Frame } from "../../../../../src/sql/plan/plan.ts";
import { NoEqual } from "./no-equal.ts";
import { tableFunctionOf } from "./table-functions.ts";
import { lengthOf, named } from "./words.ts";
import type { Made, Side, Sides, Writing } from "./writing.ts";

/** The place of a name; throws NoEqual for what has none. */
export function placeOf(
  { at, parts }: NameNode,
  { sides, time }: Pick<Sides, "sides" | "time">,
): string {
  const [first, second] = parts;
  const has = (side: Side, name: string) => side.columns.some((column) => column.name === name);
  const noTime = () => new NoEqual("The time of these rows is no time of Flink's any more.", at);
  const side = second && sides.find(({ alias }) => alias === first!.name);
  if (parts.length > 2 || (second && !side))
    throw new NoEqual("There are no fields of records there.", at);
  if (side) {
    if (second.name !== "ROWTIME" || has(side, "ROWTIME")) return side.place(second.name);
    if (side.time === undefined) throw noTime();
    return side.time;
  }
  const own = sides.find((one) => has(one, first!.name) && !one.merged?.has(first!.name));
  if (own) return own.place(first!.name);
  if (first!.name === "ROWTIME" && time !== undefined) return time;
  throw first!.name === "ROWTIME" ? noTime() : new NoEqual(`There is no ${first!.name} there.`, at);
}

export function fromOf(node: SourceNode, select: SelectNode, writing: Writing): Sides {
  if (node.kind === "join") return joined(node, select, writing);
  const { side, text } = sourceOf(node, writing);
  const stream = node.kind === "named" ? node.name.name : undefined;
  return { text, sides: [side], time: side.time, stream };
}

function sourceOf(
  node: Exclude<SourceNode, JoinNode>,
  writing: Writing,
): { readonly text: string; readonly side: Side } {
  const alias = node.alias?.name ?? (node.kind === "named" ? node.name.name : writing.fresh());
  if (node.columns) throw new NoEqual("Other names of columns behind AS are not written.", node.at);
  const place = (column: string) => `${named(alias)}.${named(column)}`;
  if (node.kind === "named") {
    const { name } = node.name;
    const made = writing.streamOf(name, node.at);
    return {
      text: `${named(name)} AS ${named(alias)}`,
      side: {
        alias,
        // The connector does not say it.
        columns: made.columns.filter(
          ({ isHidden, name }) => !(isHidden && name === "PARTITION_KEY"),
        ),
        place,
        time: made.hasTime ? place("ROWTIME") : undefined,
      },
    };
  }
  const made: Made =
    node.kind === "nested" ? writing.query(node.query) : tableFunctionOf(node, writing);
  return {
    text: `(${made.text}) AS ${named(alias)}`,
    side: {
      ...{ alias, place },
      columns: made.columns.map((name) => ({ name })),
      time: made.hasTime ? place("ROWTIME") : undefined,
    },
  };
}

function joined(node: JoinNode, select: SelectNode, writing: Writing): Sides {
  const left = fromOf(node.left, select, writing);
  if (node.right.kind === "join")
    throw new NoEqual("Joins in brackets are not written.", node.right.at);
  const type = node.type === "CROSS" ? "INNER" : node.type;
  if (node.right.kind === "named" && writing.isReference(node.right.name.name))
    return looked(node, node.right, left, writing);
  const right = sourceOf(node.right, writing).side;
  const { text } = sourceOf(node.right, writing);
  const sides = [...left.sides, { ...right, ...mergedOf(node) }];
  if (left.time === undefined || right.time === undefined)
    throw new NoEqual("One side of the join has no time of Flink's any more.", node.at);
  const frame = (source: SourceNode): Frame | undefined => {
    if (source.kind === "join" || source.over === undefined) return undefined;
    const around = {
      scope: { relations: [] },
      startedAt: undefined,
      aggregate: () => {
        throw new Error("an aggregate in a window");
      },
    };
    const { frame } = windowOf(source.over, select.windows, around, node.at);
    if (frame.mode === "rows" || frame.preceding === Number.POSITIVE_INFINITY)
      throw new NoEqual(
        "Flink joins streams within a time, not within a number of rows, nor without an end.",
        node.at,
      );
    return frame;
  };
  const [before, after] = [frame(node.left), frame(node.right)];
  // A side without a window takes part with its current row.
  const [from, to] = [
    before ? `${right.time} - ${lengthOf(before.preceding)}` : right.time,
    after ? `${right.time} + ${lengthOf(after.preceding)}` : right.time,
  ];
  const on = conditionOf(node, { sides, time: undefined }, writing);
  if (!on || (!conjuncts(node.on).some(isEquation) && !node.using))
    throw new NoEqual(
      "Flink joins two streams by something that is equal, and nothing is here.",
      node.at,
    );
  return {
    text: `${left.text} ${type} JOIN ${text} ON ${on} AND ${left.time} BETWEEN ${from} AND ${to}`,
    sides,
    // The later of the two is one of them only where one side is current.
    time:
      type !== "INNER"
        ? undefined
        : before && !after
          ? right.time
          : after && !before
            ? left.time
            : before
              ? undefined
              : left.time,
    stream: undefined,
  };
}

/** A reference table is a table of versions of which each row has one, from the beginning of time. */
function looked(
  node: JoinNode,
  source: SourceNode & { readonly kind: "named" },
  left: Sides,
  writing: Writing,
): Sides {
  const table = source.name.name;
  const alias = source.alias?.name ?? table;
  const side: Side = {
    alias,
    columns: writing.referenceOf(table),
    place: (column) => `${named(alias)}.${named(column)}`,
    time: undefined,
    ...mergedOf(node),
  };
  if (left.time === undefined)
    throw new NoEqual(
      "The rows have no time of Flink's any more, so nothing is looked up as of it.",
      node.at,
    );
  const sides = [...left.sides, side];
  const on = conditionOf(node, { sides, time: undefined }, writing);
  const keys =
    node.using?.map(({ name }) => name) ??
    conjuncts(node.on).flatMap((part) => keyOf(part, side, sides));
  if (!on || keys.length === 0)
    throw new NoEqual(
      "A reference table is looked up there by columns that are equal, and none is here.",
      node.at,
    );
  writing.key(table, keys, node.at);
  const type = node.type === "LEFT" ? "LEFT JOIN" : "JOIN";
  return {
    text: `${left.text} ${type} ${named(table)} FOR SYSTEM_TIME AS OF ${left.time} AS ${named(alias)} ON ${on}`,
    sides,
    time: left.time,
    stream: undefined,
  };
}

const mergedOf = ({ using }: JoinNode) =>
  using ? { merged: new Set(using.map(({ name }) => name)) } : {};

function conditionOf(
  node: JoinNode,
  around: Pick<Sides, "sides" | "time">,
  writing: Writing,
): string | undefined {
  if (node.using) {
    const right = around.sides.at(-1)!;
    return node.using
      .map(({ name }) => {
        const left = around.sides.find(
          (side) => side !== right && side.columns.some((column) => column.name === name),
        )!;
        return `${left.place(name)} = ${right.place(name)}`;
      })
      .join(" AND ");
  }
  return node.on && writing.expression(node.on, around);
}

const conjuncts = (node: ExpressionNode | undefined): readonly ExpressionNode[] =>
  node === undefined
    ? []
    : node.kind === "binary" && node.operator === "AND"
      ? [...conjuncts(node.left), ...conjuncts(node.right)]
      : [node];

const isEquation = (node: ExpressionNode) =>
  node.kind === "binary" &&
  node.operator === "=" &&
  node.left.kind === "name" &&
  node.right.kind === "name";

const isLiteral = /^(null|boolean|number|text|moment|interval)$/;

/** The column of the table that the other side is equal to. */
function keyOf(node: ExpressionNode, side: Side, sides: readonly Side[]): readonly string[] {
  if (node.kind !== "binary" || node.operator !== "=") return [];
  if ([node.left, node.right].some(({ kind }) => isLiteral.test(kind))) return [];
  const own = [node.left, node.right].map((end) => {
    if (end.kind !== "name") return undefined;
    const [first, second] = end.parts;
    if (second) return first!.name === side.alias ? second.name : undefined;
    const of = sides.find(({ columns }) => columns.some(({ name }) => name === first!.name));
    return of === side ? first!.name : undefined;
  });
  const [left, right] = own;
  return left !== undefined && right === undefined
    ? [left]
    : right !== undefined && left === undefined
      ? [right]
      : [];
}
