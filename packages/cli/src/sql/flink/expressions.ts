/** Expressions as Flink writes them. */
import { aggregateNames } from "../../../../../src/sql/functions/aggregate-names.ts";
import type { CallNode, ExpressionNode } from "../../../../../src/sql/nodes/expressions.ts";
import type { NameNode } from "../../../../../src/sql/nodes/names.ts";
import type { Typed } from "../../../../../src/sql/plan/typed.ts";
import { isText, isWhole, type SqlType } from "../../../../../src/sql/types/sql-type.ts";
import { typeOf } from "../../../../../src/sql/types/written.ts";
import { NoEqual } from "./no-equal.ts";
import { lengthOf, millilengthOf, momentOf, texted, typed } from "./words.ts";

/** What stands around an expression. */
export interface Around {
  /** What it is: its type, and its text, by which equal ones are found. */
  readonly analyse: (node: ExpressionNode) => Typed;
  readonly name: (node: NameNode) => string;
  /** An aggregate; throws NoEqual where none may stand. */
  readonly aggregate: (node: CallNode, args: readonly string[]) => string;
  /** The time of the row. */
  readonly time: string;
  /** A term of GROUP BY stands there as a column. */
  readonly term?: (node: ExpressionNode) => string | undefined;
}

/** Throws NoEqual. */
export function written(node: ExpressionNode, around: Around): string {
  const inner = (node: ExpressionNode) => written(node, around);
  const grouped = around.term?.(node);
  if (grouped !== undefined) return grouped;
  switch (node.kind) {
    case "name":
      return nameOf(node, around);
    case "null":
      return "NULL";
    case "boolean":
      return node.value ? "TRUE" : "FALSE";
    case "number":
      return node.text;
    case "text":
      return texted(node.value);
    case "moment":
      return `${node.type} ${texted(node.text)}`;
    case "interval": {
      if (node.from === "YEAR" || node.from === "MONTH")
        return `INTERVAL ${texted(node.text)} ${node.from === node.to ? node.from : `${node.from} TO ${node.to}`}`;
      return lengthOf(Number((around.analyse(node) as { value?: unknown }).value));
    }
    case "binary":
      return `(${inner(node.left)} ${node.operator} ${inner(node.right)})`;
    case "unary":
      return node.operator === "NOT"
        ? `(NOT ${inner(node.operand)})`
        : `(${node.operator} ${inner(node.operand)})`;
    case "test":
      return testOf(node, inner);
    case "case": {
      const operand = node.operand ? ` ${inner(node.operand)}` : "";
      const branches = node.branches.map(
        ({ result, when }) => ` WHEN ${inner(when)} THEN ${inner(result)}`,
      );
      const otherwise = node.otherwise ? ` ELSE ${inner(node.otherwise)}` : "";
      return `CASE${operand}${branches.join("")}${otherwise} END`;
    }
    case "cast":
      return castOf(
        inner(node.operand),
        around.analyse(node.operand).type,
        typeOf(node.type),
        node.at,
      );
    case "round":
      return roundOf(node, around);
    case "difference":
      throw new NoEqual(
        "A difference of two times with a unit is no value there: TSDIFF is.",
        node.at,
      );
    case "call":
      return callOf(node, around);
  }
}

function nameOf(node: NameNode, around: Around): string {
  const [only] = node.parts;
  if (node.parts.length === 1 && !only!.isQuoted) {
    if (only!.name === "CURRENT_ROW_TIMESTAMP") return around.time;
    if (/^(CURRENT_(TIMESTAMP|DATE|TIME)|LOCALTIME(STAMP)?)$/.test(only!.name)) {
      throw new NoEqual(
        `${only!.name} is when the application was started here, and the time of each row there: write CURRENT_ROW_TIMESTAMP, if that is meant.`,
        node.at,
      );
    }
  }
  return around.name(node);
}

/** Fractions are rounded here and cut there; texts are cut by both. */
export function castOf(text: string, from: SqlType, to: SqlType, at: NoEqual["at"]): string {
  const type = typed(to);
  if (type === undefined) throw new NoEqual(`There is no type ${to.name} there.`, at);
  if (
    isText(to) &&
    (from.name === "TIMESTAMP" ||
      from.name === "TIME" ||
      from.name === "DOUBLE" ||
      from.name === "REAL")
  ) {
    throw new NoEqual(
      `A ${from.name} is another text there: write TIMESTAMP_TO_CHAR(pattern, time), or take a DECIMAL.`,
      at,
    );
  }
  if (isWhole(to) && ["DOUBLE", "REAL", "DECIMAL"].includes(from.name))
    return `CAST(ROUND(${text}, 0) AS ${type})`;
  return `CAST(${text} AS ${type})`;
}

