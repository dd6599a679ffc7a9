import { constantText, refuseTypes } from "../functions/fail.ts";
import { type Comparison, comparable, comparison } from "../functions/operators.ts";
import { likePattern, PatternError, similarPattern } from "../functions/patterns.ts";
import type { ExpressionNode, TestNode } from "../nodes/expressions.ts";
import { callTerm, constant, type Typed, term } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { negateWhole } from "../types/integers.ts";
import { booleanType, isExact, isNumeric, isText } from "../types/sql-type.ts";

export function logic(operator: "AND" | "OR", args: readonly Typed[], at: Position): Typed {
  const isWrong = args.some(({ type }) => type.name !== "BOOLEAN" && type.name !== "NULL");
  if (isWrong)
    throw refuseTypes(
      operator,
      args.map(({ type }) => type),
      at,
      "It takes conditions.",
    );
  return term({
    kind: operator === "AND" ? "and" : "or",
    ...{ args, type: booleanType, text: `(${args.map(({ text }) => text).join(` ${operator} `)})` },
    ...{
      course: args.every((arg) => arg.course === "constant")
        ? ("constant" as const)
        : ("any" as const),
      isOfTime: args.every((arg) => arg.isOfTime),
    },
  });
}

export function unary(operator: "-" | "+" | "NOT", operand: Typed, at: Position): Typed {
  const { type, text } = operand;
  if (operator === "NOT") {
    if (type.name !== "BOOLEAN" && type.name !== "NULL")
      throw refuseTypes("NOT", [type], at, "It takes a condition.");
    return callTerm(`(NOT ${text})`, booleanType, [operand], (value) => !value);
  }
  if (!isNumeric(type) && type.name !== "INTERVAL") throw refuseTypes(operator, [type], at);
  if (operator === "+") return operand;
  const run = isExact(type) ? negateWhole : (value: number) => (value === 0 ? 0 : -value);
  if (operand.kind === "constant")
    return constant(operand.value === null ? null : run(operand.value as never), type, `-${text}`);
  return callTerm(`-${text}`, type, [operand], run);
}

export function test(node: TestNode, inner: (node: ExpressionNode) => Typed): Typed {
  const { at, negated, test } = node;
  const operand = inner(node.operand);
  const others = node.others.map(inner);
  const not = negated ? " NOT" : "";
  const make = (
    text: string,
    args: readonly Typed[],
    run: (...values: any[]) => boolean,
    isStrict: boolean,
  ) =>
    callTerm(text, booleanType, args, negated ? (...values) => !run(...values) : run, { isStrict });
  switch (test) {
    case "IS NULL":
    case "IS UNKNOWN":
      return make(`(${operand.text} IS${not} NULL)`, [operand], (value) => value === null, false);
    case "IS TRUE":
    case "IS FALSE": {
      if (operand.type.name !== "BOOLEAN" && operand.type.name !== "NULL")
        throw refuseTypes(test, [operand.type], at);
      const wanted = test === "IS TRUE";
      return make(
        `(${operand.text} IS${not} ${wanted ? "TRUE" : "FALSE"})`,
        [operand],
        (value) => value === wanted,
        false,
      );
    }
    case "IS DISTINCT FROM": {
      const [other] = others as [Typed];
      const [x, y] = comparable(operand.type, other.type, test, at);
      const run = (a: any, b: any) =>
        a === null || b === null ? a !== b : (x ? x(a) : a) !== (y ? y(b) : b);
      return make(
        `(${operand.text} IS${not} DISTINCT FROM ${other.text})`,
        [operand, other],
        run,
        false,
      );
    }
    case "BETWEEN": {
      const [low, high] = others as [Typed, Typed];
      const within = (a: Typed, b: Typed) =>
        logic("AND", [comparison(">=", operand, a, at), comparison("<=", operand, b, at)], at);
      const inside = node.symmetric
        ? logic("OR", [within(low, high), within(high, low)], at)
        : within(low, high);
      return negated ? unary("NOT", inside, at) : inside;
    }
    case "IN": {
      const [first, ...rest] = others.map((other) =>
        comparison("=" as Comparison, operand, other, at),
      );
      const any = rest.length === 0 ? first! : logic("OR", [first!, ...rest], at);
      return negated ? unary("NOT", any, at) : any;
    }
    default:
      return matches(test, operand, others, negated, make, at);
  }
}

function matches(
  test: "LIKE" | "SIMILAR TO",
  operand: Typed,
  [pattern, escapeChar]: readonly Typed[],
  negated: boolean,
  make: (
    text: string,
    args: readonly Typed[],
    run: (...values: any[]) => boolean,
    isStrict: boolean,
  ) => Typed,
  at: Position,
): Typed {
  const types = [operand.type, pattern!.type];
  if (!types.every((type) => isText(type) || type.name === "NULL"))
    throw refuseTypes(test, types, at);
  const escapeBy = escapeChar && constantText(escapeChar, "The escape character", at);
  if (escapeBy !== undefined && escapeBy.length !== 1)
    throw new SqlError("ESCAPE takes one character.", at);
  const toRegExp = test === "LIKE" ? likePattern : similarPattern;
  const text = `(${operand.text} ${negated ? "NOT " : ""}${test} ${pattern!.text}${escapeChar ? ` ESCAPE ${escapeChar.text}` : ""})`;
  if (pattern!.kind !== "constant" || pattern!.value === null) {
    return make(
      text,
      [operand, pattern!],
      (value: string, by: string) => toRegExp(by, escapeBy).test(value),
      true,
    );
  }
  try {
    const regex = toRegExp(pattern!.value as string, escapeBy);
    return make(text, [operand], (value: string) => regex.test(value), true);
  } catch (error) {
    if (error instanceof PatternError || error instanceof SyntaxError)
      throw new SqlError(`${test}: ${error.message}`, at);
    throw error;
  }
}
