/** Expressions: names become places in a row, and every part gets its type. */

import { aggregateNames } from "../functions/aggregate-names.ts";
import { callOf } from "../functions/call.ts";
import { constantText, refuseTypes } from "../functions/fail.ts";
import { extracts, roundMoment, stepOf } from "../functions/moments.ts";
import { arithmetic, comparison, concatenation } from "../functions/operators.ts";
import type { CallNode, ExpressionNode } from "../nodes/expressions.ts";
import type { LiteralNode } from "../nodes/literals.ts";
import { callTerm, constant, type Typed, timeTerm } from "../plan/typed.ts";
import { type Position, SqlError } from "../text/sql-error.ts";
import { cast } from "../types/convert.ts";
import {
  dateType,
  interval,
  isMoment,
  isText,
  type SqlType,
  showType,
  timestampType,
  timeType,
} from "../types/sql-type.ts";
import { typeOf } from "../types/written.ts";
import { choice, coalesce, nullIf } from "./choices.ts";
import { literal } from "./literals.ts";
import { logic, test, unary } from "./predicates.ts";
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
      const isTime = left.type.name === "TIME";
      const isMoments = [left, right].every(
        ({ type }) => isMoment(type) && (type.name === "TIME") === isTime,
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

function call(node: CallNode, around: Surroundings): Typed {
  const { name, args, at } = node;
  if (aggregateNames.has(name)) return around.aggregate(node);
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