function testOf(
  { negated, operand, others, symmetric, test }: ExpressionNode & { readonly kind: "test" },
  inner: (node: ExpressionNode) => string,
): string {
  const not = negated ? "NOT " : "";
  const [first = "", second = ""] = others.map(inner);
  const value = inner(operand);
  switch (test) {
    case "BETWEEN":
      return `(${value} ${not}BETWEEN ${symmetric ? "SYMMETRIC " : ""}${first} AND ${second})`;
    case "IN":
      return `(${value} ${not}IN (${others.map(inner).join(", ")}))`;
    case "LIKE":
    case "SIMILAR TO":
      return `(${value} ${not}${test} ${first}${second ? ` ESCAPE ${second}` : ""})`;
    case "IS DISTINCT FROM":
      return `(${value} IS ${not}DISTINCT FROM ${first})`;
    default:
      return `(${value} IS ${not}${test.slice(3)})`;
  }
}

function roundOf(node: ExpressionNode & { readonly kind: "round" }, around: Around): string {
  const { at, by, name, operand, unit } = node;
  const value = written(operand, around);
  if (name !== "STEP") {
    if (around.analyse(operand).type.name === "INTERVAL")
      throw new NoEqual("An interval is not rounded there.", at);
    return `${name}(${value}${unit ? ` TO ${unit}` : ""})`;
  }
  const step = around.analyse(by!) as Typed & { readonly value?: unknown };
  const isFixed =
    step.type.name === "INTERVAL" &&
    by!.kind === "interval" &&
    by!.from !== "YEAR" &&
    by!.from !== "MONTH";
  if (!isFixed || around.analyse(operand).type.name !== "TIMESTAMP")
    throw new NoEqual("STEP has an equal for times, by days or less.", at);
  const ms = millilengthOf(value);
  return momentOf(`${ms} - MOD(${ms}, ${step.value})`);
}

/** Those that both have, with the same arguments in the same order. */
const same = new Set(
  `UPPER LOWER CHAR_LENGTH CHARACTER_LENGTH ABS MOD SIGN SQRT LN LOG10 EXP POWER COALESCE NULLIF ROUND FLOOR CEIL`.split(
    " ",
  ),
);
/** Letters of patterns that mean the same in both. */
const plainPattern = /^(?:[yMdHms]+|S{3}|[^a-zA-Z'])+$/;

function callOf(node: CallNode, around: Around): string {
  const { args, at, name } = node;
  const inner = (node: ExpressionNode) => written(node, around);
  if (aggregateNames.has(name)) return around.aggregate(node, args.map(inner));
  const [a, b, c, d, e] = args;
  const value = (node: ExpressionNode | undefined) =>
    node?.kind === "text" ? node.value : undefined;
  if (same.has(name)) return `${name}(${args.map(inner).join(", ")})`;
  switch (name) {
    case "EXTRACT": {
      const unit = value(a)!;
      if (!/^(YEAR|QUARTER|MONTH|DAY|HOUR|MINUTE)$/.test(unit))
        throw new NoEqual(`EXTRACT of ${unit} may be another value there.`, at);
      return `EXTRACT(${unit} FROM ${inner(b!)})`;
    }
    case "POSITION":
      if (c) break;
      return `POSITION(${inner(a!)} IN ${inner(b!)})`;
    case "SUBSTRING":
      if (args.length > 3) break;
      return `SUBSTRING(${inner(a!)} FROM ${inner(b!)}${c ? ` FOR ${inner(c)}` : ""})`;
    case "OVERLAY":
      return `OVERLAY(${inner(a!)} PLACING ${inner(b!)} FROM ${inner(c!)}${d ? ` FOR ${inner(d)}` : ""})`;
    case "TRIM":
      return `TRIM(${value(a)} ${inner(b!)} FROM ${inner(c!)})`;
    case "UNIX_TIMESTAMP":
      return millilengthOf(inner(a!));
    case "TO_TIMESTAMP":
      return momentOf(inner(a!));
    case "TSDIFF":
      return `(${millilengthOf(inner(a!))} - ${millilengthOf(inner(b!))})`;
    case "TIMESTAMP_TO_CHAR":
    case "CHAR_TO_TIMESTAMP": {
      const pattern = value(a);
      if (pattern === undefined || !plainPattern.test(pattern))
        throw new NoEqual(`The pattern of ${name} may mean something else there.`, at);
      return name === "CHAR_TO_TIMESTAMP"
        ? `TO_TIMESTAMP(${inner(b!)}, ${texted(pattern)})`
        : `COALESCE(DATE_FORMAT(${inner(b!)}, ${texted(pattern)}), 'null')`;
    }
    case "REGEX_REPLACE": {
      const number = (node: ExpressionNode | undefined) =>
        node?.kind === "number" ? Number(node.text) : undefined;
      if (number(d) !== 1 || number(e) !== 0)
        throw new NoEqual(
          "REGEX_REPLACE has an equal from the first character on, for all occurrences.",
          at,
        );
      return `REGEXP_REPLACE(${inner(a!)}, ${inner(b!)}, ${inner(c!)})`;
    }
  }
  throw new NoEqual(`There is no function like ${name} there.`, at);
}
