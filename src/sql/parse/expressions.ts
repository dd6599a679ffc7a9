/** Expressions: what binds loosest comes first here. */
import type { BinaryNode, ExpressionNode, TestNode } from "../nodes/expressions.ts";
import { expression } from "../nodes/expressions.ts";
import { units } from "../nodes/literals.ts";
import { SqlError } from "../text/sql-error.ts";
import type { Cursor } from "./cursor.ts";
import { parseUnits } from "./literals.ts";
import { parsePrimary } from "./primary.ts";

export function parseExpression(cursor: Cursor): ExpressionNode {
  let left = parseAnd(cursor);
  for (let { at } = cursor; cursor.take("OR"); at = cursor.at) {
    left = binary("OR", left, parseAnd(cursor), at);
  }
  return left;
}

function parseAnd(cursor: Cursor): ExpressionNode {
  let left = parseNot(cursor);
  for (let { at } = cursor; cursor.take("AND"); at = cursor.at) {
    left = binary("AND", left, parseNot(cursor), at);
  }
  return left;
}

function parseNot(cursor: Cursor): ExpressionNode {
  const { at } = cursor;
  if (!cursor.take("NOT")) return parseTests(cursor);
  return expression({ kind: "unary", operator: "NOT", operand: parseNot(cursor), at });
}

const comparisons = ["=", "<>", "!=", "<=", ">=", "<", ">"] as const;

/** Comparisons, and all that asks something of a value: IS NULL, BETWEEN, IN, LIKE. */
function parseTests(cursor: Cursor): ExpressionNode {
  let left = parseSum(cursor);
  for (;;) {
    const { at } = cursor;
    const sign = comparisons.find((sign) => cursor.takeSymbol(sign));
    if (sign) {
      left = binary(sign === "!=" ? "<>" : sign, left, parseSum(cursor), at);
      continue;
    }
    const tested = parseTest(cursor, left);
    if (!tested) return left;
    left = tested;
  }
}

function parseTest(cursor: Cursor, operand: ExpressionNode): TestNode | undefined {
  const { at } = cursor;
  const test = (
    test: TestNode["test"],
    negated: boolean,
    others: readonly ExpressionNode[] = [],
    symmetric = false,
  ) =>
    expression({
      kind: "test",
      test,
      negated,
      operand,
      others: Object.freeze(others),
      symmetric,
      at,
    });
  if (cursor.take("IS")) {
    const negated = cursor.take("NOT");
    for (const what of ["NULL", "TRUE", "FALSE", "UNKNOWN"] as const) {
      if (cursor.take(what)) return test(`IS ${what}`, negated);
    }
    if (cursor.take("DISTINCT", "FROM")) {
      return test("IS DISTINCT FROM", negated, [parseSum(cursor)]);
    }
    throw cursor.unexpected("NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
  }
  const negated =
    cursor.sees("NOT", "BETWEEN") ||
    cursor.sees("NOT", "IN") ||
    cursor.sees("NOT", "LIKE") ||
    cursor.sees("NOT", "SIMILAR");
  if (negated) cursor.next();
  if (cursor.take("BETWEEN")) {
    const symmetric = cursor.take("SYMMETRIC");
    cursor.take("ASYMMETRIC");
    const low = parseSum(cursor);
    cursor.expect("AND", "BETWEEN has two ends.");
    return test("BETWEEN", negated, [low, parseSum(cursor)], symmetric);
  }
  if (cursor.take("IN")) {
    cursor.expectSymbol("(");
    if (cursor.sees("SELECT")) {
      throw new SqlError(
        "IN takes a list of values here, not a SELECT.",
        cursor.at,
        "Join with the stream or the reference table.",
      );
    }
    const others = cursor.expressions();
    cursor.expectSymbol(")");
    return test("IN", negated, others);
  }
  const isSimilar = cursor.sees("SIMILAR");
  if (!isSimilar && !cursor.sees("LIKE")) return undefined;
  cursor.next();
  if (isSimilar) cursor.expect("TO", "SIMILAR stands with TO.");
  const pattern = parseSum(cursor);
  const escapes = cursor.take("ESCAPE") ? [parseSum(cursor)] : [];
  return test(isSimilar ? "SIMILAR TO" : "LIKE", negated, [pattern, ...escapes]);
}

function parseSum(cursor: Cursor): ExpressionNode {
  let left = parseProduct(cursor);
  for (;;) {
    const { at } = cursor;
    const sign = (["+", "-", "||"] as const).find((sign) => cursor.takeSymbol(sign));
    if (!sign) return left;
    left = binary(sign, left, parseProduct(cursor), at);
  }
}

function parseProduct(cursor: Cursor): ExpressionNode {
  let left = parseSigned(cursor);
  for (;;) {
    const { at } = cursor;
    const sign = (["*", "/", "%"] as const).find((sign) => cursor.takeSymbol(sign));
    if (!sign) return left;
    left = binary(sign, left, parseSigned(cursor), at);
  }
}

function parseSigned(cursor: Cursor): ExpressionNode {
  const { at } = cursor;
  const operator = cursor.takeSymbol("-") ? "-" : cursor.takeSymbol("+") ? "+" : undefined;
  if (!operator) return withUnit(cursor, parsePrimary(cursor));
  return expression({ kind: "unary", operator, operand: parseSigned(cursor), at });
}

/** `(a - b) SECOND`: a unit behind a difference in brackets. */
function withUnit(cursor: Cursor, operand: ExpressionNode): ExpressionNode {
  const { kind, value } = cursor.token;
  const isUnit = kind === "word" && units.some((unit) => unit === value);
  if (!isUnit || operand.kind !== "binary" || operand.operator !== "-") return operand;
  const { from, to } = parseUnits(cursor);
  const { left, right, at } = operand;
  return expression({ kind: "difference", left, right, from, to, at });
}

const binary = (
  operator: BinaryNode["operator"],
  left: ExpressionNode,
  right: ExpressionNode,
  at: BinaryNode["at"],
) => expression({ kind: "binary", operator, left, right, at });
