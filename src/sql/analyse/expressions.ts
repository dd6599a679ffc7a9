/** Expressions: names become places in a row, and every part gets its type. */

import { callOf } from "../functions/call.ts";
import { constantText, refuseTypes } from "../functions/fail.ts";
import { extracts, roundMoment, stepOf } from "../functions/moments.ts";
import {
  arithmetic,
  type Comparison,
  comparable,
  comparison,
  concatenation,
} from "../functions/operators.ts";
import { likePattern, PatternError, similarPattern } from "../functions/patterns.ts";
import type { CallNode, CaseNode, ExpressionNode, TestNode } from "../nodes/expressions.ts";
import type { LiteralNode } from "../nodes/literals.ts";
import { callTerm, constant, type Typed, term, timeTerm } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { parseInterval, parseTime, parseTimestamp, showInterval } from "../types/calendar.ts";
import { assignment, cast } from "../types/convert.ts";
import { negateWhole, parseDecimal } from "../types/integers.ts";
import {
  bigintType,
  booleanType,
  commonType,
  dateType,
  decimal,
  doubleType,
  integerType,
  interval,
  isApproximate,
  isExact,
  isNumeric,
  isText,
  mostDigits,
  nullType,
  type SqlType,
  scaleOf,
  showType,
  timestampType,
  timeType,
  varchar,
} from "../types/sql-type.ts";
import { typeOf } from "../types/written.ts";
import { resolve, type Scope } from "./scope.ts";

export interface Surroundings {
  readonly scope: Scope;
  /** What an aggregate becomes here; it throws where none may stand. */
  readonly aggregate: (call: CallNode) => Typed;
  /** When the application began, for CURRENT_TIMESTAMP and its kin; undefined where nobody said. */
  readonly startedAt: number | undefined;
}

export function analyse(node: ExpressionNode, around: Surroundings): Typed {
  const inner = (node: ExpressionNode) => analyse(node, around);
  switch (node.kind) {
    case "name":
      return node.parts.length === 1 && !node.parts[0]!.isQuoted
        ? (clock(node.parts[0]!.name, around, node.at) ?? resolve(node, around.scope))
        : resolve(node, around.scope);
    case "null":
    case "boolean":
    case "number":
    case "text":
    case "moment":
    case "interval":
      return literal(node);
    case "binary": {
      const { operator, at } = node;
      const [left, right] = [inner(node.left), inner(node.right)];
      if (operator === "AND" || operator === "OR") return logic(operator, [left, right], at);
      if (operator === "||") return concatenation(left, right, at);
      if (
        operator === "+" ||
        operator === "-" ||
        operator === "*" ||
        operator === "/" ||
        operator === "%"
      ) {
        return arithmetic(operator, left, right, at);
      }
      return comparison(operator, left, right, at);
    }
    case "unary":
      return unary(node.operator, inner(node.operand), node.at);
    case "test":
      return test(node, inner);
    case "case":
      return choice(node, inner);
    case "cast": {
      const operand = inner(node.operand);
      return castTo(operand, typeOf(node.type), node.at);
    }
    case "round": {
      const { name, operand, unit, by, at } = node;
      return unit && name !== "STEP"
        ? roundMoment(name, inner(operand), unit, at)
        : stepOf(inner(operand), inner(by!), at);
    }
    case "difference": {
      const [left, right] = [inner(node.left), inner(node.right)];
      const type = interval(node.from, node.to);
      const isMoments = [left, right].every(
        ({ type }) => type.name === "TIMESTAMP" || type.name === "DATE",
      );
      if (!isMoments)
        throw refuseTypes(
          `(a - b) ${node.from}`,
          [left.type, right.type],
          node.at,
          "It takes two times.",
        );
      const isFixed = node.from !== "YEAR" && node.from !== "MONTH";
      if (!isFixed)
        throw new SqlError(
          "A difference in months or years is not supported.",
          node.at,
          "Take it in DAY.",
        );
      const course = right.course === "constant" ? left.course : "any";
      return callTerm(
        `(${left.text} - ${right.text}) ${showType(type).slice(9)}`,
        type,
        [left, right],
        (a, b) => a - b,
        { course },
      );
    }
    case "call":
      return call(node, around);
  }
}

/** Conditions must be true or false. */
export function analyseCondition(node: ExpressionNode, around: Surroundings, what: string): Typed {
  const condition = analyse(node, around);
  if (condition.type.name === "BOOLEAN" || condition.type.name === "NULL") return condition;
  throw new SqlError(
    `${what} needs a condition; ${condition.text} is ${showType(condition.type)}.`,
    node.at,
  );
}

const aggregates = new Set(
  "COUNT SUM AVG MIN MAX STDDEV STDDEV_POP STDDEV_SAMP VARIANCE VAR_POP VAR_SAMP FIRST_VALUE LAST_VALUE NTH_VALUE LAG EXP_AVG".split(
    " ",
  ),
);

function call(node: CallNode, around: Surroundings): Typed {
  const { name, args, at } = node;
  if (aggregates.has(name)) return around.aggregate(node);
  const over = node.over;
  if (over) throw new SqlError(`${name} is no aggregate: it cannot have OVER.`, over.at);
  if (node.star || node.distinct)
    throw new SqlError(`${name} is no aggregate: it takes neither * nor DISTINCT.`, at);
  if (
    name === "EXTRACT" &&
    !extracts.includes(constantText(literal(args[0] as LiteralNode), "The unit", at))
  ) {
    throw new SqlError(`EXTRACT has no such unit.`, at, `There are ${extracts.join(", ")}.`);
  }
  const typed = args.map((arg) => analyse(arg, around));
  if (name === "COALESCE") return coalesce(typed, at);
  if (name === "NULLIF") return nullIf(typed, at);
  if (name === "GREATEST" || name === "LEAST") {
    throw new SqlError(`${name} is not supported.`, at, "Write CASE WHEN a > b THEN a ELSE b END.");
  }
  return callOf(name, typed, at);
}

/** The clocks of SQL. What is fixed when a query starts needs to be told when that was. */
function clock(name: string, { scope, startedAt }: Surroundings, at: Position): Typed | undefined {
  if (name === "CURRENT_ROW_TIMESTAMP") return timeTerm("row");
  const day = 86_400_000;
  const kinds: Readonly<Record<string, readonly [SqlType, (ms: number) => number]>> = {
    CURRENT_TIMESTAMP: [timestampType, (ms) => ms],
    LOCALTIMESTAMP: [timestampType, (ms) => ms],
    CURRENT_DATE: [dateType, (ms) => ms - (((ms % day) + day) % day)],
    CURRENT_TIME: [timeType, (ms) => ((ms % day) + day) % day],
    LOCALTIME: [timeType, (ms) => ((ms % day) + day) % day],
  };
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (
    !kind ||
    scope.relations.some(({ columns }) => columns.some((column) => column.name === name))
  )
    return undefined;
  if (startedAt === undefined) {
    throw new SqlError(
      `${name} is when the application was started, and nobody said when that was.`,
      at,
      "Give startedAt, or write CURRENT_ROW_TIMESTAMP, which is the row's time.",
    );
  }
  return constant(kind[1](startedAt), kind[0], name);
}

function literal(node: LiteralNode): Typed {
  switch (node.kind) {
    case "null":
      return constant(null, nullType, "NULL");
    case "boolean":
      return constant(node.value, booleanType, node.value ? "TRUE" : "FALSE");
    case "text":
      return constant(
        node.value,
        varchar(Math.max(1, node.value.length)),
        `'${node.value.replaceAll("'", "''")}'`,
      );
    case "number":
      return number(node.text, node.at);
    case "interval": {
      const value = parseInterval(node.text, node.from, node.to, node.at);
      const type = interval(node.from, node.to);
      return constant(
        value,
        type,
        `INTERVAL '${showInterval(value, node.from, node.to)}' ${showType(type).slice(9)}`,
      );
    }
    case "moment": {
      const parse = node.type === "TIME" ? parseTime : parseTimestamp;
      const value = parse(node.text);
      if (value === undefined) {
        throw new SqlError(
          `'${node.text}' is no ${node.type}.`,
          node.at,
          "Such as TIMESTAMP '2018-01-01 00:00:00'.",
        );
      }
      const type = { DATE: dateType, TIME: timeType, TIMESTAMP: timestampType }[node.type];
      return constant(value, type, `${node.type} '${node.text}'`);
    }
  }
}

/** 1: INTEGER. 1.5: DECIMAL(2, 1). 1e3: DOUBLE. */
function number(text: string, at: Position): Typed {
  if (/[eE]/.test(text)) return constant(Number(text), doubleType, text);
  const [before = "", after = ""] = text.split(".");
  const digits = before.replace(/^0+/, "").length + after.length;
  const isBigint = after === "" && BigInt(before) < 2n ** 63n;
  if (digits > mostDigits && !isBigint)
    throw new SqlError(
      `${text} has more than ${mostDigits} digits.`,
      at,
      `Write ${Number(text).toExponential()}, which is DOUBLE.`,
    );
  const value = parseDecimal(text, after.length)!;
  if (after !== "") return constant(value, decimal(Math.max(1, digits), after.length), text);
  return constant(value, value < 2 ** 31 ? integerType : bigintType, text);
}

function logic(operator: "AND" | "OR", args: readonly Typed[], at: Position): Typed {
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

function unary(operator: "-" | "+" | "NOT", operand: Typed, at: Position): Typed {
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

function test(node: TestNode, inner: (node: ExpressionNode) => Typed): Typed {
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

/** The type of all of them, and each as that. */
function unified(
  terms: readonly Typed[],
  what: string,
  at: Position,
): { type: SqlType; terms: readonly Typed[] } {
  let type: SqlType = nullType;
  for (const each of terms) {
    const common = commonType(type, each.type);
    if (!common)
      throw refuseTypes(what, [type, each.type], at, "All of them must have one type: use CAST.");
    type = common;
  }
  return { type, terms: terms.map((each) => as(each, type)) };
}

/** A value as another type has it, where it is only a matter of how it is kept. */
function as(given: Typed, type: SqlType): Typed {
  const { type: from, text } = given;
  if (
    from.name === "NULL" ||
    isText(type) ||
    (from.name === type.name && scaleOf(from) === scaleOf(type))
  )
    return given;
  if (isExact(from) && isExact(type) && scaleOf(from) === scaleOf(type)) return given;
  if (isApproximate(from) && isApproximate(type)) return given;
  return callTerm(text, type, [given], assignment(from, type)!, { course: given.course });
}

function choice(node: CaseNode, inner: (node: ExpressionNode) => Typed): Typed {
  const { at, operand: compared } = node;
  const operand = compared && inner(compared);
  const whens = node.branches.map(({ when }) => {
    if (operand) return comparison("=", operand, inner(when), when.at);
    const condition = inner(when);
    if (condition.type.name !== "BOOLEAN" && condition.type.name !== "NULL")
      throw refuseTypes("WHEN", [condition.type], when.at, "It takes a condition.");
    return condition;
  });
  const results = [
    ...node.branches.map(({ result }) => inner(result)),
    node.otherwise ? inner(node.otherwise) : constant(null, nullType, "NULL"),
  ];
  const { type, terms } = unified(results, "CASE", at);
  const branches = whens.map((when, place) => Object.freeze({ when, result: terms[place]! }));
  const said = branches
    .map(({ when, result }) => `WHEN ${when.text} THEN ${result.text}`)
    .join(" ");
  return term({
    kind: "case",
    ...{ branches: Object.freeze(branches), otherwise: terms.at(-1)!, type },
    text: `CASE ${said} ELSE ${terms.at(-1)!.text} END`,
    ...{ course: "any" as const, isOfTime: [...whens, ...terms].every((each) => each.isOfTime) },
  });
}

function coalesce(args: readonly Typed[], at: Position): Typed {
  if (args.length === 0) throw new SqlError("COALESCE takes at least one argument.", at);
  const { type, terms } = unified(args, "COALESCE", at);
  const text = `COALESCE(${terms.map(({ text }) => text).join(", ")})`;
  return term({
    kind: "coalesce",
    args: terms,
    type,
    text,
    course: "any",
    isOfTime: terms.every((each) => each.isOfTime),
  });
}

function nullIf(args: readonly Typed[], at: Position): Typed {
  const [value, other] = args;
  if (!value || !other || args.length > 2) throw new SqlError("NULLIF takes two arguments.", at);
  const [x, y] = comparable(value.type, other.type, "NULLIF", at);
  const run = (a: any, b: any) =>
    a !== null && b !== null && (x ? x(a) : a) === (y ? y(b) : b) ? null : a;
  return callTerm(`NULLIF(${value.text}, ${other.text})`, value.type, args, run, {
    isStrict: false,
  });
}

export function castTo(operand: Typed, type: SqlType, at: Position): Typed {
  const convert = cast(operand.type, type);
  if (!convert)
    throw new SqlError(
      `${operand.text} is ${showType(operand.type)}: it cannot be cast to ${showType(type)}.`,
      at,
    );
  const isSorted = !isText(operand.type) && !isText(type) && type.name !== "TIME";
  return callTerm(`CAST(${operand.text} AS ${showType(type)})`, type, [operand], convert, {
    course: isSorted ? operand.course : "any",
  });
}
